import { block, key, kvRw, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { store: "kv_rw" });

export default register(
  "counter",
  main({ store: kvRw(block("storage"), { cache: 0 }) }),
  key("rounds", 0, "How often to count, 0: for ever."),
);
