import { network, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { left: "network", right: "network" });
const offload = true;

export default register("relay", main({ left: network("left", { offload }), right: network("right", { offload }) }));
