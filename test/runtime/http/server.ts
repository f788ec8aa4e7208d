/** The server of host.as.ts, and clients that send it octets. */
import { compileGuest } from "../../support/guest.ts";
import type { SimulatedTender } from "../../support/tender.ts";

const image = await compileGuest(import.meta.url, "host.as.ts");

export class Server {
  readonly tender: SimulatedTender = image.instantiate().start();
  readonly #area = Number(this.tender.exports["scratch"]?.());

  call(name: string, ...values: number[]): number {
    return Number(this.tender.exports[name]?.(...values));
  }

  /** Lets time pass. */
  advance(ms: number): this {
    this.tender.advance(ms);
    return this;
  }

  /** Lets everybody work who has something to do. */
  work(): this {
    this.tender.deadline = 0n;
    this.tender.settle();
    return this;
  }

  connect(): Client {
    // The call comes from outside of a step: one before it sets the time.
    this.tender.step();
    const number = this.call("open");
    this.work();
    return new Client(this, number);
  }

  /** Begins to fetch something. @returns the other side of the connection that is opened for it, or was before */
  fetch(words: string, redirects = 0): Client {
    this.tender.step();
    const octets = Buffer.from(words);
    this.tender.memory.bytes(this.#area, octets.length).set(octets);
    this.call("fetch", octets.length, redirects);
    this.work();
    return new Client(this, this.call("wireCount") - 1);
  }

  /** What has come of it: undefined while it is under way, a status, or a code. */
  get outcome(): number | undefined {
    const outcome = this.call("outcome");
    return outcome === 1 ? undefined : outcome;
  }

  /** The body of what was fetched. */
  get body(): string {
    return Buffer.from(this.tender.memory.bytes(this.#area, this.call("body"))).toString("latin1");
  }

  put(number: number, octets: Uint8Array, ended: boolean): void {
    this.tender.step();
    this.tender.memory.bytes(this.#area, octets.length).set(octets);
    this.call("put", number, octets.length, ended ? 1 : 0);
    this.work();
  }

  take(number: number): Buffer {
    return Buffer.from(this.tender.memory.bytes(this.#area, this.call("take", number)));
  }
}

export class Client {
  constructor(
    readonly server: Server,
    readonly number: number,
  ) {}

  /** Sends octets; text stands for ISO 8859-1. @param ended whether nothing more follows */
  send(octets: Uint8Array | string, ended = false): this {
    this.server.put(this.number, typeof octets === "string" ? Buffer.from(octets, "latin1") : octets, ended);
    return this;
  }

  /** What has come since the last call, without the fields of dates. */
  take(): string {
    return this.server
      .take(this.number)
      .toString("latin1")
      .replaceAll(/\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 2026 \d\d:\d\d:\d\d GMT(?=\r\n)/g, "");
  }

  /** The status codes of what has come. */
  statuses(): number[] {
    return [...this.take().matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  }

  /** Whether the server has ended its direction. */
  get ended(): boolean {
    return this.server.call("state", this.number) !== 0;
  }

  /** Whether the server has broken the connection off. */
  get aborted(): boolean {
    return (this.server.call("state", this.number) & 4) !== 0;
  }

  get closed(): boolean {
    return (this.server.call("state", this.number) & 2) !== 0;
  }

  /** Octets that have come to the server and were not read. */
  get unread(): number {
    return this.server.call("unread", this.number);
  }

  /** Lets so many octets more come from the server; without a call all may. */
  allow(octets: number): this {
    this.server.tender.step();
    this.server.call("allow", this.number, octets);
    this.server.work();
    return this;
  }

  breakOff(): this {
    this.server.tender.step();
    this.server.call("breakOff", this.number);
    this.server.work();
    return this;
  }
}
