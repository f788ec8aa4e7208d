/** Servers of TCP that are measured side by side: tenders with images/tcp, and plain C programs. */
import { type Ground, peer } from "./ground.ts";
import { onLoadCore, onServerCore, type Server, tenderWith, withServer } from "./server.ts";

/** What all programs that load a server print. */
export interface Report {
  readonly seconds: number;
  /** CPU time of the server, all its threads, user and system. */
  readonly cpuSeconds: number;
  /** The same of the load itself. */
  readonly loadCpuSeconds: number;
}

/** @param offloads whether the host sums and cuts */
export async function nativeServer(ground: Ground, offloads: boolean): Promise<Server> {
  return tenderWith("native", await buildImage(ground, offloads));
}

/** As nativeServer. */
export async function nodeServer(ground: Ground, offloads: boolean): Promise<Server> {
  return tenderWith("Node", await buildImage(ground, offloads));
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
      return { child: await ground.serve(...onServerCore(words)), address: tap.guest, tap: tap.name };
    },
  };
}

/** peers/tcp-server.c over Linux's TCP, in a namespace of its own. @param whole as Ground.link */
export function linuxServer(whole = true): Server {
  return {
    name: "Linux",
    async start(ground) {
      const { namespace, address } = await ground.link(whole);
      return { child: await ground.serveIn(namespace, ...onServerCore([peer("tcp-server")])), address };
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
  return withServer(ground, server, async ({ child, address }) =>
    JSON.parse(await ground.runInside(...onLoadCore([peer(load), ...words(address, `${child.pid}`)]))),
  );
}
