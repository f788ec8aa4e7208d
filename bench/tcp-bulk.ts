/** One TCP stream as fast as it goes, to a server and from it, against the limit of the path (peers/tcp-limit.c). */
import type { Bench } from "./bench.ts";
import type { Ground } from "./ground.ts";
import type { Server } from "./server.ts";
import { quantile, type Row, ratios, row } from "./table.ts";
import { limitServer, linuxServer, measureServer, nativeServer, nodeServer, type Report } from "./tcp-side.ts";

/** What peers/tcp-bulk.c prints. */
interface BulkReport extends Report {
  readonly bytes: number;
  readonly retransmitted: number;
  /** As the load sees them, so the server's data are `framesIn`. */
  readonly framesIn: number;
  readonly framesOut: number;
}

const WARM_MS = 500;
const RUN_MS = 1000;
/** Where the limit of the path is beyond `above`, the native tender has a target of its own. Gbit/s. */
const FAST = { above: 14, atLeast: 8 };

/** The load's word for each direction. */
const DIRECTIONS = [
  { word: "send", name: "to the server" },
  { word: "receive", name: "from the server" },
] as const;
type Direction = (typeof DIRECTIONS)[number];

/** What was measured of a server in one direction. */
class Results {
  readonly gigabits: number[] = [];
  readonly frames: number[] = [];
  readonly framesPerAck: number[] = [];
  /** us a frame, acknowledgements included: of the server, and of both ends. */
  readonly cpu: number[] = [];
  readonly cpuAll: number[] = [];
  retransmitted = 0;

  constructor(readonly server: Server) {}

  async measure(ground: Ground, { word }: Direction): Promise<void> {
    const words = (address: string, pid: string) => [word, address, pid, `${WARM_MS}`, `${RUN_MS}`];
    const report = await measureServer<BulkReport>(ground, this.server, "tcp-bulk", words);
    const frames = report.framesIn + report.framesOut;
    this.gigabits.push((report.bytes * 8) / 1e9 / report.seconds);
    this.frames.push(frames / report.seconds);
    this.framesPerAck.push(word === "send" ? report.framesOut / report.framesIn : report.framesIn / report.framesOut);
    this.cpu.push((report.cpuSeconds * 1e6) / frames);
    this.cpuAll.push(((report.cpuSeconds + report.loadCpuSeconds) * 1e6) / frames);
    this.retransmitted += report.retransmitted;
  }

  /** Rows for information. */
  details({ name }: Direction): Row[] {
    const title = `  ${this.server.name}, ${name}`;
    return [
      row(`${title}: Gbit/s`, this.gigabits, "", 1),
      row(`${title}: frames per acknowledgement`, this.framesPerAck, "", 1),
      row(`${title}: CPU per frame, server`, this.cpu, " us", 2),
      row(`${title}: CPU per frame, both ends`, this.cpuAll, " us", 2),
      ...(this.retransmitted > 0
        ? [row(`${title}: segments sent again in all runs`, [this.retransmitted], "", 0)]
        : []),
    ];
  }
}

/** Measures one direction. @param targets of the native tender and of Node, as parts of the limit */
async function measureDirection(
  ground: Ground,
  runs: number,
  offloads: boolean,
  direction: Direction,
  targets: { readonly native: number; readonly node: number },
): Promise<Row[]> {
  const native = new Results(await nativeServer(ground, offloads));
  // The limit acknowledges as many frames at once as the native tender has just done, when it receives.
  const framesPerAck = () => (direction.word === "send" ? Math.max(1, Math.round(native.framesPerAck.at(-1) ?? 1)) : 1);
  const limit = new Results(limitServer(offloads, framesPerAck));
  const node = new Results(await nodeServer(ground, offloads));
  const linux = new Results(linuxServer(offloads));
  const all = [native, limit, node, linux];
  for (let i = 0; i < runs; i++) for (const results of all) await results.measure(ground, direction);
  const title = `TCP, ${offloads ? "frames of 64 KiB" : "frames of 1514 bytes"}, ${direction.name}`;
  const ratio = (results: Results, atLeast: number) =>
    row(`${title}: ${results.server.name} / limit`, ratios(results.gigabits, limit.gigabits), "", 2, { atLeast });
  const fast = offloads && quantile(limit.gigabits, 0.5) > FAST.above;
  return [
    ratio(native, targets.native),
    ratio(node, targets.node),
    ...(fast ? [row(`${title}: native, Gbit/s`, native.gigabits, "", 1, { atLeast: FAST.atLeast })] : []),
    ...all.flatMap((results) => results.details(direction)),
  ];
}

/** @param offloads whether the host sums and cuts; @param targets as of measureDirection */
function bulk(name: string, offloads: boolean, targets: { readonly native: number; readonly node: number }): Bench {
  return {
    name,
    async measure(ground, runs) {
      const rows: Row[] = [];
      for (const direction of DIRECTIONS)
        rows.push(...(await measureDirection(ground, runs, offloads, direction, targets)));
      return rows;
    },
  };
}

export const tcpBulk = bulk("tcp-bulk", true, { native: 0.6, node: 0.5 });
export const tcpBulkPlain = bulk("tcp-bulk-plain", false, { native: 0.7, node: 0.7 });
