/**
 * A server over connections that the test plays the other side of: it puts octets in, says how many may go out, and sees
 * what has gone out.
 */
import { E_CANCELLED, E_CLOSED, E_REFUSED, E_RESET, OK } from "fata/base/result";
import { DatagramFlow } from "fata/flow/datagram";
import { Flow, Listener, Transport } from "fata/flow/stream";
import { HttpClient } from "fata/http/client";
import { HttpRequest } from "fata/http/httprequest";
import { Router } from "fata/http/router";
import { HttpServer } from "fata/http/server";
import { after, Fiber, WaitQueue } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { Paths } from "../../e2e/projects/http/paths.as";

/** Where the test puts octets, and gets them. */
const area: usize = memory.data(1 << 20);

export function scratch(): usize {
  return area;
}

/** Octets that were sent as what never changes. */
let constants: i32 = 0;

export function constantOctets(): i32 {
  return constants;
}

class Wire extends Flow {
  input: Uint8Array = new Uint8Array(0);
  at: i32 = 0;
  ended: bool = false;
  output: Uint8Array = new Uint8Array(0);
  written: i32 = 0;
  /** Octets that may still be written. */
  window: i32 = i32.MAX_VALUE;
  /** Bits: 1, our direction was ended; 2, closed; 4, aborted. */
  state: i32 = 0;
  reset: bool = false;
  readers: WaitQueue = new WaitQueue();
  writers: WaitQueue = new WaitQueue();

  readTo(ptr: usize, length: i32, ms: u64): i32 {
    const ready = this.readable(ms);
    if (ready != OK) return ready;
    if (this.reset) return E_RESET;
    const count = min(length, this.input.length - this.at);
    memory.copy(ptr, this.input.dataStart + this.at, count);
    this.at += count;
    return count;
  }

  readable(ms: u64): i32 {
    const deadline = after(ms);
    while (this.at == this.input.length && !this.ended && !this.reset) {
      if (this.state & 6) return E_CLOSED;
      const result = this.readers.waitUntil(deadline);
      if (result != OK) return result;
    }
    return this.state & 6 ? E_CLOSED : OK;
  }

  writeFrom(ptr: usize, length: i32, ms: u64, constant: bool): i32 {
    // What is kept without a copy must never change: managed memory would be used for other things.
    if (constant) {
      assert(ptr + length <= __heap_base, "that is none of the image's data");
      constants += length;
    }
    const deadline = after(ms);
    let result = OK;
    while (result == OK) {
      if (this.state) return E_CLOSED;
      if (this.reset) return E_RESET;
      const part = min(length, this.window);
      this.keep(ptr, part);
      this.window -= part;
      ptr += part;
      length -= part;
      if (!length) return OK;
      result = this.writers.waitUntil(deadline);
    }
    return result;
  }

  private keep(ptr: usize, length: i32): void {
    if (this.written + length > this.output.length) {
      const larger = new Uint8Array((this.written + length) << 1);
      memory.copy(larger.dataStart, this.output.dataStart, this.written);
      this.output = larger;
    }
    memory.copy(this.output.dataStart + this.written, ptr, length);
    this.written += length;
  }

  shutdown(): void {
    this.state |= 1;
  }

  close(): void {
    this.state |= 2;
    this.readers.wakeAll();
  }

  abort(): void {
    this.state |= 4;
    this.readers.wakeAll();
    this.writers.wakeAll();
  }

  cork(): bool {
    return true;
  }
  uncork(): void {}
}

class Door extends Listener {
  first: Wire | null = null;
  waiting: WaitQueue = new WaitQueue();
  closed: bool = false;

  protected next(_ms: u64): Flow | null {
    while (!this.first) {
      if (this.closed || this.waiting.wait() == E_CANCELLED) return null;
    }
    const flow = this.first;
    this.first = null;
    return flow;
  }

  close(): void {
    this.closed = true;
    this.waiting.wakeAll();
  }
}

class House extends Transport {
  readonly door: Door = new Door();

  datagrams(_port: u32): DatagramFlow | null {
    return null;
  }
  protected openListener(_port: u32, _backlog: i32): Listener | null {
    return this.door;
  }
  protected openFlow(_address: u32, port: u32, _ms: u64): Flow | null {
    this.error = E_REFUSED;
    if (port == 81) return null;
    const wire = new Wire();
    wire.window = opened;
    wires.push(wire);
    return wire;
  }
}

