import { match, network, option, register, stack, unikernel } from "fata/config";

const offloads = option("offloads", ["on", "off"], "Whether the host sums and cuts.");
const main = unikernel("./unikernel.as", { net: "stack" });
const service = match(offloads, { on: network("service", { offload: true }), off: network("service") });

export default register("tcp", main({ net: stack(service) }));
