/** Servers that are measured side by side: started anew for each measurement, on one core, with their load on another. */
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Ground, nativeTender, tender } from "./ground.ts";

/** The CPU of the server, and the one of its load, where there are two. */
const SERVER_CPU = "0";
const LOAD_CPU = availableParallelism() > 1 ? "1" : "0";

/** A server that runs, and where. */
export interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  readonly tap?: string;
}

/** A server. Each measurement starts it anew. */
export interface Server {
  readonly name: string;
  start(ground: Ground): Promise<Running>;
}

/** A command on the server's core. */
export const onServerCore = (words: readonly string[]): [string, ...string[]] => [
  "taskset",
  "-c",
  SERVER_CPU,
  ...words,
];

/** The same of the load. */
export const onLoadCore = (words: readonly string[]): [string, ...string[]] => ["taskset", "-c", LOAD_CPU, ...words];

/** The tenders that are measured, each with the tap that it has. */
const ENGINES = {
  native: { command: [nativeTender, "--isolation=seccomp"], tap: 1 },
  Node: { command: [process.execPath, tender, "--isolation=v8"], tap: 2 },
} as const;

/**
 * A tender with an image on a tap.
 * @param name which one
 * @param options of the tender; @param words the image's arguments, besides its address
 */
export function tenderWith(
  name: keyof typeof ENGINES,
  image: string,
  options: readonly string[] = [],
  words: readonly string[] = [],
): Server {
  const engine = ENGINES[name];
  return {
    name,
    async start(ground) {
      const tap = await ground.tap(engine.tap);
      const own = [...engine.command, `--net=${tap.name}`, ...options, image, `--ipv4=${tap.guest}/24`, ...words];
      return { child: await ground.serve(...onServerCore(own)), address: tap.guest, tap: tap.name };
    },
  };
}

/** Starts a server, and ends it after its use. */
export async function withServer<R>(ground: Ground, server: Server, use: (running: Running) => Promise<R>): Promise<R> {
  const running = await server.start(ground);
  try {
    return await use(running);
  } catch (error) {
    throw new Error(`${server.name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    await ground.end(running.child);
    if (running.tap) await ground.waitFor(running.tap, "released");
  }
}

/** CPU time in us that a process has used, with its threads and its children. */
export function cpuOf(pid: number): number {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    ns += Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    for (const child of readFileSync(`${folder}/children`, "utf8").split(" "))
      if (child) ns += cpuOf(Number(child)) * 1e3;
  }
  return ns / 1e3;
}
