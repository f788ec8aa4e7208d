/** Key-value stores that are read: look-ups in an image, and files on disks against the disks themselves. */
import { mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import type { Bench } from "./bench.ts";
import { fata, type Ground, nativeTender, tender } from "./ground.ts";
import { type Row, ratios, row } from "./table.ts";

const FILES = 10_000;
const FILE_SIZE = 256 << 20;

/** Files as bench/images/kv-lookup looks for, of 1 to 12 kB. @returns their bytes */
function makeFiles(folder: string): number {
  let total = 0;
  for (let i = 0; i < 100; i++) mkdirSync(`${folder}/data/d${String(i).padStart(2, "0")}`, { recursive: true });
  for (let i = 0; i < FILES; i++) {
    const path = `${folder}/data/d${String(i % 100).padStart(2, "0")}/file-${String(i).padStart(5, "0")}.html`;
    const size = 1000 + ((i * 7919) % 11_000);
    writeFileSync(path, Buffer.alloc(size, `${i} `));
    total += size;
  }
  return total;
}

/** Builds bench/images/kv-lookup with a folder. @returns the image */
async function buildWith(ground: Ground, folder: string, name: string): Promise<string> {
  const image = ground.file(name);
  const given = `FATA_BENCH_FOLDER=${folder}`;
  await ground.run("env", given, process.execPath, fata, "build", "bench/images/kv-lookup", "-o", image);
  return image;
}

async function measureLookups(ground: Ground, runs: number): Promise<Row[]> {
  const [folder, empty] = [ground.file("files"), ground.file("empty")];
  mkdirSync(empty);
  const bytes = makeFiles(folder);
  const image = await buildWith(ground, folder, "kv.wasm");
  const growth = statSync(image).size - statSync(await buildWith(ground, empty, "kv-empty.wasm")).size;
  const times: number[] = [];
  const allocated: number[] = [];
  for (let i = 0; i < runs; i++) {
    const output = await ground.run(process.execPath, tender, "--isolation=v8", "--mem=256M", image);
    const [ns = Number.NaN, grown = Number.NaN, found] = output.split(" ").map(Number);
    if (!found) throw new Error("nothing was found");
    times.push(ns / 1000);
    allocated.push(grown);
  }
  rmSync(folder, { recursive: true });
  return [
    row(`crunch: a look-up among ${FILES} files, Node`, times, " us", 3, { atMost: 1 }),
    row("  bytes that a million of them allocate", allocated, "", 0, { atMost: 0 }),
    row("crunch: what the image grows by / the files", [growth / bytes], "", 4, { atMost: 1.02 }),
  ];
}

async function measureReads(ground: Ground, runs: number): Promise<Row[]> {
  const folder = ground.file("one");
  mkdirSync(folder);
  const file = openSync(`${folder}/data`, "w");
  for (let at = 0; at < FILE_SIZE; at += 1 << 20) writeSync(file, Buffer.alloc(1 << 20, `${at}fata`));
  const [tar, fat] = [ground.file("disk.tar"), ground.file("disk.fat")];
  await ground.run(process.execPath, fata, "pack", "tar", folder, "-o", tar);
  await ground.run(process.execPath, fata, "pack", "fat", folder, "-o", fat);
  rmSync(folder, { recursive: true });
  const image = await ground.image("bench/images/kv-read", "--native");
  const rows: Row[] = [];
  const commands: readonly { name: string; command: [string, ...string[]] }[] = [
    { name: "native", command: [nativeTender, "--isolation=seccomp"] },
    { name: "Node", command: [process.execPath, tender, "--isolation=v8"] },
  ];
  for (const { name, command } of commands) {
    const [raw, ofTar, ofFat]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < runs; i++) {
      for (const path of [tar, fat]) readFileSync(path); // into the host's memory
      const disks = [`--disk:raw=${tar},ro`, `--disk:tar=${tar},ro`, `--disk:fat=${fat},ro`];
      const output = await ground.run(...command, "--mem=64M", ...disks, image);
      for (const line of output.trimEnd().split("\n")) {
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = line.split(" ").map(Number);
        raw.push((a / b) * 1000);
        ofTar.push((c / d) * 1000);
        ofFat.push((e / f) * 1000);
      }
    }
    rows.push(row(`tar: sequential reads / the raw disk, ${name}`, ratios(ofTar, raw), "", 2, { atLeast: 0.8 }));
    rows.push(row(`FAT: sequential reads / the raw disk, ${name}`, ratios(ofFat, raw), "", 2, { atLeast: 0.8 }));
    rows.push(row(`  the raw disk, ${name}`, raw, " MB/s", 0));
  }
  rmSync(tar);
  rmSync(fat);
  return rows;
}

export const kvRead: Bench = {
  name: "kv-read",
  async measure(ground, runs) {
    return [...(await measureLookups(ground, runs)), ...(await measureReads(ground, runs))];
  },
};
