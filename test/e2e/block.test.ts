/** Real disk images, looked at from outside, byte by byte. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";

const SECTOR = 512;
/** Bytes of a request of projects/pattern. */
const CHUNK = 8192;

const folder = mkdtempSync(join(tmpdir(), "fata-e2e-"));
after(() => rmSync(folder, { recursive: true }));

let host: Host;
before(async () => {
  host = await Host.make();
});

/** Makes a disk image. */
function disk(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What examples/block leaves in a sector. */
function line(sector: number): Buffer {
  return Buffer.alloc(SECTOR, `${sector}: what is written here is written in sand.\n`);
}

/** What projects/pattern leaves on a disk. */
function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += CHUNK) {
    let word = seed + at / CHUNK;
    for (let i = at; i < Math.min(size, at + CHUNK); i += 4) {
      word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
      bytes.writeUInt32LE(word, i);
    }
  }
  return bytes;
}

/** As projects/pattern sums up a disk. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 4) total = (total + Math.imul(bytes.readUInt32LE(at), at / 2 + 1)) >>> 0;
  return total;
}

/** Compares a file with what it should hold, without printing all of it. */
function assertHolds(path: string, expected: Buffer): void {
  const found = readFileSync(path);
  assert.equal(found.length, expected.length, "the file's size");
  if (found.equals(expected)) return;
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  assert.fail(`byte ${at} of ${path} is ${found[at]}; expected ${expected[at]}`);
}

/** What a line of the log says after its source. */
function says(output: string, text: string): void {
  assert(output.includes(`] ${text}\n`), `"${text}" is not in:\n${output}`);
}

describe("examples/block", () => {
  test("writes where it says, and nowhere else", async () => {
    for (const sectors of [12, 13, 100, 2048]) {
      const before = randomBytes(sectors * SECTOR);
      const path = disk("example.img", before);
      const output = await host.tender(`--disk=${path}`, await image("examples/block")).endedWith(0);
      says(output, "Total tests started: 10");
      says(output, "Total tests passed:  10");
      says(output, "Total tests failed:  0");
      const expected = Buffer.from(before);
      for (let sector = 0; sector < sectors; sector++)
        if (sector < 12 || sector >= sectors - 12) line(sector).copy(expected, sector * SECTOR);
      assertHolds(path, expected);
    }
  });

  test("works at the end of a disk of more than 4 GiB", async () => {
    const size = 5 * 2 ** 30;
    const path = disk("large.img", new Uint8Array());
    truncateSync(path, size);
    says(await host.tender(`--disk=${path}`, await image("examples/block")).endedWith(0), "Total tests passed:  10");
    assert.equal(statSync(path).size, size);
    const last = Buffer.alloc(SECTOR);
    const file = openSync(path, "r");
    readSync(file, last, 0, SECTOR, size - SECTOR);
    closeSync(file);
    assert.deepEqual(last, line(size / SECTOR - 1));
  });

  test("can do nothing to a disk that is attached read-only", async () => {
    const before = randomBytes(100 * SECTOR);
    const path = disk("read-only.img", before);
    const { mtimeMs } = statSync(path);
    const output = await host.tender(`--disk=${path},ro`, await image("examples/block")).endedWith(1);
    says(output, "Failed: E_READ_ONLY");
    assertHolds(path, before);
    assert.equal(statSync(path).mtimeMs, mtimeMs);
  });
});

describe("a pattern over the whole disk", () => {
  for (const size of [SECTOR, CHUNK, CHUNK + SECTOR, 10 * CHUNK - SECTOR, 4 * 2 ** 20])
    test(`of ${size} bytes`, async () => {
      const before = randomBytes(size);
      const path = disk("pattern.img", before);
      const output = await host.tender(`--disk=${path}`, await image("test/e2e/projects/pattern")).endedWith(0);
      says(output, `found ${sum(before)}`);
      says(output, "write: OK");
      says(output, "flush: OK");
      const expected = pattern(size, 1);
      says(output, `left ${sum(expected)}`);
      assertHolds(path, expected);
    });

  test("is not written to a disk that is attached read-only, which can be read", async () => {
    const before = randomBytes(20 * CHUNK);
    const path = disk("pattern.img", before);
    const args = [`--disk=${path},ro`, await image("test/e2e/projects/pattern"), "--seed=7"];
    const output = await host.tender(...args).endedWith(0);
    says(output, `found ${sum(before)}`);
    says(output, "write: E_READ_ONLY");
    says(output, `left ${sum(before)}`);
    assertHolds(path, before);
  });

  test("goes to an empty disk, too", async () => {
    const path = disk("empty.img", new Uint8Array());
    const output = await host.tender(`--disk=${path}`, await image("test/e2e/projects/pattern")).endedWith(0);
    says(output, "found 0");
    says(output, "left 0");
    assert.equal(statSync(path).size, 0);
  });

  test("does not make the file larger than it was, where it was cut short meanwhile", async () => {
    const path = disk("cut.img", randomBytes(20 * CHUNK));
    const tender = host.tender(`--disk=${path}`, await image("test/e2e/projects/pattern"), "--wait");
    await tender.printed("found");
    truncateSync(path, 3 * CHUNK + 1);
    tender.kill("SIGUSR1");
    says(await tender.endedWith(0), "write: OK");
    assertHolds(path, pattern(20 * CHUNK, 1));
  });

  test("cannot be read where the file was cut short meanwhile", async () => {
    const path = disk("cut.img", randomBytes(20 * CHUNK));
    const tender = host.tender(`--disk=${path},ro`, await image("test/e2e/projects/pattern"), "--wait");
    await tender.printed("found");
    truncateSync(path, 3 * CHUNK);
    tender.kill("SIGUSR1");
    says(await tender.endedWith(0), "left E_IO");
    assert.equal(statSync(path).size, 3 * CHUNK);
  });
});

describe("a disk that is refused", () => {
  async function refused(option: string): Promise<string> {
    const output = await host.tender(`--disk=${option}`, await image("examples/block")).endedWith(66);
    assert.match(output, /^tender: block device "storage": [^\n]+\n$/);
    return output;
  }

  test("its size is no multiple of a block's, and the command that is printed mends it", async () => {
    const content = randomBytes(20 * SECTOR + 1);
    const path = disk("odd.img", content);
    const [, command] = /no multiple of 512; round it up: (truncate .*)\n$/.exec(await refused(path)) ?? [];
    assertHolds(path, content);
    assert(command);
    await host.run("sh", "-c", command);
    assert.equal(statSync(path).size, 21 * SECTOR);
    await host.tender(`--disk=${path}`, await image("examples/block")).endedWith(0);
  });

  test("it is not there", async () => {
    assert.match(await refused(join(folder, "none.img")), /there is no disk .*; make one of 16 MiB: truncate -s 16M/);
  });

  test("it is no disk", async () => {
    assert.match(await refused(folder), /disk/);
    assert.match(await refused("/dev/null"), /is neither a file nor a block device/);
  });

  test("another tender works on it", async () => {
    const path = disk("locked.img", randomBytes(20 * SECTOR));
    const other = host.start("flock", ["--no-fork", path, "sh", "-c", "echo locked; exec sleep 60"]);
    await other.printed("locked");
    assert.match(await refused(path), /is in use by another process/);
    assert.match(await refused(`${path},ro`), /is in use by another process/);
  });
});
