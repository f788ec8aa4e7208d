/** `fata kv`: reads what the image has written. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Contents } from "../../compiler/kv/contents.ts";
import { crc32c } from "../../compiler/kv/crc32c.ts";
import { Disk } from "../../compiler/kv/disk.ts";
import { filled, sorted } from "../runtime/kv/rwscript.ts";
import { Store } from "../runtime/kv/rwstore.ts";
import { Random } from "../support/random.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-kv-"));
after(() => rmSync(folder, { recursive: true }));
const disk = join(folder, "store.img");

function fata(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "build/compiler/cli.js"), "kv", ...words],
    {
      encoding: "utf8",
    },
  );
  return { status, stdout, stderr };
}

/** A store that was worked with for a while, with values of many lengths. */
function usedStore(): Store {
  const store = new Store({ disk: new Uint8Array(512 * 1024), cache: 0 });
  const random = new Random(5);
  for (let i = 0; i < 500; i++) {
    assert.equal(store.set(`/d${i % 3}/k${i % 40}`, filled(random.below(5000), i)), 0);
    if (i % 30 === 7) store.remove(`/d${i % 3}`);
    if (i % 20 === 0) store.sync();
  }
  store.set("/text", new Uint8Array(Buffer.from("Hello World!")));
  assert.equal(store.sync(), 0);
  return store;
}

describe("fata kv", () => {
  test("its checksum is CRC-32C (RFC 3720, B.4)", () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  });

  test("finds in a store what the image finds", () => {
    const store = usedStore();
    writeFileSync(disk, store.disk);
    const found = Disk.with(disk, (file) => {
      const contents = new Contents(file);
      assert.deepEqual(contents.problems, []);
      assert.ok(contents.checkpointFrames > 0 && contents.logFrames > 0);
      return new Map(contents.values.map((value) => [value.key, contents.read(value) as Uint8Array]));
    });
    assert.deepEqual(sorted(found), sorted(store.contents()));
  });

  test("inspects, checks and exports a store", () => {
    const store = usedStore();
    writeFileSync(disk, store.disk);
    const { status, stdout } = fata("inspect", disk, "--keys");
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^store of \d+ bytes: 63 segments of 8192 bytes, chunks of 512\nsuperblock \d+, written to in 1 runs\n/,
    );
    assert.match(stdout, /^ {10}12 {2}2026-11-21T07:35:00\.000Z {2}\/text$/m);
    assert.match(fata("check", disk).stdout, /\nall of it is whole\n$/);
    const target = join(folder, "exported");
    assert.equal(fata("export", disk, target).status, 0);
    for (const [key, value] of store.contents())
      assert.deepEqual(new Uint8Array(readFileSync(join(target, key))), value);
    assert.match(fata("export", disk, target).stderr, /is there already; name a new folder/);
  });

  test("tells what is damaged, and exports the rest", () => {
    const store = new Store({});
    store.set("/good", filled(400, 1));
    store.set("/bad", filled(400, 2));
    store.sync();
    // The sweep has moved it: it lies in the log, before the superblock that says so was written.
    for (let i = 0; i < 700; i++) store.set("/other", filled(5000, i));
    store.sync();
    const at = Buffer.from(store.disk).lastIndexOf(Buffer.from(filled(400, 2)));
    store.disk[at] = 0;
    writeFileSync(disk, store.disk);
    const { status, stderr } = fata("check", disk);
    assert.equal(status, 65);
    assert.match(stderr, /^the log ends at \d+, after 0 of 1 frames that were durable: changes are missing$/m);
    assert.match(stderr, /^\/bad: bytes 0 to 399 are damaged\nfata: .*: 2 problems; the lines above tell which\n$/m);
    const target = join(folder, "rest");
    assert.equal(fata("export", disk, target).status, 65);
    assert.deepEqual(new Uint8Array(readFileSync(join(target, "good"))), filled(400, 1));
  });

  test("tells of whole frames behind the end of the log", () => {
    const store = new Store({});
    for (let i = 0; i < 5; i++) {
      store.set(`/${i}`, filled(400, i));
      store.sync();
    }
    writeFileSync(disk, store.disk);
    assert.deepEqual(fata("check", disk).stderr, "");
    const at = Buffer.from(store.disk).indexOf(Buffer.from(filled(400, 2)));
    store.disk[at] = 1;
    writeFileSync(disk, store.disk);
    const { status, stderr } = fata("check", disk);
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^the log ends at \d+, and 2 whole frames of the same run lie behind it: the power failed before they were synced/,
    );
  });

  test("empties a disk, which then becomes a store again", () => {
    writeFileSync(disk, Buffer.alloc(3 * 1024 * 1024, 7));
    assert.match(fata("inspect", disk).stderr, /this is no store, or both its superblocks are damaged/);
    assert.equal(fata("format", disk).status, 0);
    const store = new Store({ disk: new Uint8Array(readFileSync(disk)) });
    assert.deepEqual(store.list("/"), []);
  });

  test("says what is missing on its command line", () => {
    assert.match(fata().stderr, /expected a command and a disk, such as fata kv inspect DISK/);
    assert.match(fata("check").stderr, /expected a command and a disk, such as fata kv inspect DISK/);
    assert.match(fata("check", join(folder, "none")).stderr, /there is no such file/);
    assert.match(fata("format", join(folder, "none")).stderr, /make one: truncate -s 64M /);
  });
});
