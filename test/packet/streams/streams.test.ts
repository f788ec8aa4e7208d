import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testSeeds } from "../seeds.ts";
import { run, runSeed } from "./streams.ts";

const NONE = { loss: 0, duplication: 0, reordering: 0, corruption: 0 };
const LINE = { connections: 4, bytes: 100_000, offloads: [false, false] } as const;

test("over a good line nothing is sent twice", () => {
  for (const offloads of [LINE.offloads, [true, true]] as const) {
    const { octets, retransmitted } = run(1, { ...LINE, offloads, faults: NONE });
    assert.ok(octets > 100_000, `${octets} octets`);
    assert.equal(retransmitted, 0);
  }
});

test("each kind of fault does what it says", () => {
  for (const fault of ["loss", "corruption"] as const)
    assert.ok(run(1, { ...LINE, faults: { ...NONE, [fault]: 0.1 } }).retransmitted > 0, fault);
  const mtu = (ms: number) => (ms > 500 ? 700 : 1500);
  assert.ok(run(1, { ...LINE, faults: { ...NONE, mtu } }).retransmitted > 0, "mtu");
});

test("the same seed gives the same run, to the last bit; another one does not", () => {
  const line = { ...LINE, faults: { ...NONE, loss: 0.05, reordering: 0.1 } };
  assert.equal(run(2, line).digest, run(2, line).digest);
  assert.notEqual(run(2, line).digest, run(3, line).digest);
});

describe("over bad lines", () => testSeeds(200, runSeed));
