/** Thousands of power cuts, of many runs on disks of many sizes. */
import { test } from "node:test";
import { Random } from "../../support/random.ts";
import { Recording } from "./crash.ts";

const KIB = 1024;

for (let seed = 1; seed <= 20; seed++) {
  test(`power cuts of run ${seed}`, () => {
    const random = new Random(seed);
    const blockSize = random.below(2) === 0 ? 512 : 4096;
    const size = (128 + 32 * random.below(30)) * KIB;
    const longest = 1000 + random.below(size / 40);
    const recording = new Recording(seed, {
      disk: new Uint8Array(size),
      blockSize,
      cache: 0,
      steps: 100 + random.below(400),
      longest,
      syncs: 1 + random.below(4),
    });
    for (let i = 0; i < 300; i++) recording.check(recording.place(random), random);
  });
}
