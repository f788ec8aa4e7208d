/** A website: tenders with its image against nginx. All are loaded by wrk, in turns, in each run anew. */
import type { Bench } from "./bench.ts";
import type { Ground } from "./ground.ts";
import { cpuOf, onLoadCore, type Running, type Server, tenderWith, withServer } from "./server.ts";
import { type Limit, type Row, ratios, row } from "./table.ts";
import { buildWebsite, type File, LARGE, nginxServer, SMALL, waitForAnswer } from "./website.ts";

/** V8 still compiles in the first second, and its compiler has the same core: that costs the time of 99 % a factor of three. */
const WARM_SECONDS = 2;
const RUN_SECONDS = 2;
/** Connections with a request on its way at any time. */
export const CONNECTIONS = 64;
const CONNECTIONS_LARGE = 16;
/** How wrk asks. */
interface Load {
  readonly file: File;
  readonly connections: number;
  readonly header?: string;
}

/** A time of wrk's in us. */
function microseconds(text: string | undefined): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text ?? "") ?? [];
  return Number(value) * { us: 1, ms: 1e3, s: 1e6 }[(unit ?? "us") as "us" | "ms" | "s"];
}

/** What wrk has found. */
interface Report {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** @throws when not every answer was as it should be */
export async function wrk(ground: Ground, { address }: Running, load: Load, seconds: number): Promise<Report> {
  const options = ["-t1", `-c${load.connections}`, `-d${seconds}s`, "--latency"];
  const header = load.header ? ["-H", load.header] : [];
  const words = onLoadCore(["wrk", ...options, ...header, `http://${address}/${load.file.name}`]);
  const output = await ground.runInside(...words);
  const wrong = /^.*(Socket errors|Non-2xx).*$/m.exec(output)?.[0];
  const [, requests, unit] = /(\d+) requests in ([\d.]+)/.exec(output) ?? [];
  if (wrong || !Number(requests)) throw new Error(wrong ?? output);
  const time = (part: number) => microseconds(new RegExp(`^ +${part}% +(\\S+)$`, "m").exec(output)?.[1]);
  return { requests: Number(requests), seconds: Number(unit), p50: time(50), p99: time(99) };
}

/** What was measured of a server. */
class Results {
  readonly rate: number[] = [];
  readonly cpu: number[] = [];
  readonly p50: number[] = [];
  readonly p99: number[] = [];

  constructor(readonly server: Server) {}

  async measure(ground: Ground, load: Load): Promise<void> {
    await withServer(ground, this.server, async (running) => {
      await waitForAnswer(ground, running, load.file);
      await wrk(ground, running, load, WARM_SECONDS);
      const { pid = 0 } = running.child;
      const before = cpuOf(pid);
      const { requests, seconds, p50, p99 } = await wrk(ground, running, load, RUN_SECONDS);
      this.cpu.push((cpuOf(pid) - before) / requests);
      this.rate.push(requests / seconds);
      this.p50.push(p50);
      this.p99.push(p99);
    });
  }

  /** Rows for information. */
  details({ file }: Load): Row[] {
    const { name } = this.server;
    const gigabits = this.rate.map((rate) => (rate * file.size * 8) / 1e9);
    return [
      row(`  ${name}: requests per second`, this.rate, "", 0),
      ...(file === LARGE ? [row(`  ${name}: Gbit/s`, gigabits, "", 1)] : []),
      row(`  ${name}: CPU per request, server`, this.cpu, " us", 2),
      row(`  ${name}: time, median`, this.p50, " us", 0),
      row(`  ${name}: time, 99 %`, this.p99, " us", 0),
    ];
  }
}

/** @param title of the rows; @param latency whether the time of 99 % is to be no longer than nginx's */
function bench(name: string, title: string, load: Load, limit: Limit, latency: boolean): Bench {
  return {
    name,
    async measure(ground, runs) {
      const nginx = new Results(nginxServer(ground));
      const image = await buildWebsite(ground);
      const ours = [new Results(tenderWith("native", image)), new Results(tenderWith("Node", image))];
      const all = [nginx, ...ours];
      for (let i = 0; i < runs; i++) for (const results of all) await results.measure(ground, load);
      const compare = (what: "rate" | "p99", said: string, bound: Limit) =>
        ours.map((own) =>
          row(`${title}: ${said}, ${own.server.name} / nginx`, ratios(own[what], nginx[what]), "", 2, bound),
        );
      return [
        ...compare("rate", "requests/s", limit),
        ...(latency ? compare("p99", "time, 99 %", { atMost: 1 }) : []),
        ...all.flatMap((results) => results.details(load)),
      ];
    },
  };
}

const small = { file: SMALL, connections: CONNECTIONS };
const large = { file: LARGE, connections: CONNECTIONS_LARGE };
const closing = { ...small, header: "Connection: close" };

/** Requests on connections that stay. */
export const httpKeepAlive = bench("http-keepalive", "HTTP, 1 kB, keep-alive", small, { atLeast: 1 }, true);
export const httpLarge = bench("http-large", "HTTP, 1 MiB", large, { atLeast: 0.6 }, false);
/** A connection for each request. */
export const httpConnections = bench("http-connections", "HTTP, 1 kB, new connections", closing, { atLeast: 1 }, false);
