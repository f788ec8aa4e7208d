import { block, key, register, unikernel } from "fata/config";

const main = unikernel("./unikernel.as", { storage: "block" });

export default register(
  "disk",
  main({ storage: block("storage") }),
  key("depth", 32, "Requests in flight."),
  key("length", 4096, "Bytes of a request."),
  key("random", false, "Whether offsets are random; else one after the other."),
  key("write", false, "Whether to write; else reads."),
  key("warm", 200, "Milliseconds before the measurement."),
  key("run", 1000, "Milliseconds of the measurement."),
);
