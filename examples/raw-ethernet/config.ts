import { network, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { net: "network" });

export default register("raw-ethernet", main({ net: network("service") }));
