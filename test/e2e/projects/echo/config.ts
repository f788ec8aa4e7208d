import { key, network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { net: "stack" });
const arpLifetime = key("arp-lifetime", 60_000, "How long an ARP entry holds, in milliseconds.");
const busy = key("busy", false, "Whether to do nothing but compute, once a datagram has come.");

export default register("echo", main({ net: stack(network("service")) }), arpLifetime, busy);
