import { block, key, match, network, option, register, stack, unikernel } from "fata/config";

const keys = [
  key("first", "192.168.1.70", "First address that clients are given.", { type: "ipv4" }),
  key("last", "192.168.1.100", "Last address that clients are given.", { type: "ipv4" }),
  key("lease", "3600s", "How long they may keep it.", { type: "duration" }),
  key("router", "", "Router that clients are told of; none when empty.", { type: "ipv4" }),
  key("dns-servers", [], "Name servers that clients are told of.", { type: "ipv4-list" }),
  key("ntp-servers", [], "Time servers that clients are told of.", { type: "ipv4-list" }),
  key("domain", "", "Domain that clients are told of; none when empty."),
  // Machines that always get the same address: ["02:00:00:00:00:01=192.168.1.10"]
  key("hosts", [], "Static leases, MAC=ADDRESS or id:HEX=ADDRESS each.", { type: "string-list" }),
  key("options", [], "Other options, CODE=HEX each.", { type: "string-list" }),
];
const net = stack(network("service"), { address: "192.168.1.5/24", dhcp: false });
const onDisk = unikernel("./unikernel#Main", { net: "stack", leases: "block" });
const inMemory = unikernel("./unikernel#InMemory", { net: "stack" });
const store = option("leases", ["disk", "memory"], "Where leases are kept.");
const main = match(store, { disk: onDisk({ net, leases: block("leases") }), memory: inMemory({ net }) });

export default register("dhcp", main, ...keys);
