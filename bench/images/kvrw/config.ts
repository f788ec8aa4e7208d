import { block, key, kvRw, register, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { store: "kv_rw" });

export default register(
  "kvrw",
  main({ store: kvRw(block("storage"), { cache: 64 }) }),
  key("work", "commit", "commit, group, fill, get or open."),
  key("keys", 1000, "How many keys there are."),
  key("count", 1000, "How many values are set or got."),
  key("length", 100, "Bytes of a value."),
  key("fibers", 1, "Fibers that set and sync at one time."),
);
