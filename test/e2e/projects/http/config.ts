import { network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { net: "stack" });

export default register("http", main({ net: stack(network("service", { offload: true }), { dhcp: false }) }));
