/**
 * Frames of up to 64 KiB relayed between two taps: tenders with examples/relay against a plain C program. They are those
 * of a TCP stream from one namespace to another, which the kernel neither cuts nor sums where the tap says it need not.
 */
import type { Namespace } from "../test/support/namespace.ts";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, peer, tender } from "./ground.ts";
import { type Row, ratios, row } from "./table.ts";

/** What bench/peers/transfer.c prints. */
interface Report {
  readonly seconds: number;
  readonly bytes: number;
  /** CPU time of the relay, all its threads, user and system. */
  readonly cpuSeconds: number;
  /** The same of both ends of the stream. */
  readonly endsCpuSeconds: number;
}

/** A relay, and what was measured of it in several runs. */
class Side {
  /** MB/s */
  readonly rate: number[] = [];
  /** us of the relay for each MB. */
  readonly cpu: number[] = [];
  /** us of the relay and both ends. */
  readonly cpuAll: number[] = [];

  constructor(
    readonly name: string,
    readonly command: [string, ...string[]],
  ) {}

  add(report: Report): void {
    const megabytes = report.bytes / 1e6;
    this.rate.push(megabytes / report.seconds);
    this.cpu.push((report.cpuSeconds * 1e6) / megabytes);
    this.cpuAll.push(((report.cpuSeconds + report.endsCpuSeconds) * 1e6) / megabytes);
  }

  /** Rows for information. */
  details(): Row[] {
    return [
      row(`  ${this.name}: MB/s`, this.rate, "", 0),
      row(`  ${this.name}: CPU per MB, relay`, this.cpu, " us", 0),
      row(`  ${this.name}: CPU per MB, ends included`, this.cpuAll, " us", 0),
    ];
  }
}

const WARM_MS = 500;
const RUN_MS = 1000;
const TAPS = ["left", "right"] as const;
const ADDRESSES = { left: "10.1.0.1", right: "10.1.0.2" } as const;

/** Starts a relay, puts the other end of each tap into a namespace of its own, and sends a stream through. */
async function measureOnce(
  ground: Ground,
  ends: Record<(typeof TAPS)[number], Namespace>,
  side: Side,
): Promise<Report> {
  for (const tap of TAPS) {
    await ground.runInside("ip", "tuntap", "add", "dev", tap, "mode", "tap");
    await ground.runInside("ip", "link", "set", "dev", tap, "up");
  }
  const server = await ground.serve(...side.command);
  for (const tap of TAPS) {
    await ground.waitFor(tap, "served");
    // The relay keeps its end; moving an interface takes it down.
    await ground.runInside("ip", "link", "set", "dev", tap, "netns", ends[tap].name);
    await ends[tap].run("ip", "addr", "add", `${ADDRESSES[tap]}/24`, "dev", tap);
    await ends[tap].run("ip", "link", "set", "dev", tap, "up");
  }
  const [from, to] = TAPS.map((tap) => `/run/netns/${ends[tap].name}`) as [string, string];
  const args = [from, to, ADDRESSES.right, `${server.pid}`, `${WARM_MS}`, `${RUN_MS}`];
  const report: Report = JSON.parse(await ground.run(peer("transfer"), ...args));
  await ground.end(server);
  for (const tap of TAPS) await ends[tap].run("ip", "link", "delete", "dev", tap);
  return report;
}

export const relay: Bench = {
  name: "relay",
  async measure(ground, runs) {
    const image = await ground.image("examples/relay", "--native");
    const ends = { left: await ground.addNamespace(), right: await ground.addNamespace() };
    const words = [...TAPS.map((tap) => `--net:${tap}=${tap}`), image];
    const plain = new Side("C relay", [peer("relay"), ...TAPS]);
    const native = new Side("native", [nativeTender, "--isolation=seccomp", ...words]);
    const node = new Side("Node", [process.execPath, tender, "--isolation=v8", ...words]);
    const sides = [plain, native, node];
    for (let i = 0; i < runs; i++) for (const side of sides) side.add(await measureOnce(ground, ends, side));
    const rate = (side: Side) =>
      row(`relay, frames of 64 KiB: bytes/s, ${side.name} / C`, ratios(side.rate, plain.rate), "", 2, { atLeast: 0.9 });
    const cpu = (side: Side) => row(`  CPU, ends included, ${side.name} / C`, ratios(side.cpuAll, plain.cpuAll), "", 2);
    return [rate(native), rate(node), cpu(native), cpu(node), ...sides.flatMap((side) => side.details())];
  },
};
