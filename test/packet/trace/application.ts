/** The application of app.as.ts, as the lines `app ...` of a trace speak of it. */
import assert from "node:assert/strict";
import { ipv4Number } from "../../support/packets.ts";
import type { SimulatedTender } from "../../support/tender.ts";

/** What the application can do, in the order of app.as.ts. */
const KINDS = [
  ...["listen", "accept", "connect", "read", "write", "shutdown", "close", "abort", "unlisten", "forget"],
  ...["cork", "uncork", "nodelay", "keepalive", "usertimeout"],
];
const NEVER = 0xffffffffffffffffn;
const PENDING = -0x80000000;

/** Result codes that traces name (runtime/base/result.ts). */
const CODES: Readonly<Record<string, number>> = {
  E_TIMEOUT: -65,
  E_CLOSED: -66,
  E_UNREACHABLE: -69,
  E_IN_USE: -70,
  E_REFUSED: -71,
  E_RESET: -73,
  null: -1,
};

export class Application {
  /** Connections by their names in the trace. */
  private readonly flows = new Map<string, number>();
  private readonly listeners = new Map<string, number>();
  /** Jobs that wait, by connection and what they do. */
  private readonly waiting = new Map<string, number>();
  /** How many octets each connection has written and read. */
  private readonly written = new Map<string, number>();
  private readonly read = new Map<string, number>();

  constructor(private readonly host: SimulatedTender) {}

  /** The octet of either side's stream at a position: no two places within 64 KiB look alike for long. */
  octet(position: number): number {
    return (position ^ (position >>> 8) ^ (position >>> 16)) & 255;
  }

  /**
   * WORD [NUMBER] [for MS] = RESULT: does it; the result is a number, a code, or ... for that it waits.
   * done WORD = RESULT: what was waited for has come.
   */
  perform(name: string, peerPort: number, text: string): void {
    const [, done, word = "", number = "0", ms, result] =
      /^(done )?(\w+)(?: (\d+))?(?: for (\d+))?(?: = (\S+)| \.\.\.)?$/.exec(text) ?? [];
    assert.ok(KINDS.includes(word), `not something that the application does: ${text}`);
    const key = `${name} ${word}`;
    const expectsWaiting = text.endsWith("...");
    const job = done ? this.waiting.get(key) : this.start(name, word, peerPort, Number(number), ms);
    assert.ok(job !== undefined, `nobody waits to ${word}`);
    this.host.settle();
    const actual = Number(this.host.exports["resultOf"]?.(job));
    if (expectsWaiting) {
      assert.equal(actual, PENDING, `${word} does not wait, it gives ${actual}`);
      this.waiting.set(key, job);
      return;
    }
    assert.notEqual(actual, PENDING, `${word} waits`);
    this.finish(name, word, peerPort, job, actual);
    if (result === undefined) assert.ok(actual >= 0, `${word} gives ${actual}`);
    else assert.equal(actual, CODES[result] ?? Number(result), word);
  }

  private start(name: string, word: string, peerPort: number, number: number, ms: string | undefined): number {
    // A call from outside of a step: one before it sets the time.
    this.host.step();
    const handle = (["accept", "unlisten"].includes(word) ? this.listeners.get("a") : this.flows.get(name)) ?? 0;
    const peer = ipv4Number(`10.0.0.${number || 1}`);
    const [first, second] =
      word === "connect" ? [peer, peerPort] : word === "listen" ? [80, number || 16] : [number, 0];
    const patience = ms === undefined ? NEVER : BigInt(ms);
    const job = Number(this.host.exports["job"]?.(KINDS.indexOf(word), handle, first, second, patience));
    if (word === "write") {
      const from = this.written.get(name) ?? 0;
      const octets = this.host.memory.bytes(Number(this.host.exports["bufferOf"]?.(job)), number);
      for (let i = 0; i < number; i++) octets[i] = this.octet(from + i);
      this.written.set(name, from + number);
    }
    this.host.step();
    return job;
  }

  private finish(name: string, word: string, peerPort: number, job: number, result: number): void {
    if (result < 0) return;
    if (word === "listen") this.listeners.set("a", result);
    if (word === "connect" || word === "accept") this.flows.set(name, result);
    if (word === "accept")
      assert.equal(Number(this.host.exports["remotePortOf"]?.(result)), peerPort, "the peer's port");
    if (word !== "read") return;
    const from = this.read.get(name) ?? 0;
    const octets = this.host.memory.bytes(Number(this.host.exports["bufferOf"]?.(job)), result);
    octets.forEach((octet, i) => {
      if (octet !== this.octet(from + i)) assert.fail(`octet ${from + i} that was read is wrong`);
    });
    this.read.set(name, from + result);
  }
}