/** How much may go out on connections that are opened to fetch something. */
let opened: i32 = i32.MAX_VALUE;

export function limitOpened(octets: i32): void {
  opened = octets;
}

const house = new House();
const paths = new Paths();
const server = new HttpServer(new Router().get("/named/:name", paths).notFound(paths));
const wires: Wire[] = [];

/** Opens a connection. To be followed by a step. @returns its number */
export function open(): i32 {
  const wire = new Wire();
  house.door.first = wire;
  house.door.waiting.wakeAll();
  return wires.push(wire) - 1;
}

/** Octets of the area come, and the end behind them or not. */
export function put(number: i32, length: i32, ended: bool): void {
  const wire = wires[number];
  const rest = wire.input.length - wire.at;
  const input = new Uint8Array(rest + length);
  memory.copy(input.dataStart, wire.input.dataStart + wire.at, rest);
  memory.copy(input.dataStart + rest, area, length);
  wire.input = input;
  wire.at = 0;
  wire.ended = ended;
  wire.readers.wakeAll();
}

/** Says how many octets more may go out. */
export function allow(number: i32, octets: i32): void {
  wires[number].window = octets;
  wires[number].writers.wakeAll();
}

/** The other side breaks off. */
export function breakOff(number: i32): void {
  const wire = wires[number];
  wire.reset = true;
  wire.readers.wakeAll();
  wire.writers.wakeAll();
}

/** Moves what has gone out to the area. @returns octets */
export function take(number: i32): i32 {
  const wire = wires[number];
  const length = wire.written;
  assert(length <= 1 << 20);
  memory.copy(area, wire.output.dataStart, length);
  wire.written = 0;
  return length;
}

/** As Wire.state. */
export function state(number: i32): i32 {
  return wires[number].state;
}

/** Octets that have come and were not read. */
export function unread(number: i32): i32 {
  return wires[number].input.length - wires[number].at;
}

export function connections(): i32 {
  return server.count;
}

export function limitConnections(most: i32): void {
  server.connectionsMax = most;
}

/** Fetches what the area names, and puts the body where the test finds it. */
class Fetcher extends Fiber {
  /** 1 while it is under way; then a status or a code. */
  outcome: i32 = 1;
  body: Uint8Array = new Uint8Array(0);

  constructor(
    private method: string,
    private uri: string,
  ) {
    super();
  }

  run(): void {
    const request = new HttpRequest(this.method, this.uri);
    request.header("X-Test", "yes");
    request.header("Authorization", "secret");
    if (this.method == "POST") request.text("content");
    const response = client.send(request);
    if (!response) {
      this.outcome = client.error;
      return;
    }
    const body = response.bytes();
    if (body) this.body = body;
    this.outcome = body ? response.status : response.error;
  }
}

const client = new HttpClient(house);
let fetcher: Fetcher | null = null;

/** Begins to fetch what the area names: a method, a space and a URI. @param redirects as redirectsMax */
export function fetch(length: i32, redirects: i32): void {
  const words = String.UTF8.decodeUnsafe(area, length).split(" ");
  client.redirectsMax = redirects;
  client.bodyMax = 100_000;
  fetcher = new Fetcher(words[0], words[1]);
  fetcher!.spawn();
}

/** As Fetcher.outcome. */
export function outcome(): i32 {
  return fetcher!.outcome;
}

/** Moves the body to the area. @returns octets */
export function body(): i32 {
  memory.copy(area, fetcher!.body.dataStart, fetcher!.body.length);
  return fetcher!.body.length;
}

/** How many connections were opened. */
export function wireCount(): i32 {
  return wires.length;
}

class Stopper extends Fiber {
  outcome: i32 = 1;

  run(): void {
    this.outcome = server.stop(5000);
  }
}

let stopper: Stopper | null = null;

/** Begins to stop the server. */
export function stop(): void {
  stopper = new Stopper();
  stopper!.spawn();
}

/** What stop returned, or 1. */
export function stopped(): i32 {
  return stopper!.outcome;
}

class Main extends Fiber {
  run(): void {
    server.serve(house, 80);
    const end = new WaitQueue();
    end.wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };
