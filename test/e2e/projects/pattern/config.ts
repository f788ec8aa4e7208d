import { block, key, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { storage: "block" });
const seed = key("seed", 1, "What the pattern begins with.");
const wait = key("wait", false, "Whether to wait for SIGUSR1 before the pattern is written.");

export default register("pattern", main({ storage: block("storage") }), seed, wait);
