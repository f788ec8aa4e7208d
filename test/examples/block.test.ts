import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { BLOCK_OP_WRITE, E_IO } from "../../runtime/abi/tender.ts";
import { Example, withoutTimes } from "./example.ts";

const block = await Example.build("block");
const SECTOR = 512;

/** A disk with something on every byte. */
function usedDisk(sectors: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: sectors * SECTOR }, (_, i) => (i * 7 + (i >> 9)) & 255));
}

/** What the example leaves on a disk: its text in the twelve sectors at either end, and the rest as it was. */
function expectedDisk(before: Buffer): Buffer {
  const after = Buffer.from(before);
  const sectors = before.length / SECTOR;
  for (let i = 0; i < 12; i++) {
    for (const sector of [i, sectors - 12 + i]) {
      const text = `${sector}: what is written here is written in sand.\n`;
      after.fill(text, sector * SECTOR, (sector + 1) * SECTOR);
    }
  }
  return after;
}

/** Runs the example on a disk image. */
function runOn(disk: Buffer, option = "") {
  const file = join(block.folder, "disk.img");
  writeFileSync(file, disk);
  const { status, stdout, stderr } = block.run([`--disk=${file}${option}`]);
  return { status, stderr, log: withoutTimes(stdout), disk: readFileSync(file) };
}

const totals = (started: number, passed: number, failed: number) => [
  "[INFO] [block] Test sequence finished",
  `[INFO] [block] Total tests started: ${started}`,
  `[INFO] [block] Total tests passed:  ${passed}`,
  `[INFO] [block] Total tests failed:  ${failed}`,
];

describe("examples/block", () => {
  test("is small", () => block.checkSize());

  test("passes its ten tests, and the disk holds what it should, byte by byte", () => {
    const before = usedDisk(2048);
    const { status, stderr, log, disk } = runOn(before);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.deepEqual(log, [
      "[INFO] [block] sectors = 2048, read-only = false, sector size = 512",
      "[INFO] [block] Writing and reading sectors 0 to 0",
      "[INFO] [block] Writing and reading sectors 2047 to 2047",
      "[INFO] [block] Writing and reading sectors 0 to 1",
      "[INFO] [block] Writing and reading sectors 2046 to 2047",
      "[INFO] [block] Writing and reading sectors 0 to 11",
      "[INFO] [block] Writing and reading sectors 2036 to 2047",
      "[INFO] [block] Writing sectors 2048 to 2048, past the end",
      "[INFO] [block] Refused, as expected: E_RANGE",
      "[INFO] [block] Writing sectors 2037 to 2048, past the end",
      "[INFO] [block] Refused, as expected: E_RANGE",
      "[INFO] [block] Reading sectors 2048 to 2048, past the end",
      "[INFO] [block] Refused, as expected: E_RANGE",
      "[INFO] [block] Reading sectors 2037 to 2048, past the end",
      "[INFO] [block] Refused, as expected: E_RANGE",
      ...totals(10, 10, 0),
    ]);
    assert.equal(disk.length, before.length);
    assert.ok(disk.equals(expectedDisk(before)));
  });

  test("does so on the smallest disk, where both ends overlap", () => {
    const before = usedDisk(12);
    const { status, log, disk } = runOn(before);
    assert.equal(status, 0);
    assert.deepEqual(log.slice(-4), totals(10, 10, 0));
    assert.ok(disk.equals(expectedDisk(before)));
  });

  test("writes nothing to a read-only disk", () => {
    const before = usedDisk(64);
    const { status, log, disk } = runOn(before, ",ro");
    assert.equal(status, 1);
    assert.deepEqual(log[0], "[INFO] [block] sectors = 64, read-only = true, sector size = 512");
    assert.equal(log.filter((line) => line === "[ERROR] [block] Failed: E_READ_ONLY").length, 6);
    assert.equal(log.filter((line) => line === "[ERROR] [block] Expected E_RANGE, got E_READ_ONLY").length, 2);
    assert.deepEqual(log.slice(-4), totals(10, 2, 8));
    assert.ok(disk.equals(before));
  });

  test("says so when the disk is too small", () => {
    const before = usedDisk(11);
    const { status, log, disk } = runOn(before);
    assert.equal(status, 1);
    assert.equal(log.at(-1), "[ERROR] [block] The disk is too small: expected at least 12 sectors");
    assert.ok(disk.equals(before));
  });

  test("notices a disk that fails or forgets", () => {
    const failing = block.simulate();
    failing.block("storage", { disk: usedDisk(100) }).fault = ({ operation, offset }) =>
      operation === BLOCK_OP_WRITE && offset === 0 ? E_IO : undefined;
    failing.start().settle();
    assert.equal(failing.status, 1);
    assert.equal(failing.lines.filter((line) => line.endsWith("[ERROR] [block] Failed: E_IO")).length, 3);

    const forgetful = block.simulate();
    const disk = usedDisk(100);
    const device = forgetful.block("storage", { disk });
    device.fault = () => {
      disk[99 * SECTOR] = 0;
      return undefined;
    };
    forgetful.start().settle();
    assert.equal(forgetful.status, 1);
    assert.ok(forgetful.lines.some((line) => line.endsWith("What was read is not what was written")));
  });
});
