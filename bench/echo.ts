/** UDP echo of datagrams of 64 bytes over a tap: tenders with examples/network-udp against a plain C program. */
import type { ChildProcess } from "node:child_process";
import type { Bench } from "./bench.ts";
import { type Ground, nativeIsolations, nativeTender, peer, type Tap, tender } from "./ground.ts";
import { type Row, row } from "./table.ts";

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

/** One side, several runs. */
class Side {
  readonly cpu: number[] = [];
  /** Of both ends. */
  readonly cpuBoth: number[] = [];
  readonly rate: number[] = [];
  readonly p50: number[] = [];
  readonly p99: number[] = [];
  lost = 0;

  add(report: Report): void {
    if (report.received === 0 || report.wrong > 0) throw new Error(`the echo is wrong: ${JSON.stringify(report)}`);
    this.cpu.push((report.cpuSeconds * 1e6) / report.received);
    this.cpuBoth.push(((report.cpuSeconds + report.loadCpuSeconds) * 1e6) / report.received);
    this.rate.push(report.received / report.seconds);
    this.p50.push(report.p50);
    this.p99.push(report.p99);
    this.lost += report.lost;
  }
}

const WARM_MS = 500;
const RUN_MS = 1000;

async function load(ground: Ground, tap: Tap, server: ChildProcess, window: number): Promise<Report> {
  const args = [tap.guest, `${server.pid}`, `${window}`, `${WARM_MS}`, `${RUN_MS}`];
  return JSON.parse(await ground.runInside(peer("load"), ...args));
}

/** The command of a tender that serves an image on a tap. */
type Tender = (tap: Tap, image: string) => [string, ...string[]];
const onNode: Tender = (tap, image) => [process.execPath, tender, ...wordsFor(tap, image)];
const natively =
  (isolation: string): Tender =>
  (tap, image) => [nativeTender, `--isolation=${isolation}`, ...wordsFor(tap, image)];

function wordsFor(tap: Tap, image: string): string[] {
  return [`--net=${tap.name}`, image, `--ipv4=${tap.guest}/24`];
}

/** Each run starts both servers anew, and loads them in turns. */
async function compare(
  ground: Ground,
  command: Tender,
  image: string,
  window: number,
  runs: number,
): Promise<[Side, Side]> {
  const taps = [await ground.tap(0), await ground.tap(1)] as const;
  const plain = new Side();
  const guest = new Side();
  for (let i = 0; i < runs; i++) {
    const c = await ground.serve(peer("echo-rw"), taps[0].name, taps[0].guest);
    const t = await ground.serve(...command(taps[1], image));
    plain.add(await load(ground, taps[0], c, window));
    guest.add(await load(ground, taps[1], t, window));
    await ground.end(c);
    await ground.end(t);
  }
  return [plain, guest];
}

function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN));
}

/** Rows for information. */
function details(name: string, side: Side): Row[] {
  return [
    row(`  ${name}: CPU per datagram`, side.cpu, " us", 2),
    row(`  ${name}: datagrams per second`, side.rate, "", 0),
    row(`  ${name}: round trip, median`, side.p50, " us", 1),
    row(`  ${name}: round trip, 99 %`, side.p99, " us", 1),
    ...(side.lost > 0 ? [row(`  ${name}: datagrams lost in all runs`, [side.lost], "", 0)] : []),
  ];
}

export const echo: Bench = {
  name: "echo",
  async measure(ground, runs) {
    const [plain, guest] = await compare(ground, onNode, await ground.image("examples/network-udp"), 32, runs);
    return [
      row("UDP echo, window 32: CPU, tender / C", ratios(guest.cpu, plain.cpu), "", 2, { atMost: 1.4 }),
      row("UDP echo, window 32: datagrams/s, tender / C", ratios(guest.rate, plain.rate), "", 2, { atLeast: 0.75 }),
      ...details("C", plain),
      ...details("tender", guest),
    ];
  },
};

export const echoLatency: Bench = {
  name: "latency",
  async measure(ground, runs) {
    const [plain, guest] = await compare(ground, onNode, await ground.image("examples/network-udp"), 1, runs);
    return [
      row("UDP echo, window 1: CPU, tender / C", ratios(guest.cpu, plain.cpu), "", 2),
      row("UDP echo, window 1: round trip, tender / C", ratios(guest.p50, plain.p50), "", 2),
      ...details("C", plain),
      ...details("tender", guest),
    ];
  },
};

/** Rows of the native tender: with targets where it is seccomp. */
async function measureNative(ground: Ground, image: string, isolation: string, runs: number): Promise<Row[]> {
  const [plain, guest] = await compare(ground, natively(isolation), image, 32, runs);
  const cpu = ratios(guest.cpu, plain.cpu);
  const rate = ratios(guest.rate, plain.rate);
  if (isolation !== "seccomp")
    return [
      row(`  UDP echo, window 32: CPU, ${isolation} / C`, cpu, "", 2),
      row(`  UDP echo, window 32: datagrams/s, ${isolation} / C`, rate, "", 2),
    ];
  return [
    row(`UDP echo, window 32: CPU, ${isolation} / C`, cpu, "", 2, { atMost: 1.1 }),
    row(`UDP echo, window 32: datagrams/s, ${isolation} / C`, rate, "", 2, { atLeast: 1 }),
    row(`  CPU of both ends, ${isolation} / C`, ratios(guest.cpuBoth, plain.cpuBoth), "", 2),
    ...details("C", plain),
    ...details(isolation, guest),
  ];
}

export const nativeEcho: Bench = {
  name: "native-echo",
  async measure(ground, runs) {
    const image = await ground.image("examples/network-udp", "--native");
    const rows: Row[] = [];
    for (const isolation of nativeIsolations) rows.push(...(await measureNative(ground, image, isolation, runs)));
    return rows;
  },
};
