import { genericKvRo, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { data: "kv_ro" });

export default register("kv-ro", main({ data: genericKvRo("t") }));
