/**
 * Whole connections of HTTP: what a client sends to a server, and a server to a client, as a whole and in two parts. Neither may
 * trap, both must say the same however the octets come, and nothing may be left of a connection two minutes later.
 */
import { Client, Server } from "../runtime/http/server.ts";
import type { Target } from "./target.ts";

/** Inputs for one instance, whose peers are in a list without end. */
const INPUTS_EACH = 64;
/** Bytes of memory that an instance may have grown to. */
const MEMORY_MAX = 32 << 20;
/** Octets of an input that are used: those of several heads. */
const LENGTH_MAX = 40_000;

export function httpRequestTarget(): Target {
  return target("httpRequest", (server, parts) => {
    const client = server.connect();
    for (const part of parts) client.send(part);
    const statuses = client.statuses().filter((status) => status >= 200);
    return `${statuses} ${client.ended}`;
  });
}

export function httpResponseTarget(): Target {
  return target("httpResponse", (server, parts) => {
    if (parts.length === 1) follow(server, parts);
    const peer = server.fetch("GET http://10.0.0.1/");
    for (const part of parts) peer.send(part);
    peer.send("", true);
    if (server.outcome === undefined) throw new Error("a request does not come to an end");
    return `${server.outcome} ${server.body}`;
  });
}

/** The same for a client that follows redirections: what comes behind them depends on when it comes. */
function follow(server: Server, parts: readonly Uint8Array[]): void {
  const peer = server.fetch("GET http://10.0.0.1/a/b?c", 1);
  for (const part of parts) peer.send(part);
  peer.breakOff();
  new Client(server, server.call("wireCount") - 1).breakOff();
  if (server.outcome === undefined) throw new Error("a request that follows does not come to an end");
}

function target(name: string, play: (server: Server, parts: readonly Uint8Array[]) => string): Target {
  let server = new Server();
  let fed = 0;
  return {
    name,
    cost: 8,
    feed(input) {
      if (fed++ % INPUTS_EACH === 0) server = new Server();
      const octets = input.subarray(0, LENGTH_MAX);
      const at = octets.length ? (octets.length * 7919 + fed * 104_729) % octets.length : 0;
      const whole = play(server, [octets]);
      const parted = play(server, [octets.subarray(0, at), octets.subarray(at)]);
      if (whole !== parted) throw new Error(`as a whole "${whole}", cut at ${at} "${parted}"`);
      if (fed % INPUTS_EACH === 0) {
        server.advance(120_000);
        if (server.call("connections") !== 0) throw new Error("a connection is left");
        const memory = server.tender.memory.memory.buffer.byteLength;
        if (memory > MEMORY_MAX) throw new Error(`${memory} bytes of memory`);
      }
    },
  };
}
