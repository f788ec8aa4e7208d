import { crunch, register, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { data: "kv_ro" });
// The bench makes the folder.
const folder = process.env.FATA_BENCH_FOLDER ?? "../disk";

export default register("kv-lookup", main({ data: crunch(folder) }));
