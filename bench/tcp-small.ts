/** Small messages over TCP, and short connections: images/tcp against a plain epoll server over Linux's TCP. */
import type { Bench } from "./bench.ts";
import type { Ground } from "./ground.ts";
import type { Server } from "./server.ts";
import { type Limit, type Row, ratios, row } from "./table.ts";
import { linuxServer, measureServer, nativeServer, nodeServer, type Report } from "./tcp-side.ts";

/** What peers/tcp-echo.c and peers/tcp-connections.c print. */
interface CountReport extends Report {
  readonly echoes?: number;
  readonly connections?: number;
  /** Percentiles of the times in us. */
  readonly p50: number;
  readonly p99: number;
}

const WARM_MS = 500;
const RUN_MS = 1000;
const MANY = 1000;
/** Connections that are opened, asked and closed at the same time. */
const AT_ONCE = 32;

/** What was measured of a server. */
class Results {
  readonly rate: number[] = [];
  readonly cpu: number[] = [];
  readonly cpuAll: number[] = [];
  readonly p50: number[] = [];
  readonly p99: number[] = [];

  constructor(readonly server: Server) {}

  async measure(ground: Ground, load: string, count: number): Promise<void> {
    const words = (address: string, pid: string) => [address, pid, `${count}`, `${WARM_MS}`, `${RUN_MS}`];
    const report = await measureServer<CountReport>(ground, this.server, load, words);
    const done = report.echoes ?? report.connections ?? 0;
    if (done === 0) throw new Error(`${this.server.name} has answered nothing`);
    this.rate.push(done / report.seconds);
    this.cpu.push((report.cpuSeconds * 1e6) / done);
    this.cpuAll.push(((report.cpuSeconds + report.loadCpuSeconds) * 1e6) / done);
    this.p50.push(report.p50);
    this.p99.push(report.p99);
  }

  /** Rows for information. @param one what was counted */
  details(one: string): Row[] {
    const { name } = this.server;
    return [
      row(`  ${name}: ${one} per second`, this.rate, "", 0),
      row(`  ${name}: CPU, server`, this.cpu, " us", 2),
      row(`  ${name}: CPU, both ends`, this.cpuAll, " us", 2),
      row(`  ${name}: time, median`, this.p50, " us", 1),
      row(`  ${name}: time, 99 %`, this.p99, " us", 1),
    ];
  }
}

/** Measures all servers in turns. @returns those of the native tender, of Node, and of Linux */
async function measureAll(ground: Ground, runs: number, load: string, count: number) {
  const native = new Results(await nativeServer(ground, false));
  const node = new Results(await nodeServer(ground, false));
  const linux = new Results(linuxServer());
  for (let i = 0; i < runs; i++)
    for (const results of [linux, native, node]) await results.measure(ground, load, count);
  return { native, node, linux };
}

/** @param what is compared, and its bound */
function compare(
  title: string,
  { native, node, linux }: Record<"native" | "node" | "linux", Results>,
  what: "rate" | "p50",
  limit: Limit,
): Row[] {
  return [native, node].map((results) =>
    row(`${title}, ${results.server.name} / Linux`, ratios(results[what], linux[what]), "", 2, limit),
  );
}

/** One connection with 64 octets on their way at any time. */
export const tcpEcho: Bench = {
  name: "tcp-echo",
  async measure(ground, runs) {
    const all = await measureAll(ground, runs, "tcp-echo", 1);
    return [
      ...compare("TCP echo, one connection: round trip", all, "p50", { atMost: 1.3 }),
      ...Object.values(all).flatMap((results) => results.details("echoes")),
    ];
  },
};

/** As many connections, each with 64 octets on their way at any time. */
export const tcpEchoMany: Bench = {
  name: "tcp-echo-1000",
  async measure(ground, runs) {
    const all = await measureAll(ground, runs, "tcp-echo", MANY);
    return [
      ...compare("TCP echo, 1,000 connections: echoes/s", all, "rate", { atLeast: 1 }),
      ...Object.values(all).flatMap((results) => results.details("echoes")),
    ];
  },
};

/** Open, one request, close. */
export const tcpConnections: Bench = {
  name: "tcp-connections",
  async measure(ground, runs) {
    const all = await measureAll(ground, runs, "tcp-connections", AT_ONCE);
    return [
      ...compare("TCP, open, one request, close: connections/s", all, "rate", { atLeast: 1 }),
      ...Object.values(all).flatMap((results) => results.details("connections")),
    ];
  },
};
