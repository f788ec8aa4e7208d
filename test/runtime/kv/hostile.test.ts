/** Disks that are damaged or made to deceive: what can be read is read, the rest is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packFat } from "../../../compiler/pack/fat.ts";
import { packTar } from "../../../compiler/pack/tar.ts";
import { E_INVALID, E_IO, E_NOT_FOUND, E_RANGE, Store, type Tree, withFolder } from "./store.ts";

const SECTOR = 512;
const content = (length: number, seed: number) => Buffer.from(Uint8Array.from({ length }, (_, i) => seed + i * 3));
const tree: Tree = new Map([
  ["a", content(1500, 1)],
  ["b/long name of a file.html", content(700, 2)],
  ["b/z", content(3000, 3)],
  ["c", content(10, 4)],
]);

const pack = (packer: (folder: string, target: string) => void, files = tree): Promise<Buffer> =>
  withFolder(files, (folder, scratch) => {
    packer(folder, join(scratch, "disk"));
    return readFileSync(join(scratch, "disk"));
  });
const tar = await pack(packTar);
const fat = await pack(packFat);

/** A copy with bytes changed. */
function changed(disk: Buffer, change: (disk: Buffer) => void): Buffer {
  const copy = Buffer.from(disk);
  change(copy);
  return copy;
}

const readable = (store: Store, key: string): boolean =>
  Buffer.compare(store.call("get", key).bytes ?? Buffer.alloc(0), tree.get(key) ?? Buffer.alloc(0)) === 0;

// The archive: a at 0, b/ at 2048, b/long at 2560, b/z at 4096, c at 7680.
const places = { a: 0, b: 2048, long: 2560, z: 4096, c: 7680 };

/** Gives a header of tar its sum. */
function seal(disk: Buffer, at: number): void {
  disk.fill(0x20, at + 148, at + 156);
  const sum = disk.subarray(at, at + SECTOR).reduce((sum, byte) => sum + byte, 0);
  disk.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
}

describe("tar", () => {
  test("up to a header with a wrong sum", async () => {
    const store = await Store.open(
      "tar",
      changed(tar, (disk) => disk.writeUInt8(1, places.z + 5)),
    );
    assert.deepEqual(store.log, ["[ERROR] [tar] The archive is damaged at 4096: what follows is left out"]);
    assert.deepEqual([store.list(""), store.list("b")], [["a", "b/"], ["long name of a file.html"]]);
    assert.ok(readable(store, "a") && readable(store, "b/long name of a file.html"));
    assert.equal(store.call("get", "c").result, E_NOT_FOUND);
  });

  test("a truncated one", async () => {
    const store = await Store.open("tar", tar.subarray(0, places.z + 3 * SECTOR));
    assert.deepEqual(store.log, [
      "[ERROR] [tar] The archive ends before its file does at 4096: what follows is left out",
    ]);
    assert.deepEqual(store.list("b"), ["long name of a file.html"]);
  });

  test("sizes and names that cannot be", async () => {
    const cases: [string, (disk: Buffer) => void, RegExp][] = [
      [
        "a size of 8 EiB",
        (disk) => disk.fill(0xff, places.z + 125, places.z + 136).writeUInt8(0x80, places.z + 124),
        /is damaged/,
      ],
      ["a negative size", (disk) => disk.fill(0xff, places.z + 124, places.z + 136), /is damaged/],
      ["a size that is none", (disk) => disk.write("12x", places.z + 124), /is damaged/],
      ["a size past the end", (disk) => disk.write("77777777777", places.z + 124), /ends before/],
      ["a name with ..", (disk) => disk.write("./b/../../etc/passwd\0", places.z), /^.*1 entries are left out/],
      ["a name that is no UTF-8", (disk) => disk.write("\xff\xfe\0", places.z, "latin1"), /1 entries are left out/],
      ["a symbolic link", (disk) => disk.write("2", places.z + 156), /is damaged|1 entries are left out/],
      ["a device", (disk) => disk.write("3", places.z + 156), /is damaged|1 entries are left out/],
      ["an unknown type", (disk) => disk.write("S", places.z + 156), /1 entries are left out/],
    ];
    for (const [name, change, said] of cases) {
      const store = await Store.open(
        "tar",
        changed(tar, (disk) => {
          change(disk);
          seal(disk, places.z);
        }),
      );
      assert.equal(store.status, 0, name);
      assert.match(store.log.join("\n"), said, name);
      assert.ok(readable(store, "a"), name);
      assert.equal(store.call("exists", "b/z").result, E_NOT_FOUND, name);
    }
  });

  test("a disk without room for a header", async () => {
    const store = await Store.open("tar", Buffer.alloc(0));
    assert.equal(store.status, E_INVALID);
    assert.deepEqual(store.log, ["[ERROR] [tar] The disk holds no tar archive, or a damaged one"]);
  });

  test("a hard link that leads to itself, or nowhere, is none", async () => {
    for (const target of ["./b/z", "./nowhere", "../..", ""]) {
      const disk = changed(tar, (disk) => {
        disk.write("1", places.z + 156).toString();
        disk.write("00000000000", places.z + 124);
        disk.write(`${target}\0`, places.z + 157);
        seal(disk, places.z);
      });
      const store = await Store.open("tar", disk);
      assert.equal(store.call("exists", "b/z").result, E_NOT_FOUND, target);
      assert.ok(readable(store, "a"));
    }
  });

  test("more entries than the table holds: those that fit, in bounded memory", async () => {
    const header = Buffer.from(tar.subarray(places.c, places.c + SECTOR));
    header.write("00000000000", 124);
    const count = 50_000;
    const disk = Buffer.alloc((count + 2) * SECTOR);
    for (let i = 0; i < count; i++) {
      header.write(`./${"x".repeat(80)}${String(i).padStart(8, "0")}\0`, 0);
      seal(header, 0);
      header.copy(disk, i * SECTOR);
    }
    const twice = Buffer.concat([disk.subarray(0, count * SECTOR), disk.subarray(0, count * SECTOR), disk]);
    const store = await Store.open("tar", twice);
    assert.equal(store.status, 0);
    assert.match(store.log.join("\n"), /^\[WARNING\] \[tar\] \d+ entries are left out/);
    assert.ok(store.tender.memory.bytes(0, 1).buffer.byteLength < 64 << 20);
    assert.equal(store.call("exists", `${"x".repeat(80)}00000007`).result, 1);
  });
});

