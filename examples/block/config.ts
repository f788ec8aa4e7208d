import { block, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { storage: "block" });

export default register("block", main({ storage: block("storage") }));
