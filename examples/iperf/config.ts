import { key, network, register, stack, unikernel } from "fata/config";

const port = key("port", 5201, "TCP port to listen on.");
const main = unikernel("./unikernel", { net: "stack" });

export default register("iperf", main({ net: stack(network("service", { offload: true })) }), port);
