import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Random } from "../../support/random.ts";
import { Recording } from "./crash.ts";

const KIB = 1024;
const disks = [
  {
    name: "a disk that is nearly full",
    size: 160 * KIB,
    blockSize: 512,
    steps: 350,
    longest: 9000,
    checkpoints: 3,
    syncs: 1,
  },
  {
    name: "a disk with blocks of 4096 bytes",
    size: 160 * KIB,
    blockSize: 4096,
    steps: 160,
    longest: 6000,
    checkpoints: 1,
    syncs: 4,
  },
  {
    name: "a disk with many keys",
    size: 300 * KIB,
    blockSize: 512,
    steps: 250,
    longest: 9000,
    checkpoints: 3,
    syncs: 1,
    more: 120,
  },
  { name: "a disk with room", size: 4096 * KIB, blockSize: 512, steps: 100, longest: 60_000, checkpoints: 0, syncs: 2 },
];

describe("a power cut leaves the store as it was after a change, the last one that was synced or a later one", () => {
  for (const { name, size, checkpoints, ...rest } of disks) {
    test(name, () => {
      const recording = new Recording(1, { disk: new Uint8Array(size), cache: 0, ...rest });
      assert.ok(recording.superblocks > checkpoints, `${recording.superblocks} superblocks`);
      const random = new Random(2);
      for (let i = 0; i < 120; i++) recording.check(recording.place(random), random);
    });
  }
});
