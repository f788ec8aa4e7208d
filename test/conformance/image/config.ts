import { block, key, network, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { disk: "block", net: "network" });
const variant = key("case", 0, "Which case to run.");

export default register("conformance", main({ disk: block("disk"), net: network("service") }), variant);
