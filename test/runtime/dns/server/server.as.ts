/** A DNS server whose queries and connections are the test's: octets in, octets out. */

import { E_CLOSED, E_IN_USE, E_TIMEOUT, OK } from "fata/base/result";
import { DnsServer } from "fata/dns/server/server";
import { CompiledZones } from "fata/dns/zone/zones";
import { DatagramFlow, DatagramResponder } from "fata/flow/datagram";
import { Report, Reporter } from "fata/flow/report";
import { Flow, Listener, Transport } from "fata/flow/stream";
import { after, Fiber, WaitQueue } from "fata/sched/fiber";

export { event, start, step } from "../../../support/idle.as";

/** Where the test puts queries and octets of streams, and where it finds answers. */
const area: usize = heap.alloc(1 << 20);
const ROOM: u32 = 65536;
const answerArea: usize = heap.alloc(ROOM);
let server: DnsServer | null = null;
/** What respond and listen are to say; and whether UDP's port is bound. */
let responds: bool = false;
let respondResult: i32 = OK;
let listens: bool = true;

export function scratch(): usize {
  return area;
}

export function answered(): usize {
  return answerArea;
}

/** Makes room for a block of zones. */
export function room(length: i32): usize {
  return heap.alloc(length);
}

/** Makes a server of a block of zones. */
export function open(block: usize): void {
  server = new DnsServer(new CompiledZones(block));
}

/** Answers the message of `length` octets in the area, as one that came by UDP. @returns octets of the answer */
export function ask(length: i32, address: u32, room: u32): i32 {
  memory.fill(answerArea, 0xee, ROOM);
  return server!.respond(area, length, address, answerArea, room);
}

/** The same, as one that came by TCP. */
export function askByStream(length: i32, address: u32): i32 {
  memory.fill(answerArea, 0xee, ROOM);
  return server!.answer(area, length, address, answerArea, 65535, true);
}

export function limit(rate: u32, slip: u32, prefix: u32, window: u32): void {
  const limiter = server!.limiter;
  limiter.rate = rate;
  limiter.slip = slip;
  limiter.prefix = prefix;
  limiter.window = window;
}

/** Sets the secret of cookies to the 16 octets in the area. */
export function shareSecret(): void {
  server!.cookies.share(area);
}

export function responses(code: u32): u64 {
  return server!.counters.responses(code);
}

export function counter(index: i32): u64 {
  const counters = server!.counters;
  if (index == 0) return counters.udpQueries;
  if (index == 1) return counters.tcpQueries;
  if (index == 2) return counters.dropped;
  if (index == 3) return counters.rateDropped;
  if (index == 4) return counters.rateTruncated;
  if (index == 5) return counters.truncated;
  if (index == 6) return counters.connections;
  return counters.connectionsEvicted;
}

// ---- Streams ---------------------------------------------------------------------------------------------------------

class Stream extends Flow {
  sent: Uint8Array = new Uint8Array(0);
  fed: Uint8Array = new Uint8Array(0);
  ended: bool = false;
  /** 1, closed; 2, aborted. */
  over: i32 = 0;
  /** Octets that the other side still takes. */
  window: i32 = i32.MAX_VALUE;
  waiters: WaitQueue = new WaitQueue();

  readTo(ptr: usize, length: i32, ms: u64): i32 {
    const deadline = after(ms);
    while (this.fed.length == 0) {
      if (this.over) return E_CLOSED;
      if (this.ended) return 0;
      const result = this.waiters.waitUntil(deadline);
      if (result < 0) return result;
    }
    const count = min(length, this.fed.length);
    memory.copy(ptr, this.fed.dataStart, count);
    this.fed = this.fed.slice(count);
    return count;
  }

  readable(_ms: u64): i32 {
    return OK;
  }

  writeFrom(ptr: usize, length: i32, ms: u64, _constant: bool): i32 {
    const deadline = after(ms);
    while (length > 0) {
      if (this.over) return E_CLOSED;
      const count = min(length, this.window);
      const sent = new Uint8Array(this.sent.length + count);
      sent.set(this.sent);
      memory.copy(sent.dataStart + this.sent.length, ptr, count);
      this.sent = sent;
      this.window -= count;
      ptr += count;
      length -= count;
      if (length == 0) break;
      const result = this.waiters.waitUntil(deadline);
      if (result < 0) return result;
    }
    return OK;
  }

  shutdown(): void {}

  close(): void {
    this.end(1);
  }

  abort(): void {
    this.end(2);
  }

  cork(): bool {
    return false;
  }

