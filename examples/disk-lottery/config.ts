import { block, key, register, unikernel } from "fata/config";

const main = unikernel("./unikernel", { disk: "block", slot: "i32", reset: "flag", resetAll: "flag" });

export default register(
  "disk-lottery",
  main({
    disk: block("storage"),
    slot: key("slot", 0, "Sector to read and write game state to."),
    reset: key("reset", false, "Reset the state on disk at the specified slot (using --slot, default 0) and quit."),
    resetAll: key("reset-all", false, "Reset all state on disk and quit."),
  }),
);
