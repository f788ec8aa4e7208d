import { crunch, network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { data: "kv_ro", net: "stack" });
// The bench makes the folder.
const folder = process.env.FATA_BENCH_FOLDER ?? "../disk";

export default register("http", main({ data: crunch(folder), net: stack(network("service", { offload: true })) }));
