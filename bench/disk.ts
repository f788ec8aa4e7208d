/** Disks: tenders with bench/images/disk against fio, on one file, with as many requests in flight. */
import { open, readFile, rm } from "node:fs/promises";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, tender } from "./ground.ts";
import { type Row, ratios, row } from "./table.ts";

const MIB = 1024 * 1024;
const FILE_SIZE = 256 * MIB;
const WARM_MS = 200;
const RUN_MS = 1000;

/** One kind of work. */
interface Work {
  readonly name: string;
  readonly length: number;
  readonly random: boolean;
  readonly write: boolean;
  readonly direct: boolean;
  readonly depth: number;
}

const works: readonly Work[] = [true, false].flatMap((direct) =>
  [32, 1].flatMap((depth) =>
    [true, false].flatMap((random) =>
      [false, true].map((write) => {
        const kind = `${random ? "4 KiB random" : "1 MiB sequential"} ${write ? "writes" : "reads"}`;
        const length = random ? 4096 : MIB;
        return {
          name: `${direct ? "O_DIRECT" : "page cache"}, depth ${depth}, ${kind}`,
          ...{ length, random, write, direct, depth },
        };
      }),
    ),
  ),
);

/** What of fio's output is used. */
interface FioReport {
  readonly jobs: readonly [Readonly<Record<"read" | "write", { readonly iops: number }>>];
}

/** @returns requests per second */
async function onFio(ground: Ground, path: string, work: Work): Promise<number> {
  const direction = work.write ? "write" : "read";
  const report: FioReport = JSON.parse(
    await ground.run(
      "fio",
      "--name=bench",
      // Else its process makes a session of its own, without the priority that all has here.
      "--thread",
      `--filename=${path}`,
      `--size=${FILE_SIZE}`,
      `--rw=${work.random ? "rand" : ""}${direction}`,
      // It need not remember where it was: our image does not, either.
      "--norandommap",
      `--bs=${work.length}`,
      `--direct=${work.direct ? 1 : 0}`,
      // What is in the page cache stays there.
      "--invalidate=0",
      `--ioengine=${work.depth === 1 ? "psync" : "io_uring"}`,
      `--iodepth=${work.depth}`,
      "--time_based",
      `--ramp_time=${WARM_MS}ms`,
      `--runtime=${RUN_MS}ms`,
      "--output-format=json",
    ),
  );
  return report.jobs[0][direction].iops;
}

/** @returns requests per second */
async function onTender(ground: Ground, path: string, work: Work, command: [string, ...string[]]): Promise<number> {
  const image = await ground.image("bench/images/disk", "--native");
  const output = await ground.run(
    ...command,
    "--mem=64M",
    `--disk=${path}${work.direct ? ",direct" : ""}`,
    image,
    `--depth=${work.depth}`,
    `--length=${work.length}`,
    `--random=${work.random}`,
    `--write=${work.write}`,
    `--warm=${WARM_MS}`,
    `--run=${RUN_MS}`,
  );
  const [requests, ns] = output.split(" ").map(Number);
  return ((requests ?? Number.NaN) / (ns ?? Number.NaN)) * 1e9;
}

/** A file with data in every block, in the page cache. */
async function makeFile(path: string): Promise<void> {
  const file = await open(path, "w");
  const piece = Buffer.alloc(MIB, "fata");
  for (let written = 0; written < FILE_SIZE; written += MIB) await file.write(piece);
  await file.sync();
  await file.close();
}

async function measureWork(ground: Ground, path: string, work: Work, runs: number): Promise<Row[]> {
  const fio: number[] = [];
  const native: number[] = [];
  const node: number[] = [];
  for (let i = 0; i < runs; i++) {
    // What O_DIRECT has written is not in the page cache any more.
    if (!work.direct) await readFile(path);
    fio.push(await onFio(ground, path, work));
    native.push(await onTender(ground, path, work, [nativeTender, "--isolation=seccomp"]));
    node.push(await onTender(ground, path, work, [process.execPath, tender, "--isolation=v8"]));
  }
  const bytes = (list: readonly number[]) => list.map((perSecond) => (perSecond * work.length) / 1e6);
  return [
    row(`${work.name}: native / fio`, ratios(native, fio), "", 2, { atLeast: 0.9 }),
    row(`${work.name}: Node / fio`, ratios(node, fio), "", 2, { atLeast: 0.9 }),
    row("  fio", bytes(fio), " MB/s", 0),
    row("  native", bytes(native), " MB/s", 0),
  ];
}

export const disk: Bench = {
  name: "disk",
  async measure(ground, runs) {
    const path = ground.file("disk.img");
    await makeFile(path);
    const rows: Row[] = [];
    for (const work of works) rows.push(...(await measureWork(ground, path, work, runs)));
    await rm(path);
    return rows;
  },
};
