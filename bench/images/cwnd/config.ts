import { network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { net: "stack" });

export default register("cwnd", main({ net: stack(network("service")) }));
