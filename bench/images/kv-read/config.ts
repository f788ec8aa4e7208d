import { block, fatDisk, register, tarDisk, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { raw: "block", tar: "kv_ro", fat: "kv_ro" });

export default register("kv-read", main({ raw: block("raw"), tar: tarDisk(block("tar")), fat: fatDisk(block("fat")) }));