describe("FAT", () => {
  // The volume: one sector reserved, two FATs of one sector, 64 root entries, then clusters of 512 bytes.
  const FAT = SECTOR;
  const root = 3 * SECTOR;
  const clusters = 7 * SECTOR;
  /** Sets the next cluster of FAT12. */
  const link = (disk: Buffer, cluster: number, next: number): void => {
    const at = FAT + ((cluster * 3) >> 1);
    const pair = disk.readUInt16LE(at);
    disk.writeUInt16LE(cluster & 1 ? (pair & 15) | (next << 4) : (pair & 0xf000) | next, at);
  };
  /** Where a root entry with this short name is. */
  const entry = (disk: Buffer, short: string): number => disk.indexOf(short.padEnd(11), root, "latin1");

  test("chains that lead in a circle, out of the volume, to free and to bad clusters", async () => {
    const first = fat.readUInt16LE(entry(fat, "A") + 26);
    for (const [next, result] of [
      [first, 1500],
      [0xabc, E_INVALID],
      [0, E_INVALID],
      [1, E_INVALID],
      [0xff7, E_INVALID],
      [0xfff, E_INVALID],
    ] as const) {
      const store = await Store.open(
        "fat",
        changed(fat, (disk) => link(disk, first, next)),
      );
      assert.equal(store.call("get", "a").result, result, String(next));
      assert.ok(readable(store, "c") && readable(store, "b/z"));
    }
  });

  test("a directory in a circle, and one that is in itself", async () => {
    const folder = fat.readUInt16LE(entry(fat, "B") + 26);
    const circle = await Store.open(
      "fat",
      changed(fat, (disk) => link(disk, folder, folder)),
    );
    assert.ok(readable(circle, "b/z"));
    const start = clusters + (folder - 2) * SECTOR;
    // Full of entries, so that the chain is followed: it ends at the most that a directory has.
    const full = changed(fat, (disk) => {
      link(disk, folder, folder);
      for (let at = start; at < start + SECTOR; at += 32) disk.fill(0xe5, at, at + 1);
    });
    assert.deepEqual((await Store.open("fat", full)).list("b"), []);
    const within = changed(fat, (disk) =>
      disk.writeUInt16LE(folder, disk.indexOf("Z          ", start, "latin1") + 26),
    );
    within.writeUInt8(0x10, within.indexOf("Z          ", start, "latin1") + 11);
    const store = await Store.open("fat", within);
    assert.equal(store.call("exists", "b/z/z/z/z/z/z/z/z").result, 2);
    assert.deepEqual(store.list("b/z/z"), ["long name of a file.html", "z/"]);
  });

  test("a file larger than the volume, without clusters, or beyond its disk", async () => {
    const large = await Store.open(
      "fat",
      changed(fat, (disk) => disk.writeUInt32LE(0xffffffff, entry(disk, "A") + 28)),
    );
    assert.equal(large.call("size", "a").result, E_INVALID);
    const none = await Store.open(
      "fat",
      changed(fat, (disk) => disk.writeUInt16LE(0, entry(disk, "A") + 26)),
    );
    assert.equal(none.call("get", "a").result, E_INVALID);
    const short = await Store.open("fat", fat.subarray(0, clusters + 2 * SECTOR));
    assert.deepEqual(short.log, [
      "[WARNING] [fat] The file system is larger than its disk: what is past the end cannot be read",
    ]);
    assert.equal(short.call("get", "b/z").result, E_RANGE);
  });

  test("a first sector whose numbers cannot be", async () => {
    const changes: [string, (disk: Buffer) => void][] = [
      ["no signature", (disk) => disk.writeUInt16LE(0, 510)],
      ["sectors of 0", (disk) => disk.writeUInt16LE(0, 11)],
      ["sectors of 768", (disk) => disk.writeUInt16LE(768, 11)],
      ["clusters of 0", (disk) => disk.writeUInt8(0, 13)],
      ["clusters of 3 sectors", (disk) => disk.writeUInt8(3, 13)],
      ["no FAT", (disk) => disk.writeUInt8(0, 16)],
      ["a FAT of 0 sectors", (disk) => disk.writeUInt32LE(0, 22)],
      ["a FAT that is too short", (disk) => disk.writeUInt16LE(60_000, 19)],
      ["no root directory", (disk) => disk.writeUInt16LE(0, 17)],
      ["more FATs than sectors", (disk) => disk.writeUInt16LE(0xffff, 22)],
    ];
    for (const [name, change] of changes) {
      const store = await Store.open("fat", changed(fat, change));
      assert.deepEqual(store.log, ["[ERROR] [fat] The disk holds no FAT file system, or a damaged one"], name);
      for (const call of ["exists", "get", "size", "list", "digest"] as const)
        assert.equal(store.call(call, "a").result, E_INVALID, name);
    }
    assert.equal((await Store.open("fat", Buffer.alloc(0))).status, E_INVALID);
  });

  test("long names that do not belong to what follows are left aside", async () => {
    const start = fat.indexOf("LONGNA~1HTM", 0, "latin1") - 64;
    const orphan = await Store.open(
      "fat",
      changed(fat, (disk) => disk.writeUInt8((disk[start + 13] ?? 0) ^ 1, start + 13)),
    );
    assert.deepEqual(orphan.list("b"), ["LONGNA~1.HTM", "z"]);
    const slash = await Store.open(
      "fat",
      changed(fat, (disk) => disk.writeUInt16LE(0x2f, start + 32 + 1)),
    );
    assert.deepEqual(slash.list("b"), ["z"]);
    for (const dots of [".", ".."]) {
      const out = await Store.open(
        "fat",
        changed(fat, (disk) => {
          disk.writeUInt8(0x41, start + 32); // alone
          disk.write(`${dots}\0\0`, start + 32 + 1, "utf16le");
        }),
      );
      assert.deepEqual([out.list("b"), out.call("exists", `b/${dots}`).result], [["z"], E_NOT_FOUND]);
    }
  });
});

