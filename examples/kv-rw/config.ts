import { block, kvRw, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { store: "kv_rw" });

export default register("kv-rw", main({ store: kvRw(block("storage")) }));
