import { block, fatDisk, partition, register, tarDisk, unikernel } from "fata/config";

const main = unikernel("./unikernel", { tar: "kv_ro", fat: "kv_ro" });
const disk = block("disk");

export default register("files", main({ tar: tarDisk(partition(disk, "archive")), fat: fatDisk(partition(disk, 2)) }));
