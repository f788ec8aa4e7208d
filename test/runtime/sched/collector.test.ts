import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { compileGuest, compileText, type Guest } from "../../support/guest.ts";

const alwaysCollect = {
  "fata/sched/collect": readFileSync(path.join(packageRoot, "runtime/sched/collect.ts"), "utf8").replace(
    "if (tight ? __memory_free() >= floor : __heap_used() < limit && !__memory_tight()) return;",
    "",
  ),
};

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "collector.as.ts", { mode: "default" });
});

function begin(job: string, from = guest) {
  return from.instantiate({ arguments: [`--job=${job}`] });
}

test("what an object in static data holds stays alive", async () => {
  const eager = await compileGuest(import.meta.url, "collector.as.ts", { mode: "default", library: alwaysCollect });
  const tender = begin("static", eager).start().advance(100);
  assert.deepEqual(tender.lines, ["static 42", "43"]);
});

for (const size of [60_000, 3_000_000, 10_000_000, 40_000_000]) {
  test(`the map of objects does not touch ${size} bytes of static data`, async () => {
    const text = `const data = memory.data(${size});
import * as entry from "../collector.as";
export function start(now: u64, wall: u64): u64 {
  memory.fill(data, 0x5a, ${size});
  return entry.start(now, wall);
}
export function unchanged(): bool {
  for (let i = 0; i < ${size}; i++) if (load<u8>(data + i) != 0x5a) return false;
  return true;
}
export { event, step } from "../collector.as";`;
    const tender = begin("spend", await compileText(text, path.join(packageRoot, "test/runtime/sched")))
      .start()
      .advance(1);
    assert.deepEqual(tender.lines, ["spent"]);
    assert.equal(tender.exports["unchanged"]?.(), 1);
  });
}

test("data of the program is not taken for an object", async () => {
  const eager = await compileGuest(import.meta.url, "collector.as.ts", { mode: "default", library: alwaysCollect });
  assert.deepEqual(begin("data", eager).start().lines, ["data 36"]);
});

test("a fiber may wait deep in a recursion", () => {
  const tender = begin("deep").start().advance(100);
  assert.match(tender.lines.join(), /^deep -?\d+$/);
});

test("a fiber that waits too deep in a recursion ends the image with a message", () => {
  assert.throws(
    () => begin("too-deep").start().advance(100),
    /panic: fiber stack exhausted at ~lib\/fata\/sched\/switch/,
  );
});

test("memory is used again: 2 GB allocated in turns of 100 kB need less than 16 MiB", () => {
  const tender = begin("spend").start().advance(1);
  assert.deepEqual(tender.lines, ["spent"]);
  assert.ok(Number(tender.exports["pages"]?.()) < 256, `${tender.exports["pages"]?.()} pages`);
});

for (const limit of [40, 64, 100]) {
  test(`a collection runs also when memory is at its limit of ${limit} pages`, async () => {
    const tender = begin("spend", await limited(limit))
      .start()
      .advance(1);
    assert.deepEqual(tender.lines, ["spent"]);
    assert.ok(Number(tender.exports["pages"]?.()) <= limit);
  });
}

test("a collection runs in time also when little of the memory is for objects", async () => {
  const tender = begin("spend-rest", await limited(122))
    .start()
    .advance(1);
  assert.deepEqual(tender.lines, ["spent"]);
});

test("running out of memory ends the image with a message", async () => {
  const tender = begin("greedy", await limited(64));
  assert.throws(() => tender.start(), /panic: out of memory at ~lib\/rt\/tlsf.ts/);
});

test("what a suspended frame holds is held, and released when the fiber is done", () => {
  const tender = begin("retain").start().advance(100);
  assert.deepEqual(tender.lines, ["during held", "after released"]);
});

test("what a suspended frame holds is held also in a memory of 4 GiB", () => {
  const tender = begin("full").start().advance(10);
  assert.equal(tender.exports["pages"]?.(), 65536);
  assert.deepEqual(tender.lines, ["held 42 43"]);
});

test("100,000 sleeping fibers fit into 48 MiB of linear memory", () => {
  const tender = begin("crowd").start().settle();
  const used = Number(tender.exports["pages"]?.()) * 65536;
  assert.ok(used <= 48 * 1024 * 1024, `${used} bytes`);
});

/** The same image with a lower maximum in its memory section. */
function limited(pages: number): Promise<Guest> {
  return compileGuest(import.meta.url, "collector.as.ts", { mode: "default", maximumPages: pages });
}
