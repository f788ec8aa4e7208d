import { key, network, register, resolver, stack, unikernel } from "fata/config";

const domainName = key("domain-name", "example.org", "Name whose addresses are looked up.", { stage: "run" });
const main = unikernel("./unikernel", { resolver: "resolver" });

export default register("dns-lookup", main({ resolver: resolver(stack(network("service"))) }), domainName);
