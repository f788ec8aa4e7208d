/** A resolver over a transport of which the test plays the other side: every datagram and stream passes through it. */

import { E_CANCELLED, E_CLOSED, E_REFUSED, OK } from "fata/base/result";
import { Resolver } from "fata/dns/resolver";
import { DatagramFlow } from "fata/flow/datagram";
import { Flow, Listener, Transport } from "fata/flow/stream";
import { after, Fiber, WaitQueue } from "fata/sched/fiber";
import { Ipv4Address } from "fata/wire/ipv4address";

export { event, start, step } from "../../support/idle.as";

/** Where the test puts names and messages. */
const area: usize = memory.data(70000);

export function scratch(): usize {
  return area;
}

/** A datagram socket of the resolver. */
class Socket extends DatagramFlow {
  sent: Uint8Array = new Uint8Array(0);
  server: u32 = 0;
  port: u32 = 0;
  closed: bool = false;
  refused: bool = false;
  private length: i32 = -1;
  private data: Uint8Array = new Uint8Array(0);
  private readers: WaitQueue = new WaitQueue();

  recvFrom(buffer: Uint8Array, ms: u64 = u64.MAX_VALUE): i32 {
    const deadline = after(ms);
    while (this.length < 0) {
      const result = this.readers.waitUntil(deadline);
      if (result < 0) return result;
      if (this.refused) return E_REFUSED;
    }
    const length = min(this.length, buffer.length);
    memory.copy(buffer.dataStart, this.data.dataStart, length);
    this.length = -1;
    return length;
  }

  connect(address: u32, port: u32): void {
    this.server = address;
    this.port = port;
  }

  sendTo(buffer: Uint8Array, length: i32, address: u32, port: u32): i32 {
    assert(address == this.server && port == this.port);
    this.sent = buffer.slice(0, length);
    return sendResult < 0 ? sendResult : length;
  }

  close(): void {
    this.closed = true;
  }

  /** For the test: nobody has the port. */
  refuse(): void {
    this.refused = true;
    this.readers.wakeAll();
  }

  /** For the test: a datagram comes. */
  deliver(address: u32, port: u32, length: i32): void {
    this.data = new Uint8Array(length);
    memory.copy(this.data.dataStart, area, length);
    this.length = length;
    this.remoteAddress = address;
    this.remotePort = port;
    this.readers.wakeAll();
  }
}

/** A stream of the resolver. */
class Stream extends Flow {
  sent: Uint8Array = new Uint8Array(0);
  closed: bool = false;
  private data: Uint8Array = new Uint8Array(0);
  private read_: i32 = 0;
  private ended: bool = false;
  private readers: WaitQueue = new WaitQueue();

  readTo(ptr: usize, length: i32, ms: u64): i32 {
    const deadline = after(ms);
    while (this.read_ == this.data.length) {
      if (this.ended) return 0;
      const result = this.readers.waitUntil(deadline);
      if (result < 0) return result;
    }
    // One octet at a time: who reads must go on.
    store<u8>(ptr, this.data[this.read_++]);
    return length > 0 ? 1 : 0;
  }

  readable(_ms: u64): i32 {
    return OK;
  }

  writeFrom(ptr: usize, length: i32, _ms: u64, _constant: bool): i32 {
    const sent = new Uint8Array(this.sent.length + length);
    sent.set(this.sent);
    memory.copy(sent.dataStart + this.sent.length, ptr, length);
    this.sent = sent;
    return OK;
  }

  shutdown(): void {}
  close(): void {
    this.closed = true;
  }
  abort(): void {}
  cork(): bool {
    return true;
  }
  uncork(): void {}

  /** For the test: octets come, and the end with them or not. */
  feed(length: i32, ended: bool): void {
    this.data = new Uint8Array(length);
    memory.copy(this.data.dataStart, area, length);
    this.read_ = 0;
    this.ended = ended;
    this.readers.wakeAll();
  }
}

const sockets: Socket[] = [];
const streams: Stream[] = [];
const streamServers: u32[] = [];
let told: u32[] = [];
let sendResult: i32 = OK;
let connectResult: i32 = OK;

