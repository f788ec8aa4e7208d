import { key, network, register, stack, unikernel } from "fata/config";

const http = key("http", 80, "TCP port to serve HTTP on.");
const main = unikernel("./unikernel", { net: "stack" });

export default register("http-server", main({ net: stack(network("service"), { dhcp: false }) }), http);
