import { network, register, stack, unikernel } from "fata/config";

const main = unikernel("./unikernel", { left: "stack", right: "stack" });

export default register(
  "two-networks",
  main({ left: stack(network("left"), { group: "left" }), right: stack(network("right"), { group: "right" }) }),
);