class Played extends Transport {
  datagrams(_port: u32): DatagramFlow | null {
    const socket = new Socket();
    sockets.push(socket);
    return socket;
  }

  nameServers(): StaticArray<u32> {
    return StaticArray.fromArray<u32>(told);
  }

  protected openFlow(address: u32, _port: u32, _ms: u64): Flow | null {
    streamServers.push(address);
    const stream = new Stream();
    streams.push(stream);
    this.error = connectResult;
    return connectResult < 0 ? null : stream;
  }

  protected openListener(_port: u32, _backlog: i32): Listener | null {
    this.error = E_CLOSED;
    return null;
  }
}

let resolver: Resolver | null = null;

/** Makes the resolver. @param count of the servers that are given, whose addresses are u32s in the area */
export function open(count: i32): void {
  const servers: Ipv4Address[] = [];
  for (let i = 0; i < count; i++) servers.push(load<u32>(area + 4 * i));
  resolver = new Resolver(new Played(), servers);
}

/** Sets the servers that the network tells of. */
export function tell(count: i32): void {
  told = [];
  for (let i = 0; i < count; i++) told.push(load<u32>(area + 4 * i));
}

export function setSendResult(result: i32): void {
  sendResult = result;
}

export function setConnectResult(result: i32): void {
  connectResult = result;
}

class Lookup extends Fiber {
  over: bool = false;
  error: i32 = OK;
  addresses: StaticArray<u32> = [];

  constructor(
    private name: string,
    private ms: u64,
    private port: u32,
  ) {
    super();
  }

  run(): void {
    const own = resolver!;
    if (this.port) {
      if (!own.connect(this.name, this.port, this.ms)) this.error = own.error;
    } else {
      const addresses = own.lookup(this.name, this.ms);
      if (addresses) this.addresses = addresses;
      else this.error = own.error;
    }
    this.over = true;
  }
}

const lookups: Lookup[] = [];

/** Looks up the name of `length` octets in the area. @param port to connect to, or 0 @returns its number */
export function look(length: i32, ms: u64, port: u32): i32 {
  const lookup = new Lookup(String.UTF8.decodeUnsafe(area, length), ms, port);
  lookups.push(lookup);
  lookup.spawn();
  return lookups.length - 1;
}

export function cancel(number: i32): void {
  lookups[number].cancel();
}

/** @returns how many addresses a look-up has found, a code, or 1000 as long as it is under way */
export function outcome(number: i32): i32 {
  const lookup = lookups[number];
  if (!lookup.over) return lookup.done ? E_CANCELLED : 1000;
  return lookup.error < 0 ? lookup.error : lookup.addresses.length;
}

export function address(number: i32, index: i32): u32 {
  return lookups[number].addresses[index];
}

export function socketCount(): i32 {
  return sockets.length;
}
export function openSockets(): i32 {
  let count = 0;
  for (let i = 0; i < sockets.length; i++) if (!sockets[i].closed) count++;
  return count;
}
export function sentLength(socket: i32): i32 {
  return sockets[socket].sent.length;
}
export function sentOctets(socket: i32): usize {
  return sockets[socket].sent.dataStart;
}
export function sentTo(socket: i32): u32 {
  return sockets[socket].server;
}
export function sentPort(socket: i32): u32 {
  return sockets[socket].port;
}
export function deliver(socket: i32, from: u32, port: u32, length: i32): void {
  if (!sockets[socket].closed) sockets[socket].deliver(from, port, length);
}
export function refuse(socket: i32): void {
  sockets[socket].refuse();
}
export function streamCount(): i32 {
  return streams.length;
}
export function streamServer(stream: i32): u32 {
  return streamServers[stream];
}
export function streamLength(stream: i32): i32 {
  return streams[stream].sent.length;
}
export function streamOctets(stream: i32): usize {
  return streams[stream].sent.dataStart;
}
export function streamClosed(stream: i32): bool {
  return streams[stream].closed;
}
export function feed(stream: i32, length: i32, ended: bool): void {
  streams[stream].feed(length, ended);
}
