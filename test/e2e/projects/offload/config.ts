import { network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { net: "stack" });

export default register("offload", main({ net: stack(network("service", { offload: true })) }));
