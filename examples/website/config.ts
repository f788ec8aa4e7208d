import { genericKvRo, key, match, network, option, register, stack, unikernel } from "fata/config";

const http = key("http", 80, "TCP port to serve HTTP on.");
const addresses = option("addresses", ["dhcp", "static"], "Whether the image can get its address by DHCP.");
const service = network("service");
const net = match(addresses, { dhcp: stack(service), static: stack(service, { dhcp: false }) });
const main = unikernel("./unikernel", { data: "kv_ro", net: "stack" });

export default register("website", main({ data: genericKvRo("htdocs", "kv_ro", { compress: true }), net }), http);
