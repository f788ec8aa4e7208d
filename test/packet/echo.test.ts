import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NET_F_ALL, NET_F_RX_CSUM, NET_F_TX_CSUM } from "../../runtime/abi/tender.ts";
import { faultsOf, NONE, REQUESTS, run, runSeed } from "./line.ts";
import { testSeeds } from "./seeds.ts";

test("over a good line every request is answered at once", () => {
  const { status, wrong, old, timeouts, answered, frames } = run(1, NONE);
  assert.deepEqual([status, wrong, old, timeouts, answered], [0, 0, 0, 0, REQUESTS]);
  // Two announcements, and the question and answer of the client's ARP: the server learns from being asked.
  assert.equal(frames, 2 * REQUESTS + 4);
});

for (const [name, features] of [
  ["all", NET_F_ALL],
  ["none, though asked for", 0],
  ["only to send", NET_F_TX_CSUM],
  ["only to receive", NET_F_RX_CSUM],
] as const)
  test(`with offloads (${name}) the frames on the line are the same, good or bad as it may be`, () => {
    for (const [seed, faults] of [
      [1, NONE],
      [7, faultsOf(7)],
      [9, { ...NONE, corruption: 0.3 }],
    ] as const)
      assert.deepEqual(run(seed, faults, features), run(seed, faults));
  });

describe("over bad lines", () => testSeeds(32, runSeed));

test("each kind of fault does what it says", () => {
  assert.ok(run(5, { ...NONE, loss: 0.3 }).timeouts > 0);
  assert.ok(run(5, { ...NONE, duplication: 0.3 }).old > 0);
  assert.ok(run(5, { ...NONE, corruption: 0.3 }).timeouts > 0);
  // One request is under way at a time, so overtaking shows once there are duplicates.
  assert.ok(run(5, { ...NONE, duplication: 0.3, reordering: 0.5 }).old > 0);
});

test("the same seed gives the same run, frame by frame; another one does not", () => {
  const first = run(7, faultsOf(7));
  assert.deepEqual(run(7, faultsOf(7)), first);
  assert.notEqual(run(8, faultsOf(7)).digest, first.digest);
});