  uncork(): void {}

  private end(how: i32): void {
    if (this.over == 0) this.over = how;
    this.waiters.wakeAll();
  }
}

const streams: Stream[] = [];
let accepted: i32 = 0;

class Port extends Listener {
  acceptors: WaitQueue = new WaitQueue();
  closed: bool = false;

  protected next(ms: u64): Flow | null {
    const deadline = after(ms);
    while (accepted == streams.length) {
      if (this.closed || this.acceptors.waitUntil(deadline) != OK) return null;
    }
    return streams[accepted++];
  }

  close(): void {
    this.closed = true;
    this.acceptors.wakeAll();
  }
}

const listener: Port = new Port();
let reporters: i32 = 0;

/** Puts what is told into the area, as text. */
class Lines extends Report {
  text: string = "";

  layer(name: string): void {
    this.text += name + "\n";
  }

  add(name: string, value: u64): void {
    this.text += `${name} ${value}\n`;
  }
}

/** Puts the server's counters into the area. @returns octets of the text; 0 when the transport has no reporter, or several */
export function report(): i32 {
  const lines = new Lines();
  server!.counters.report(lines);
  return reporters == 1 ? (String.UTF8.encodeUnsafe(changetype<usize>(lines.text), lines.text.length, area) as i32) : 0;
}

/** What comes by UDP; `ask` says it. */
class Datagrams extends DatagramFlow {
  connect(_address: u32, _port: u32): void {}

  recvFrom(_buffer: Uint8Array, _ms: u64 = u64.MAX_VALUE): i32 {
    return E_CLOSED;
  }

  sendTo(_buffer: Uint8Array, _length: i32, _address: u32, _port: u32): i32 {
    return E_CLOSED;
  }

  close(): void {
    responds = false;
  }
}

class Played extends Transport {
  addReporter(_reporter: Reporter): void {
    reporters++;
  }

  datagrams(_port: u32): DatagramFlow | null {
    return null;
  }

  respond(port: u32, _responder: DatagramResponder): DatagramFlow | null {
    assert(port == 53);
    this.error = respondResult;
    responds = respondResult == OK;
    return responds ? new Datagrams() : null;
  }

  protected openListener(port: u32, _backlog: i32): Listener | null {
    assert(port == 53);
    this.error = E_IN_USE;
    return listens ? listener : null;
  }

  protected openFlow(_address: u32, _port: u32, _ms: u64): Flow | null {
    this.error = E_TIMEOUT;
    return null;
  }
}

/** What serve has said, 1 as long as it has not. */
let served: i32 = 1;

class Serving extends Fiber {
  run(): void {
    served = server!.serve(new Played());
  }
}

let serving: Fiber | null = null;

/** Begins to serve. @param listening whether TCP's port is free; @param result what UDP's port says */
export function serve(listening: bool, result: i32): void {
  listens = listening;
  respondResult = result;
  served = 1;
  serving = new Serving().spawn();
}

export function cancel(): void {
  serving!.cancel();
}

export function outcome(): i32 {
  return served;
}

export function isListening(): bool {
  return !listener.closed;
}

export function isResponding(): bool {
  return responds;
}

export function setStreams(idle: u32, most: u32, mostOfOne: u32): void {
  const own = server!.streams;
  own.idle = idle;
  own.most = most;
  own.mostOfOne = mostOfOne;
}

/** A client connects. @returns the stream's number */
export function connect(address: u32): i32 {
  const stream = new Stream();
  stream.remoteAddress = address;
  streams.push(stream);
  listener.acceptors.wakeAll();
  return streams.length - 1;
}

/** Octets of the area come on a stream. */
export function feed(index: i32, length: i32): void {
  const stream = streams[index];
  const fed = new Uint8Array(stream.fed.length + length);
  fed.set(stream.fed);
  memory.copy(fed.dataStart + stream.fed.length, area, length);
  stream.fed = fed;
  stream.waiters.wakeAll();
}

/** The other side ends its direction. */
export function finish(index: i32): void {
  streams[index].ended = true;
  streams[index].waiters.wakeAll();
}

/** How many octets more the other side takes. */
export function setWindow(index: i32, octets: i32): void {
  streams[index].window = octets;
  streams[index].waiters.wakeAll();
}

export function sentLength(index: i32): i32 {
  return streams[index].sent.length;
}

export function sentOctets(index: i32): usize {
  return streams[index].sent.dataStart;
}

/** 0, open; 1, closed; 2, aborted. */
export function over(index: i32): i32 {
  return streams[index].over;
}
