/** Stores on the partitions of a real disk: one that fails, and one that shrinks while it is read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { packFat } from "../../compiler/pack/fat.ts";
import { packTar } from "../../compiler/pack/tar.ts";
import { FaultyDisk } from "../support/disk/faulty.ts";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";

const MIB = 1 << 20;
const EIO = 5;
const folder = mkdtempSync(join(tmpdir(), "fata-files-"));
after(() => rmSync(folder, { recursive: true }));

const data = randomBytes(700_000);
const digest = createHash("sha256").update(data).digest("hex").slice(0, 16);

/** A disk with a GPT, whose first partition, called archive, holds a tar archive, and the second a FAT volume. */
function makeDisk(): Buffer {
  const files = join(folder, "files");
  mkdirSync(files);
  writeFileSync(join(files, "data"), data);
  const disk = join(folder, "whole.img");
  writeFileSync(disk, "");
  truncateSync(disk, 4 * MIB);
  const script = `label: gpt\nstart=2048, size=2048, name="archive"\nstart=4096, size=2048\n`;
  execFileSync("/usr/sbin/sfdisk", ["--quiet", disk], { input: script, stdio: ["pipe", "pipe", "pipe"] });
  const bytes = readFileSync(disk);
  for (const [pack, place] of [
    [packTar, MIB],
    [packFat, 2 * MIB],
  ] as const) {
    pack(files, join(folder, "part"));
    readFileSync(join(folder, "part")).copy(bytes, place);
  }
  return bytes;
}

const disk = makeDisk();
let host: Host;
before(async () => {
  host = await Host.make();
});

describe("files on partitions", () => {
  test("of a disk that shrinks give a code, and are there again when it has grown", async () => {
    const path = join(folder, "disk.img");
    writeFileSync(path, disk);
    const tender = host.tender(`--disk=${path},ro`, await image("test/e2e/projects/files"));
    await tender.printed(`] 1: tar ${digest}, FAT ${digest}\n`);
    truncateSync(path, 2.5 * MIB);
    tender.kill("SIGUSR1");
    await tender.printed(new RegExp(`\\] 2: tar ${digest}, FAT E_(IO|RANGE)\n`));
    truncateSync(path, 1.5 * MIB);
    tender.kill("SIGUSR1");
    await tender.printed(/\] 3: tar E_(IO|RANGE), FAT E_(IO|RANGE)\n/);
    writeFileSync(path, disk);
    tender.kill("SIGUSR1");
    await tender.printed(`] 4: tar ${digest}, FAT ${digest}\n`);
    tender.kill("SIGTERM");
    await tender.ended();
  });

  test("of a disk that fails give its code, and those beside it are there", async () => {
    if (!existsSync("/dev/fuse")) return assert.rejects(() => FaultyDisk.make(MIB));
    const faulty = await FaultyDisk.make(disk.length);
    try {
      writeFileSync(faulty.path, disk);
      await faulty.tell(`fail read ${2 * MIB + 400_000} ${EIO}`);
      const tender = host.tender(`--disk=${faulty.path},ro`, await image("test/e2e/projects/files"));
      await tender.printed(`] 1: tar ${digest}, FAT E_IO\n`);
      await faulty.tell("clear", `fail read ${MIB + 400_000} ${EIO}`);
      tender.kill("SIGUSR1");
      await tender.printed(`] 2: tar E_IO, FAT ${digest}\n`);
      tender.kill("SIGTERM");
      await tender.ended();
    } finally {
      await faulty.close();
    }
  });
});
