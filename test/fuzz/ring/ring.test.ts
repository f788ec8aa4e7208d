import { test } from "node:test";
import { fuzzRings } from "./ring.ts";

test("no ring and no hypercall reads or writes outside the guest's memory", () => {
  fuzzRings([1, 2], 1000);
});
