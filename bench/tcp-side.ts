/** Servers of TCP that are measured side by side: tenders with images/tcp, and plain C programs. One core for each end. */
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { type Ground, nativeTender, peer, tender } from "./ground.ts";

/** The CPU of the server, and the one of its load, where there are two. */
const SERVER_CPU = "0";
const LOAD_CPU = availableParallelism() > 1 ? "1" : "0";

/** What all programs that load a server print. */
export interface Report {
  readonly seconds: number;
  /** CPU time of the server, all its threads, user and system. */
  readonly cpuSeconds: number;
  /** The same of the load itself. */
  readonly loadCpuSeconds: number;
}

/** A server that runs, and where. */
interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  readonly tap?: string;
}

/** A server. Each measurement starts it anew. */
export interface Server {
  readonly name: string;
  start(ground: Ground): Promise<Running>;
}

const pinned = (words: readonly string[]): [string, ...string[]] => ["taskset", "-c", SERVER_CPU, ...words];

/** A tender with images/tcp on a tap. */
function tenderWith(name: string, image: string, index: number, words: readonly string[]): Server {
  return {
    name,
    async start(ground) {
      const tap = await ground.tap(index);
      const command = pinned([...words, `--net=${tap.name}`, image, `--ipv4=${tap.guest}/24`]);
      return { child: await ground.serve(...command), address: tap.guest, tap: tap.name };
    },
  };
}

/** @param offloads whether the host sums and cuts */
export async function nativeServer(ground: Ground, offloads: boolean, name = "native"): Promise<Server> {
  const image = await buildImage(ground, offloads);
  return tenderWith(name, image, 1, [nativeTender, "--isolation=seccomp"]);
}

/** As nativeServer. */
export async function nodeServer(ground: Ground, offloads: boolean): Promise<Server> {
  const image = await buildImage(ground, offloads);
  return tenderWith("Node", image, 2, [process.execPath, tender, "--isolation=v8"]);
}

function buildImage(ground: Ground, offloads: boolean): Promise<string> {
  return ground.image("bench/images/tcp", "--native", `--offloads=${offloads ? "on" : "off"}`);
}

/** peers/tcp-limit.c on a tap. @param framesPerAck asked for when it is started */
export function limitServer(offloads: boolean, framesPerAck: () => number): Server {
  return {
    name: "limit",
    async start(ground) {
      const tap = await ground.tap(0);
      const words = [peer("tcp-limit"), tap.name, tap.guest, offloads ? "offloads" : "plain", `${framesPerAck()}`];
      return { child: await ground.serve(...pinned(words)), address: tap.guest, tap: tap.name };
    },
  };
}

/** peers/tcp-server.c over Linux's TCP, in a namespace of its own. @param whole as Ground.link */
export function linuxServer(whole = true): Server {
  return {
    name: "Linux",
    async start(ground) {
      const { namespace, address } = await ground.link(whole);
      return { child: await ground.serveIn(namespace, ...pinned([peer("tcp-server")])), address };
    },
  };
}

/**
 * Starts a server, loads it, and ends it.
 * @param load a program of peers; @param words its arguments, of the server's address and process
 */
export async function measureServer<R extends Report>(
  ground: Ground,
  server: Server,
  load: string,
  words: (address: string, pid: string) => readonly string[],
): Promise<R> {
  const { child, address, tap } = await server.start(ground);
  const command = ["-c", LOAD_CPU, peer(load), ...words(address, `${child.pid}`)];
  try {
    return JSON.parse(await ground.runInside("taskset", ...command));
  } catch (error) {
    throw new Error(`${server.name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    await ground.end(child);
    if (tap) await ground.waitFor(tap, "released");
  }
}