describe("a disk that fails", () => {
  test("one that has shrunk: what lies before its end is read, also where more would be read along", async () => {
    const archive = await Store.openShrunk("tar", tar, places.z + SECTOR);
    assert.ok(readable(archive, "a") && readable(archive, "b/long name of a file.html"));
    assert.equal(archive.call("get", "b/z").result, E_IO);
    assert.equal(archive.call("get", "c").result, E_NOT_FOUND);
    assert.match(archive.log.join("\n"), /^\[ERROR\] \[tar\] Cannot read the archive at 7680: E_IO$/);
    const volume = await Store.openShrunk("fat", fat, fat.length - SECTOR);
    assert.equal(volume.status, 0);
    assert.ok(readable(volume, "a"));
  });

  for (const kind of ["tar", "fat"] as const)
    test(`${kind}: each read of it, one after the other`, async () => {
      const disk = kind === "tar" ? tar : fat;
      const counting = await Store.open(kind, disk);
      assert.ok(readable(counting, "b/z"));
      const requests = counting.tender.blocks.get("storage")?.requests.length ?? 0;
      assert.ok(requests > 0);
      for (let failing = 0; failing < requests; failing++) {
        const store = await Store.openFailing(kind, disk, failing, E_IO);
        if (store.status !== 0) assert.equal(store.status, E_IO);
        const { result, bytes } = store.call("get", "b/z");
        if (bytes) assert.deepEqual(bytes, tree.get("b/z"));
        else assert.ok(result === E_IO || (result === E_NOT_FOUND && store.log.length > 0), `${failing}: ${result}`);
        // It was one read: the next one may be good again.
        if (store.status === 0 && store.log.length === 0) assert.ok(readable(store, "b/z"), String(failing));
      }
    });
});
