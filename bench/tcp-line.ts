/**
 * TCP where Linux's own is as good as the line allows: over loss, and beside Linux in a bottleneck. Both are measured at the
 * same time over the same line, so that they see the same of it, and of what else the machine does.
 *
 *     tender -- tap4 |                                                     | peers/tcp-bulk
 *     peers/tcp-server | namespace, which routes -- test/e2e/peers/line.c -- | namespace "far"
 */
import { once } from "node:events";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, peer } from "./ground.ts";
import { type Row, row } from "./table.ts";

const TAP = 4;
const NEAR = "10.0.10.1";
const FAR = "10.0.10.2";
/** Half of 20 ms, each way. */
const DELAY = ["--delay", "10"];
const DIRECTIONS = [
  { word: "send", name: "to the server" },
  { word: "receive", name: "from the server" },
] as const;

/** Of two streams that share a line now the one has more, now the other, Linux's as well: for ten seconds or so. */
const SHARED_MS = 30_000;

interface Setting {
  /** Of the line. */
  readonly options: readonly string[];
  /** Connections to each of the two servers. */
  readonly connections: number;
  readonly warmMs: number;
  readonly runMs: number;
}

/** The rates of the connections to the tender, and of those to Linux, in Mbit/s. */
interface Rates {
  readonly ours: readonly number[];
  readonly linux: readonly number[];
}

/** Sets everything up, and has `use` measure. @param use is given what measures once */
async function overLine(
  ground: Ground,
  setting: Setting,
  use: (measure: (word: string) => Promise<Rates>) => Promise<Row[]>,
): Promise<Row[]> {
  const image = await ground.image("bench/images/tcp", "--native", "--offloads=on");
  const tap = await ground.tap(TAP);
  const far = await ground.addNamespace();
  const line = await ground.converse(peer("line"), "left", "right", ...setting.options);
  await once(line.stdout ?? line, "data");
  await ground.runInside("sysctl", "-qw", "net.ipv4.ip_forward=1");
  await ground.runInside("ip", "addr", "add", `${NEAR}/24`, "dev", "left");
  await ground.runInside("ip", "link", "set", "dev", "left", "up");
  await ground.runInside("ip", "link", "set", "dev", "right", "netns", far.name);
  await far.run("ip", "addr", "add", `${FAR}/24`, "dev", "right");
  await far.run("ip", "link", "set", "dev", "right", "up");
  await far.run("ip", "route", "add", "10.0.0.0/16", "via", NEAR);
  const words = [`--net=${tap.name}`, image, `--ipv4=${tap.guest}/24`, `--ipv4-gateway=${tap.host}`];
  const guest = await ground.serve(nativeTender, "--isolation=seccomp", ...words);
  const server = await ground.serve(peer("tcp-server"));

  const connect = async (word: string, address: string, pid: number | undefined): Promise<number> => {
    const times = [`${setting.warmMs}`, `${setting.runMs}`];
    const report = JSON.parse(await far.run(peer("tcp-bulk"), word, address, `${pid}`, ...times));
    return (report.bytes * 8) / 1e6 / report.seconds;
  };
  const all = <T>(make: () => Promise<T>) => Promise.all(Array.from({ length: setting.connections }, make));
  try {
    return await use(async (word) => {
      const [ours, linux] = await Promise.all([
        all(() => connect(word, tap.guest, guest.pid)),
        all(() => connect(word, NEAR, server.pid)),
      ]);
      return { ours, linux };
    });
  } finally {
    for (const child of [guest, server, line]) await ground.end(child);
    await ground.waitFor(tap.name, "released");
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** R. Jain, "The Art of Computer Systems Performance Analysis", 1991: 1 when all are the same, 1/n when one has everything. */
function jain(values: readonly number[]): number {
  return sum(values) ** 2 / (values.length * sum(values.map((value) => value * value)));
}

export const tcpLoss: Bench = {
  name: "tcp-loss",
  measure(ground, runs) {
    const setting = { options: [...DELAY, "--loss", "1"], connections: 16, warmMs: 1000, runMs: 10_000 };
    return overLine(ground, setting, async (measure) => {
      const rows: Row[] = [];
      for (const { word, name } of DIRECTIONS) {
        const ratios: number[] = [];
        const each: number[] = [];
        for (let i = 0; i < runs; i++) {
          const { ours, linux } = await measure(word);
          ratios.push(sum(ours) / sum(linux));
          each.push(sum(ours) / ours.length);
        }
        const title = `TCP, 20 ms, 1 % loss, ${name}`;
        rows.push(row(`${title}: native / Linux`, ratios, "", 2, { atLeast: 0.9, atMost: 1.1 }));
        rows.push(row("  native: Mbit/s a connection", each, "", 1));
      }
      return rows;
    });
  },
};

export const tcpFairness: Bench = {
  name: "tcp-fairness",
  measure(ground, runs) {
    const bottleneck = ["--rate", "50", "--queue", "125"];
    const setting = { options: [...DELAY, ...bottleneck], connections: 1, warmMs: 4000, runMs: SHARED_MS };
    return overLine(ground, setting, async (measure) => {
      const rows: Row[] = [];
      for (const { word, name } of DIRECTIONS) {
        const indexes: number[] = [];
        const share: number[] = [];
        for (let i = 0; i < runs; i++) {
          const { ours, linux } = await measure(word);
          indexes.push(jain([...ours, ...linux]));
          share.push(sum(ours) / (sum(ours) + sum(linux)));
        }
        rows.push(row(`TCP, a bottleneck shared, ${name}: Jain's index`, indexes, "", 3, { atLeast: 0.95 }));
        rows.push(row("  native: share", share, "", 2));
      }
      return rows;
    });
  },
};
