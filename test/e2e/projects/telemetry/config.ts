import { metrics, network, register, stack, syslog, unikernel } from "fata/config";

const net = stack(network("service"));
const main = unikernel("./unikernel", { net: "stack" });

export default register("telemetry", main({ net }), metrics(net), syslog(net));
