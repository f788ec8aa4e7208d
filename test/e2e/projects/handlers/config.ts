import { network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { net: "stack" });

export default register("handlers", main({ net: stack(network("service"), { dhcp: false }) }));
