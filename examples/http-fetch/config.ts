import { key, network, register, resolver, stack, unikernel } from "fata/config";

const uri = key("uri", "http://10.0.0.1/", "What to get.", { stage: "run" });
const main = unikernel("./unikernel", { net: "stack", resolver: "resolver" });
const net = stack(network("service"));

export default register("http-fetch", main({ net, resolver: resolver(net) }), uri);
