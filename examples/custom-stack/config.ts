import { key, network, register, unikernel } from "fata/config";

const addresses = key("ipv4", ["10.0.0.2/24"], "IPv4 addresses, each with its network's prefix.", {
  type: "ipv4-prefix-list",
});
const main = unikernel("./unikernel", { net: "network" });

export default register("custom-stack", main({ net: network("service") }), addresses);
