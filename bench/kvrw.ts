/** The read-write store: bench/images/kvrw against LMDB and SQLite, on files of one file system, with the same durability. */
import { open, rm } from "node:fs/promises";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, peer, tender } from "./ground.ts";
import { type Row, ratios, row } from "./table.ts";

const MIB = 1024 * 1024;
const LENGTH = 100;
const KEYS = 100_000;
const GETS = 500_000;
/** Values of the large store: nearly 1 GiB with what belongs to them. */
const LARGE = { bytes: 1024 * MIB, length: 16_000, keys: 50_000 };
const SMALL = { length: 1000, keys: 700_000 };

interface Work {
  readonly work: string;
  readonly keys: number;
  readonly count: number;
  readonly length: number;
  /** Sets that are made durable at one time. */
  readonly group: number;
}

interface Outcome {
  readonly perSecond: number;
  readonly memory: number;
}

function outcome(output: string): Outcome {
  const [count = Number.NaN, ns = Number.NaN, memory = 0] = output.split(" ").map(Number);
  return { perSecond: (count / ns) * 1e9, memory };
}

const tenders = {
  native: [nativeTender, "--isolation=seccomp"],
  node: [process.execPath, tender, "--isolation=v8"],
} as const;

async function onTender(ground: Ground, which: keyof typeof tenders, disk: string, work: Work): Promise<Outcome> {
  const image = await ground.image("bench/images/kvrw", "--native");
  const [program, ...options] = tenders[which];
  const words = [`--work=${work.work}`, `--keys=${work.keys}`, `--count=${work.count}`, `--length=${work.length}`];
  words.push(`--fibers=${work.group}`);
  return outcome(
    await ground.run(program, ...options, "--mem=1G", "--quiet", `--disk=${disk}`, image, ...words, "--logs=quiet"),
  );
}

async function onPeer(ground: Ground, name: string, path: string, work: Work): Promise<Outcome> {
  const { work: kind, keys, count, length, group } = work;
  return outcome(await ground.run(peer(name), path, kind, ...[keys, count, length, group].map(String)));
}

/** An empty disk whose blocks the file system has: what is measured is not how it finds them. */
async function makeDisk(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w");
  await file.write(Buffer.alloc(Math.min(bytes, 64 * MIB)));
  await file.truncate(bytes);
  await file.sync();
  await file.close();
}

async function clear(...paths: readonly string[]): Promise<void> {
  for (const path of paths) for (const end of ["", "-lock", "-wal", "-shm"]) await rm(path + end, { force: true });
}

/** The same work on all of them, in turns. */
async function compare(ground: Ground, name: string, work: Work, prepare: Work | undefined, runs: number) {
  const found: Record<string, number[]> = { native: [], node: [], lmdb: [], sqlite: [] };
  const [disk, lmdb, sqlite] = ["kv.img", "kv.lmdb", "kv.sqlite"].map((file) => ground.file(file)) as [
    string,
    string,
    string,
  ];
  for (let i = 0; i < runs; i++) {
    await clear(disk, lmdb, sqlite);
    await makeDisk(disk, 64 * MIB);
    if (prepare) await onTender(ground, "native", disk, prepare);
    if (prepare) await onPeer(ground, "kv-lmdb", lmdb, prepare);
    if (prepare) await onPeer(ground, "kv-sqlite", sqlite, prepare);
    for (const which of ["native", "node"] as const) {
      found[which]?.push((await onTender(ground, which, disk, work)).perSecond);
    }
    found["lmdb"]?.push((await onPeer(ground, "kv-lmdb", lmdb, work)).perSecond);
    found["sqlite"]?.push((await onPeer(ground, "kv-sqlite", sqlite, work)).perSecond);
  }
  await clear(disk, lmdb, sqlite);
  const { native = [], node = [], lmdb: ofLmdb = [], sqlite: ofSqlite = [] } = found;
  return [
    row(`${name}: native / LMDB`, ratios(native, ofLmdb), "", 2, { atLeast: 1 }),
    row(`${name}: native / SQLite`, ratios(native, ofSqlite), "", 2, { atLeast: 1 }),
    row(`${name}: Node / LMDB`, ratios(node, ofLmdb), "", 2, { atLeast: 1 }),
    row(`${name}: Node / SQLite`, ratios(node, ofSqlite), "", 2, { atLeast: 1 }),
    row("  native", native, " per s", 0),
    row("  LMDB", ofLmdb, " per s", 0),
    row("  SQLite", ofSqlite, " per s", 0),
  ];
}

/** How long a full store of 1 GiB takes to open, and the memory that its index takes. */
async function opening(
  ground: Ground,
  name: string,
  values: { keys: number; length: number },
  runs: number,
): Promise<Row[]> {
  const disk = ground.file("large.img");
  await makeDisk(disk, LARGE.bytes);
  const work: Work = { work: "fill", count: 1, group: 1, ...values };
  await onTender(ground, "native", disk, work);
  const seconds: number[] = [];
  const memory: number[] = [];
  for (let i = 0; i < runs; i++) {
    const opened = await onTender(ground, "native", disk, { ...work, work: "open" });
    seconds.push(1 / opened.perSecond);
    memory.push(opened.memory / values.keys);
  }
  await rm(disk);
  return [
    row(`open 1 GiB, ${name}: native`, seconds, " s", 3, { atMost: 1 }),
    row("  memory of the image for each key", memory, " B", 0),
  ];
}

export const kvWrite: Bench = {
  name: "kv-rw",
  async measure(ground, runs) {
    const base = { keys: KEYS, length: LENGTH };
    const fill: Work = { ...base, work: "fill", count: KEYS, group: 1 };
    return [
      ...(await compare(
        ground,
        "set, each durable",
        { ...base, work: "commit", count: 1000, group: 1 },
        undefined,
        runs,
      )),
      ...(await compare(
        ground,
        "set, 32 durable at once",
        { ...base, work: "commit", count: 16_000, group: 32 },
        undefined,
        runs,
      )),
      ...(await compare(ground, "set, durable at the end", fill, undefined, runs)),
      ...(await compare(ground, "get, in memory", { ...base, work: "get", count: GETS, group: 1 }, fill, runs)),
      ...(await opening(ground, `${LARGE.keys} values of ${LARGE.length} bytes`, LARGE, runs)),
      ...(await opening(ground, `${SMALL.keys} values of ${SMALL.length} bytes`, SMALL, runs)),
    ];
  },
};
