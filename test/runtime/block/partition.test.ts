import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import * as abi from "../../../runtime/abi/tender.ts";
import { compileGuest } from "../../support/guest.ts";
import { Random } from "../../support/random.ts";

const guest = await compileGuest(import.meta.url, "partition.as.ts");
const SECTOR = 512;
const MIB = 1 << 20;
const [READ, WRITE, READV, WRITEV, READ_TO, WRITE_FROM, FLUSH, DISCARD] = [0, 1, 2, 3, 4, 5, 6, 7];

const sfdisk = ["/usr/sbin/sfdisk", "--quiet", "--no-reread", "--no-tell-kernel"];
const fdisk4096 = ["/usr/sbin/fdisk", "-b", "4096"];

/** A disk with the partitions that sfdisk, or another program, is told of. */
function partitioned(script: string, size = MIB / 2, program = sfdisk): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "fata-partition-"));
  try {
    const file = join(folder, "disk");
    writeFileSync(file, "");
    truncateSync(file, size);
    const [command = "", ...options] = program;
    execFileSync(command, [...options, file], { input: script, stdio: ["pipe", "pipe", "pipe"] });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const gptScript = `label: gpt
first-lba: 34
grain: 512
start=128, size=128, name="boot"
start=256, size=256, name="Daten-ä"
start=512, size=64
`;
const mbrScript = `label: dos
grain: 512
start=128, size=128, type=c
start=256, size=512, type=f
start=768, size=128, type=83
start=384, size=64, type=83
start=640, size=64, type=83
`;
const gpt = partitioned(gptScript);
const mbr = partitioned(mbrScript);

/** Starts the image on a disk. @param which the partition that it opens */
function open(disk: Uint8Array, which = "", options: { blockSize?: number; readOnly?: boolean } = {}) {
  const tender = guest.instantiate({ arguments: which ? [`--which=${which}`] : [] });
  const block = tender.block("storage", { disk, ...options });
  tender.start().settle();
  const call = (name: string, ...values: (number | bigint)[]): number => Number(tender.exports[name]?.(...values));
  const perform = (operation: number, offset: number | bigint, ...bytes: Uint8Array[]): number => {
    call("clear");
    const places = bytes.map((one) => call("prepare", one.length));
    for (const [i, one] of bytes.entries()) tender.memory.bytes(places[i] ?? 0, one.length).set(one);
    const length = bytes.reduce((sum, one) => sum + one.length, 0);
    call("begin", operation, BigInt(offset), length);
    tender.deadline = 0n;
    tender.settle();
    for (const [i, one] of bytes.entries()) one.set(tender.memory.bytes(places[i] ?? 0, one.length));
    return call("result");
  };
  return { tender, block, call, perform, lines: tender.lines.map((line) => line.replace(/^\d\S+Z: /, "")) };
}

const entry = (number: number, start: number, size: number, name = "", unit = SECTOR) =>
  `${number} ${start * unit} ${size * unit} ${name}`;
const gptEntries = [entry(1, 128, 128, "boot"), entry(2, 256, 256, "Daten-ä"), entry(3, 512, 64)];
const damaged = "[WARNING] [partition] The partition table is damaged: its copy at the disk's end is used";
const none = "[ERROR] [partition] The disk has no partition table, or a damaged one and no copy";

/** A copy with bytes changed. */
function changed(disk: Buffer, change: (disk: Buffer) => void): Buffer {
  const copy = Buffer.from(disk);
  change(copy);
  return copy;
}

/** Writes the sums of a GPT's header and table anew, as an attacker would. */
function seal(disk: Buffer, at = SECTOR): void {
  const table = Number(disk.readBigUInt64LE(at + 72)) * SECTOR;
  const length = disk.readUInt32LE(at + 80) * disk.readUInt32LE(at + 84);
  if (table + length <= disk.length) disk.writeUInt32LE(crc32(disk.subarray(table, table + length)), at + 88);
  disk.writeUInt32LE(0, at + 16);
  disk.writeUInt32LE(crc32(disk.subarray(at, at + disk.readUInt32LE(at + 12))), at + 16);
}

describe("GPT", () => {
  test("as sfdisk writes it, in blocks of 512 and 4096", () => {
    assert.deepEqual(open(gpt).lines, ["outcome 0", ...gptEntries]);
    const large = partitioned("g\nn\n1\n256\n511\nn\n2\n512\n1023\nw\n", 16 * MIB, fdisk4096);
    assert.deepEqual(open(large, "", { blockSize: 4096 }).lines, [
      "outcome 0",
      entry(1, 256, 256, "", 4096),
      entry(2, 512, 512, "", 4096),
    ]);
  });

  test("a damaged header or table is replaced by the copy at the end, or told", () => {
    const backup = gpt.length - SECTOR;
    for (const place of [SECTOR, SECTOR + 16, SECTOR + 40, 2 * SECTOR, 2 * SECTOR + 32, SECTOR + 90]) {
      const first = changed(gpt, (disk) => disk.writeUInt8((disk[place] ?? 0) ^ 1, place));
      assert.deepEqual(open(first).lines, [damaged, "outcome 0", ...gptEntries], `byte ${place}`);
      const both = changed(first, (disk) => disk.writeUInt8((disk[backup + 20] ?? 0) ^ 1, backup + 24));
      assert.deepEqual(open(both).lines, [none, `outcome ${abi.E_INVALID}`], `byte ${place}`);
    }
    // The very first block may be lost, too.
    assert.deepEqual(open(changed(gpt, (disk) => disk.fill(0, 0, 2 * SECTOR))).lines, [
      damaged,
      "outcome 0",
      ...gptEntries,
    ]);
    assert.deepEqual(open(Buffer.alloc(MIB)).lines, [none, `outcome ${abi.E_INVALID}`]);
  });

  test("absurd numbers with right sums are refused, or the partition is left out", () => {
    const refusals: [string, (disk: Buffer) => void][] = [
      ["4 billion entries", (disk) => disk.writeUInt32LE(0xffffffff, SECTOR + 80)],
      ["no entries", (disk) => disk.writeUInt32LE(0, SECTOR + 80)],
      ["entries of no bytes", (disk) => disk.writeUInt32LE(0, SECTOR + 84)],
      ["entries of 2 GiB", (disk) => disk.writeUInt32LE(0x80000000, SECTOR + 84)],
      ["entries of 129 bytes", (disk) => disk.writeUInt32LE(129, SECTOR + 84)],
      ["a table behind the end", (disk) => disk.writeBigUInt64LE(2n ** 63n, SECTOR + 72)],
      ["a table that reaches past the end", (disk) => disk.writeBigUInt64LE(1023n, SECTOR + 72)],
    ];
    for (const [name, change] of refusals) {
      const disk = changed(gpt, (disk) => {
        disk.fill(0, disk.length - SECTOR);
        change(disk);
        seal(disk);
      });
      assert.deepEqual(open(disk).lines, [none, `outcome ${abi.E_INVALID}`], name);
    }
    const out = changed(gpt, (disk) => {
      disk.writeBigUInt64LE(2n ** 63n, 2 * SECTOR + 40);
      disk.writeBigUInt64LE(0n, 2 * SECTOR + 128 + 32);
      seal(disk);
    });
    const leftOut = (n: number) =>
      `[WARNING] [partition] Partition ${n} reaches past the disk's end, or has none: it is left out`;
    assert.deepEqual(open(out).lines, [leftOut(1), leftOut(2), "outcome 0", entry(3, 512, 64)]);
  });

  test("of a device that shrank, only what is still there", () => {
    const { lines } = open(gpt.subarray(0, 375 * SECTOR));
    assert.equal(lines.filter((line) => line.includes("left out")).length, 2);
    assert.deepEqual(lines.slice(-2), ["outcome 0", entry(1, 128, 128, "boot")]);
  });

  test("what cannot be read is told", () => {
    const tender = guest.instantiate();
    const block = tender.block("storage", { disk: gpt });
    block.fault = ({ offset }) => (offset === 0 ? abi.E_IO : undefined);
    tender.start().settle();
    assert.match(tender.lines.join("\n"), /\[ERROR\] \[partition\] Cannot read the partition table: E_IO\noutcome -7$/);
  });
});

describe("MBR", () => {
  test("as sfdisk writes it, with logical partitions", () => {
    assert.deepEqual(open(mbr).lines, [
      "outcome 0",
      entry(1, 128, 128),
      entry(5, 384, 64),
      entry(6, 640, 64),
      entry(3, 768, 128),
    ]);
  });

  test("chains that lead back, out or nowhere end with a warning", () => {
    const sector = 256 * SECTOR;
    const next = 446 + 16 + 8;
    const changes: [RegExp, (disk: Buffer) => void][] = [
      [/leads back/, (disk) => disk.writeUInt32LE(0, sector + next)],
      [/leads out of it/, (disk) => disk.writeUInt32LE(0xffffffff, sector + next)],
      [/has a sector that is no table/, (disk) => disk.writeUInt32LE(100, sector + next)],
    ];
    for (const [why, change] of changes) {
      const { lines } = open(changed(mbr, change));
      assert.match(lines[0] ?? "", why);
      assert.deepEqual(lines.slice(1), ["outcome 0", entry(1, 128, 128), entry(5, 384, 64), entry(3, 768, 128)]);
    }
    // A chain through every sector: as many partitions as can be, and no more.
    const long = changed(mbr, (disk) => {
      for (let at = 0; at < 512; at++) {
        const table = sector + at * SECTOR;
        disk.fill(0, table, table + SECTOR).writeUInt16LE(0xaa55, table + 510);
        disk.writeUInt8(0x83, table + 450);
        disk.writeUInt32LE(1, table + 454);
        disk.writeUInt32LE(1, table + 458);
        disk.writeUInt8(5, table + 466);
        disk.writeUInt32LE(at + 1, table + 470);
      }
    });
    const { lines } = open(long);
    assert.match(lines[0] ?? "", /is too long/);
    assert.equal(lines.length, 2 + 124 + 2);
  });

  test("whatever is changed of a table, it is read to an end", () => {
    const random = new Random(7);
    for (let round = 0; round < 100; round++) {
      const disk = changed(round % 2 ? mbr : gpt, (disk) => {
        for (let i = random.below(8); i >= 0; i--) {
          const place = [446, 256 * SECTOR + 446, SECTOR, 2 * SECTOR][random.below(4)] ?? 0;
          disk.writeUInt8(random.below(256), place + random.below(round % 2 ? 64 : 128));
        }
        if (round % 4 === 0) seal(disk);
      });
      const { lines } = open(disk);
      assert.ok(lines.some((line) => line.startsWith("outcome ")));
      for (const line of lines.slice(lines.findIndex((line) => line.startsWith("outcome ")) + 1)) {
        const [, offset = 0, size = 0] = line.split(" ").map(Number);
        assert.ok(offset > 0 && size > 0 && offset + size <= disk.length, line);
      }
    }
  });
});

describe("a partition", () => {
  const size = 256 * SECTOR;

  for (const [name, disk, which] of [
    ["by its number", gpt, "2"],
    ["by its name", gpt, "Daten-ä"],
  ] as const)
    test(`is found ${name}`, () => assert.equal(open(disk, which).call("size"), size));

  test("that is not there gives its code, and a line that lists those that are", () => {
    const { perform, lines, block } = open(gpt, "data");
    assert.match(lines.join("\n"), /There is no partition data; the disk has 1 "boot", 2 "Daten-ä", 3$/m);
    const before = block.requests.length;
    for (const operation of [READ, WRITE, READV, WRITEV, READ_TO, WRITE_FROM, FLUSH, DISCARD])
      assert.equal(perform(operation, 0, new Uint8Array(SECTOR)), abi.E_NOT_FOUND);
    assert.equal(block.requests.length, before);
    assert.match(open(Buffer.alloc(MIB, 0xff).fill(0x55, 510).fill(0xaa, 511, 512), "1").lines.join("\n"), /left out/);
  });

  test("passes read-only, block size and flush through", () => {
    const { call, perform, block } = open(gpt, "boot", { readOnly: true });
    assert.deepEqual([call("readOnly"), call("blockSize")], [1, SECTOR]);
    assert.equal(perform(WRITE, 0, new Uint8Array(SECTOR)), abi.E_READ_ONLY);
    assert.equal(perform(DISCARD, 0, new Uint8Array(SECTOR)), abi.E_READ_ONLY);
    assert.equal(perform(FLUSH, 0), abi.OK);
    assert.equal(block.requests.at(-1)?.operation, abi.BLOCK_OP_FLUSH);
  });

  const operation = fc.record({
    kind: fc.constantFrom(READ, WRITE, READV, WRITEV, READ_TO, WRITE_FROM),
    sector: fc.oneof(fc.nat(20), fc.integer({ min: -4, max: 0 })),
    counts: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
    value: fc.nat(255),
  });

  for (const [name, which, length] of [
    ["a partition", "boot", 128 * SECTOR],
    ["a disk in memory", "memory", 65536],
  ] as const)
    test(`${name} agrees with a model, and nothing beside it changes`, () => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 12 }), (operations) => {
          const disk = Buffer.from(gpt);
          const { perform } = open(disk, which);
          const model = Buffer.alloc(length);
          for (const { kind, sector, counts, value } of operations) {
            const many = kind === READV || kind === WRITEV;
            const buffers = (many ? counts : counts.slice(0, 1)).map((n) => new Uint8Array(n * SECTOR).fill(value));
            const offset = sector < 0 ? length + sector * SECTOR : sector * SECTOR;
            const total = buffers.reduce((sum, one) => sum + one.length, 0);
            const fits = offset + total <= length;
            assert.equal(perform(kind, offset, ...buffers), fits ? abi.OK : abi.E_RANGE);
            if (!fits) continue;
            if ([WRITE, WRITEV, WRITE_FROM].includes(kind)) model.set(Buffer.concat(buffers), offset);
            else assert.deepEqual(Buffer.concat(buffers), model.subarray(offset, offset + total));
          }
          if (which === "memory") return assert.deepEqual(disk, gpt);
          const [start, end] = [128 * SECTOR, 256 * SECTOR];
          assert.deepEqual(disk.subarray(start, end), model);
          assert.deepEqual(disk.subarray(0, start), gpt.subarray(0, start));
          assert.deepEqual(disk.subarray(end), gpt.subarray(end));
        }),
        { numRuns: 20 },
      );
    });

  test("what cannot be is refused: what is no whole block, and what would wrap around", () => {
    for (const which of ["boot", "memory"]) {
      const { perform } = open(Buffer.from(gpt), which);
      for (const kind of [READ, WRITE, READ_TO, WRITE_FROM, DISCARD]) {
        assert.equal(perform(kind, 1, new Uint8Array(SECTOR)), abi.E_INVALID, which);
        assert.equal(perform(kind, 2n ** 64n - 512n, new Uint8Array(SECTOR)), abi.E_RANGE, which);
      }
      assert.equal(perform(READV, 0, new Uint8Array(500), new Uint8Array(524)), abi.E_INVALID, which);
      const many = Array.from({ length: 65 }, () => new Uint8Array(SECTOR));
      assert.equal(perform(WRITEV, 0, ...many), -68, which);
    }
  });

  test("a disk in memory gives ranges back as zeros", () => {
    const { perform } = open(gpt, "memory");
    assert.equal(perform(WRITE, 0, new Uint8Array(4 * SECTOR).fill(7)), abi.OK);
    assert.equal(perform(DISCARD, SECTOR, new Uint8Array(2 * SECTOR)), abi.OK);
    const read = new Uint8Array(4 * SECTOR);
    assert.equal(perform(READ, 0, read), abi.OK);
    assert.deepEqual(read, new Uint8Array(4 * SECTOR).fill(7).fill(0, SECTOR, 3 * SECTOR));
    assert.equal(perform(FLUSH, 0), abi.OK);
  });
});
