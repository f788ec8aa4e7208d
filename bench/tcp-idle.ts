/** The memory of 100,000 connections that are open, have been used, and have nothing to say. */
import type { Readable } from "node:stream";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, peer, type Tap } from "./ground.ts";
import { residentExactly, touchedByGuest } from "./memory.ts";
import { row } from "./table.ts";

const CONNECTIONS = 100_000;
/** MB of 1,000,000 bytes, as the limit is meant strictly. */
const LIMIT_MB = 256;
const MB = 1e6;
/**
 * Addresses of the load: each has ports for 28,232 connections (net.ipv4.ip_local_port_range), which are slow to find when
 * most of them are taken.
 */
const SOURCES = 16;
/** Their network beside the tap's. */
const SOURCE_NETWORK = "10.0.20";

async function addSources(ground: Ground, tap: Tap): Promise<string[]> {
  const sources: string[] = [];
  for (let i = 1; i <= SOURCES; i++) {
    const source = `${SOURCE_NETWORK}.${i}`;
    await ground.runInside("ip", "addr", "replace", `${source}/32`, "dev", tap.name);
    sources.push(source);
  }
  return sources;
}

/** The next line of peers/tcp-idle.c. */
async function readReport<T>(from: Readable): Promise<T> {
  for await (const chunk of from.iterator({ destroyOnReturn: false })) return JSON.parse(`${chunk}`);
  throw new Error("tcp-idle has ended");
}

export const tcpIdle: Bench = {
  name: "tcp-idle",
  async measure(ground, runs) {
    const image = await ground.image("bench/images/tcp", "--native", "--offloads=off");
    const tap = await ground.tap(1);
    const sources = await addSources(ground, tap);
    const whole: number[] = [];
    const each: number[] = [];
    const seconds: number[] = [];
    for (let i = 0; i < runs; i++) {
      const words = [`--net=${tap.name}`, "--mem=256M", image, `--ipv4=${tap.guest}/24`, `--ipv4-gateway=${tap.host}`];
      const server = await ground.serve(nativeTender, "--isolation=seccomp", ...words);
      await ground.waitFor(tap.name, "served");
      const before = touchedByGuest(server);
      const load = await ground.converse(peer("tcp-idle"), tap.guest, `${CONNECTIONS}`, ...sources);
      const { stdin, stdout } = load;
      if (!stdin || !stdout) throw new Error("tcp-idle has no pipes");
      seconds.push((await readReport<{ seconds: number }>(stdout)).seconds);
      whole.push(residentExactly(server) / MB);
      each.push((touchedByGuest(server) - before) / CONNECTIONS);
      stdin.end();
      const { alive } = await readReport<{ alive: number }>(stdout);
      if (alive !== CONNECTIONS) throw new Error(`of ${CONNECTIONS} connections ${alive} were left`);
      await ground.end(load);
      await ground.end(server);
      await ground.waitFor(tap.name, "released");
    }
    return [
      row("100,000 idle TCP connections: resident memory of the native tender", whole, " MB", 1, { atMost: LIMIT_MB }),
      row("  guest's memory for each, its fiber and buffers included", each, " bytes", 0),
      row("  time to open them and echo an octet on each", seconds, " s", 1),
    ];
  },
};
