/**
 * UDP echo of datagrams of 64 bytes over a tap: tenders with examples/network-udp against plain C programs. All sides
 * are loaded in turns, in each run anew.
 */
import type { ChildProcess } from "node:child_process";
import type { Bench } from "./bench.ts";
import { type Ground, nativeIsolations, nativeTender, peer, type Tap, tender } from "./ground.ts";
import { type Limit, type Row, ratios, row } from "./table.ts";

/** What bench/peers/load.c prints. */
interface Report {
  readonly seconds: number;
  readonly received: number;
  readonly lost: number;
  readonly wrong: number;
  /** CPU time of the server, all its threads, user and system. */
  readonly cpuSeconds: number;
  /** The same of the load itself. */
  readonly loadCpuSeconds: number;
  /** Round trip percentiles in us. */
  readonly p50: number;
  readonly p99: number;
}

/** A server, and what was measured of it in several runs. */
class Side {
  /** us of both ends per datagram: all that it cost the system. */
  readonly cpu: number[] = [];
  /** us of the server alone. */
  readonly serverCpu: number[] = [];
  readonly rate: number[] = [];
  readonly p50: number[] = [];
  readonly p99: number[] = [];
  lost = 0;

  /** @param command starts it on a tap */
  constructor(
    readonly name: string,
    readonly command: (tap: Tap) => [string, ...string[]],
  ) {}

  add(report: Report): void {
    if (report.received === 0 || report.wrong > 0) throw new Error(`the echo is wrong: ${JSON.stringify(report)}`);
    this.cpu.push(((report.cpuSeconds + report.loadCpuSeconds) * 1e6) / report.received);
    this.serverCpu.push((report.cpuSeconds * 1e6) / report.received);
    this.rate.push(report.received / report.seconds);
    this.p50.push(report.p50);
    this.p99.push(report.p99);
    this.lost += report.lost;
  }

  /** Rows for information. */
  details(): Row[] {
    return [
      row(`  ${this.name}: datagrams per second`, this.rate, "", 0),
      row(`  ${this.name}: CPU per datagram, both ends`, this.cpu, " us", 2),
      row(`  ${this.name}: CPU per datagram, server`, this.serverCpu, " us", 2),
      row(`  ${this.name}: round trip, median`, this.p50, " us", 1),
      row(`  ${this.name}: round trip, 99 %`, this.p99, " us", 1),
      ...(this.lost > 0 ? [row(`  ${this.name}: datagrams lost in all runs`, [this.lost], "", 0)] : []),
    ];
  }
}

const WARM_MS = 500;
const RUN_MS = 1000;

/** The sides: C programs, tenders that choose how to do I/O, and tenders that are told not to take io_uring. */
async function makeSides(ground: Ground) {
  const image = await ground.image("examples/network-udp", "--native");
  const inC =
    (program: string) =>
    (tap: Tap): [string, ...string[]] => [peer(program), tap.name, tap.guest];
  const words = (tap: Tap) => [`--net=${tap.name}`, image, `--ipv4=${tap.guest}/24`];
  const natively =
    (...options: string[]) =>
    (tap: Tap): [string, ...string[]] => [nativeTender, ...options, ...words(tap)];
  const onNode =
    (...options: string[]) =>
    (tap: Tap): [string, ...string[]] => [process.execPath, tender, "--isolation=v8", ...options, ...words(tap)];
  return {
    plain: new Side("C", inC("echo-rw")),
    uring: new Side("C, io_uring", inC("echo-uring")),
    node: new Side("Node", onNode()),
    native: new Side("native", natively("--isolation=seccomp")),
    nodeRw: new Side("Node, --io=rw", onNode("--io=rw")),
    nativeRw: new Side("native, --io=rw", natively("--isolation=seccomp", "--io=rw")),
    others: nativeIsolations
      .filter((isolation) => isolation !== "seccomp")
      .map((isolation) => new Side(isolation, natively(`--isolation=${isolation}`))),
  };
}

async function load(ground: Ground, tap: Tap, server: ChildProcess, window: number): Promise<Report> {
  const args = [tap.guest, `${server.pid}`, `${window}`, `${WARM_MS}`, `${RUN_MS}`];
  return JSON.parse(await ground.runInside(peer("load"), ...args));
}

/** Each run starts every server anew, and loads them in turns. */
async function measureAll(ground: Ground, sides: readonly Side[], window: number, runs: number): Promise<void> {
  for (let i = 0; i < runs; i++) {
    for (const [index, side] of sides.entries()) {
      const tap = await ground.tap(index);
      const server = await ground.serve(...side.command(tap));
      side.add(await load(ground, tap, server, window));
      await ground.end(server);
      await ground.waitFor(tap.name, "released");
    }
  }
}

export const echo: Bench = {
  name: "echo",
  async measure(ground, runs) {
    const { plain, uring, node, native, nodeRw, nativeRw, others } = await makeSides(ground);
    const sides = [plain, uring, node, native, nodeRw, nativeRw, ...others];
    await measureAll(ground, sides, 32, runs);
    const rate = (side: Side, limit?: Limit) =>
      row(`UDP echo, window 32: datagrams/s, ${side.name} / C`, ratios(side.rate, plain.rate), "", 2, limit);
    const cpu = (side: Side, limit?: Limit, peer = plain) =>
      row(`UDP echo, window 32: CPU, ${side.name} / ${peer.name}`, ratios(side.cpu, peer.cpu), "", 2, limit);
    return [
      rate(node, { atLeast: 1 }),
      rate(native, { atLeast: 1.3 }),
      cpu(node, { atMost: 0.85 }),
      cpu(native, { atMost: 0.75 }),
      cpu(native, { atMost: 1.15 }, uring),
      cpu(nodeRw, { atMost: 1.3 }),
      cpu(nativeRw, { atMost: 1 }),
      ...others.flatMap((side) => [rate(side), cpu(side)]),
      ...sides.flatMap((side) => side.details()),
    ];
  },
};

export const echoLatency: Bench = {
  name: "latency",
  async measure(ground, runs) {
    const { plain, uring, node, native, nodeRw, nativeRw, others } = await makeSides(ground);
    const sides = [plain, uring, node, native, nodeRw, nativeRw, ...others];
    await measureAll(ground, sides, 1, runs);
    const latency = (side: Side, limit?: Limit) =>
      row(`UDP echo, window 1: round trip, ${side.name} / C`, ratios(side.p50, plain.p50), "", 2, limit);
    return [
      latency(node, { atMost: 1.15 }),
      latency(native, { atMost: 1.15 }),
      ...[nodeRw, nativeRw, ...others].map((side) => latency(side)),
      ...sides.flatMap((side) => side.details()),
    ];
  },
};
