import { genericZones, key, match, network, option, register, stack, unikernel } from "fata/config";

const keys = [
  key("port", 53, "Port to answer queries on, by UDP and TCP."),
  key("rate-limit", 200, "Responses of one kind a second to one network; 0 for no limit."),
];
const addresses = option("addresses", ["dhcp", "static"], "Whether the image can get its address by DHCP.");
const service = network("service");
const net = match(addresses, { dhcp: stack(service), static: stack(service, { dhcp: false }) });
const main = unikernel("./unikernel", { zones: "zones", net: "stack" });

export default register("dns", main({ zones: genericZones("example.org.zone"), net }), ...keys);
