import { key, network, register, stack, unikernel } from "fata/config";

const port = key("port", 8080, "TCP port to listen on.");
const main = unikernel("./unikernel", { net: "stack" });

export default register("network", main({ net: stack(network("service")) }), port);
