import { block, network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { storage: "block", net: "stack" });

export default register("journal", main({ storage: block("storage"), net: stack(network("service")) }));
