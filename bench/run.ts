/**
 * `npm run bench`: measures, in one run, and prints a table. See bench/README.md.
 *
 *     npm run bench                    everything
 *     npm run bench -- --only=echo     one bench (may be given more than once)
 *     npm run bench -- --runs=5        so many runs of each
 *     npm run bench -- --quick         three runs of each
 *
 * Fails where something could not be measured, and not for a target that was missed: that depends on the machine.
 */
import { spawnSync } from "node:child_process";
import { constants, cpus, loadavg, setPriority } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { noNamespaces } from "../test/support/namespace.ts";
import { build } from "./build.ts";
import { compute } from "./compute.ts";
import { describe } from "./describe.ts";
import { disk } from "./disk.ts";
import { dnsUdp } from "./dns.ts";
import { echo, echoLatency } from "./echo.ts";
import { fibers } from "./fibers.ts";
import { Ground, peer } from "./ground.ts";
import { httpConnections, httpKeepAlive, httpLarge } from "./http.ts";
import { httpMemory, httpStartup } from "./http-life.ts";
import { kvRead } from "./kv.ts";
import { kvWrite } from "./kvrw.ts";
import { memory, nativeMemory } from "./memory.ts";
import { relay } from "./relay.ts";
import { size } from "./size.ts";
import { nativeStartup, startup } from "./startup.ts";
import { formatTable, type Row } from "./table.ts";
import { tcpBulk, tcpBulkPlain } from "./tcp-bulk.ts";
import { tcpIdle } from "./tcp-idle.ts";
import { tcpFairness, tcpLoss } from "./tcp-line.ts";
import { tcpConnections, tcpEcho, tcpEchoMany } from "./tcp-small.ts";

/** Each with its runs: more for what is short or noisy, one for what is always the same. */
const benches = [
  { bench: size, runs: 1 },
  { bench: echo, runs: 11 },
  { bench: echoLatency, runs: 5 },
  { bench: startup, runs: 31 },
  { bench: memory, runs: 7 },
  { bench: build, runs: 7 },
  { bench: describe, runs: 15 },
  { bench: fibers, runs: 7 },
  { bench: nativeStartup, runs: 101 },
  { bench: nativeMemory, runs: 3 },
  { bench: compute, runs: 7 },
  { bench: relay, runs: 7 },
  { bench: tcpBulk, runs: 5 },
  { bench: tcpBulkPlain, runs: 5 },
  { bench: tcpEcho, runs: 5 },
  { bench: tcpEchoMany, runs: 5 },
  { bench: tcpConnections, runs: 5 },
  { bench: tcpLoss, runs: 5 },
  { bench: tcpFairness, runs: 3 },
  { bench: tcpIdle, runs: 1 },
  { bench: httpKeepAlive, runs: 5 },
  { bench: httpLarge, runs: 5 },
  { bench: httpConnections, runs: 5 },
  { bench: httpStartup, runs: 31 },
  { bench: httpMemory, runs: 1 },
  { bench: dnsUdp, runs: 5 },
  { bench: disk, runs: 3 },
  { bench: kvRead, runs: 5 },
  { bench: kvWrite, runs: 3 },
];
const QUICK_RUNS = 3;
const names = benches.map(({ bench }) => bench.name);

interface Choice {
  readonly only: readonly string[];
  readonly runs: number | undefined;
}

function readChoice(): Choice {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      runs: { type: "string" },
      quick: { type: "boolean" },
    },
  });
  const only = values.only ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}; expected ${names.join(", ")}`);
  if (values.runs !== undefined && !/^[1-9][0-9]{0,3}$/.test(values.runs))
    throw new Error(`--runs=${values.runs}: expected 1 to 9999`);
  return { only, runs: values.runs ? Number(values.runs) : values.quick ? QUICK_RUNS : undefined };
}

function buildPeers(): void {
  const folder = dirname(dirname(peer("load")));
  const { status } = spawnSync("make", ["-s", "-C", folder], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the peers cannot be built; see what make -C ${folder} says`);
}

async function main(ground: Ground): Promise<void> {
  const { only, runs: wanted } = readChoice();
  if (noNamespaces) throw new Error(`the benches cannot run here: ${noNamespaces}`);
  buildPeers();
  // What is started inherits it: other processes of this machine disturb the measurement less.
  setPriority(constants.priority.PRIORITY_HIGHEST);
  const rows: Row[] = [];
  const before = loadavg()[0] ?? 0;
  for (const { bench, runs } of benches) {
    if (!only.includes(bench.name)) continue;
    process.stderr.write(`${bench.name} ...\n`);
    try {
      rows.push(...(await bench.measure(ground, runs === 1 ? 1 : (wanted ?? runs))));
    } catch (error) {
      if (interrupted) return;
      process.exitCode = 1;
      console.error(`${bench.name} could not be measured: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.log(`\n${formatTable(rows)}`);
  const load = `${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
  console.log(`\nMedians; ${cpus().length} CPUs (${cpus()[0]?.model}), load ${load}; Node ${process.version}.`);
  console.log("CPU is user and system time of the whole process, all its threads. 1 kB = 1000 B, 1 MB = 1000 kB.");
}

let interrupted = false;
const ground = new Ground();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, async () => {
    interrupted = true;
    await ground.clear();
    process.exit(130);
  });
try {
  await main(ground);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await ground.clear();
}
