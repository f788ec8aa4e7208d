/** Sockets used by fibers and by the test: what can happen to them, told by numbers. */

import { OK } from "fata/base/result";
import { DatagramFlow, DatagramResponder } from "fata/flow/datagram";
import { NetworkDevice } from "fata/net/device";
import { Stack } from "fata/net/stack";
import { Udp } from "fata/net/udp";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { Ipv4Prefix } from "fata/wire/ipv4address";

let udp: Udp | null = null;
let stack: Stack | null = null;

/** Answers with the sender's address, the room that there is, and the datagram; not at all when that is empty. */
class Mirror extends DatagramResponder {
  respond(ptr: usize, length: u32, address: u32, to: usize, room: u32): i32 {
    if (length == 0) return 0;
    store<u32>(to, address);
    store<u32>(to, room, 4);
    memory.copy(to + 8, ptr, length);
    return length + 8;
  }
}

let responding: DatagramFlow | null = null;

/** Has the datagrams of a port answered where they arrive. @returns OK, or why not */
export function respond(port: u32): i32 {
  const flow = stack!.respond(port, new Mirror());
  if (!flow) return stack!.error;
  responding = flow;
  return OK;
}

/** Ends what respond has begun last. */
export function stopResponding(): void {
  responding!.close();
}

/** Gives the stack another address. */
export function addAddress(): void {
  stack!.ipv4.addAddress(Ipv4Prefix.parse("10.0.0.3/24")!);
}

/** As if a router had said so. */
export function lowerPathMtu(address: u32, mtu: u32): void {
  stack!.ipv4.lowerPathMtu(address, mtu);
}

/** Receives one datagram and keeps the outcome. */
class Reader extends Fiber {
  result: i32 = 1;
  remotePort: u32 = 0;

  constructor(
    private socket: UdpSocket,
    private room: i32,
    private ms: u64,
  ) {
    super();
  }

  run(): void {
    const buffer = new Uint8Array(this.room);
    this.result = this.socket.recvFrom(buffer, this.ms ? this.ms : u64.MAX_VALUE);
    this.remotePort = this.socket.remotePort;
  }
}

let socket: UdpSocket | null = null;
const readers: Reader[] = [];

class Main extends Fiber {
  run(): void {
    stack = new Stack(new NetworkDevice("service"), Ipv4Prefix.parse("10.0.0.2/24")!, 0);
    udp = stack!.udp;
    new Reader(new UdpSocket(udp!), 1, 0).spawn().join();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

/** Makes the socket that the functions below use. @returns what bind returns */
export function open(port: u32, queueSize: u32): i32 {
  socket = new UdpSocket(udp!, queueSize);
  return socket!.bind(port);
}

/** Binds yet another socket. @returns what bind returns */
export function bindAnother(port: u32): i32 {
  return new UdpSocket(udp!).bind(port);
}

/** Takes the ports from `first` to `last`, but each `step`-th. */
export function bindAllBut(first: u32, last: u32, step: u32): void {
  for (let port = first; port <= last; port++) if (port % step) new UdpSocket(udp!, 64).bind(port);
}

/** The port that a new socket gets when it does not care. */
export function anyPort(): u32 {
  const another = new UdpSocket(udp!, 64);
  return another.bind() == 0 ? another.port : 0;
}

/** Spawns a fiber that receives into a buffer of `room` octets and gives up after `ms`, or never if that is 0. */
export function read(room: i32, ms: u64): i32 {
  const reader = new Reader(socket!, room, ms);
  reader.spawn();
  return readers.push(reader) - 1;
}

export function cancel(reader: i32): void {
  readers[reader].cancel();
}

/** What a reader's recvFrom returned, or 1 << 16 when it still waits. */
export function outcome(reader: i32): i32 {
  return readers[reader].done ? readers[reader].result : 1 << 16;
}

export function remotePort(reader: i32): u32 {
  return readers[reader].remotePort;
}

export function close(): void {
  socket!.close();
}

export function sendAfterClose(): i32 {
  return socket!.sendTo(new Uint8Array(4), 4, 0x0a000001, 9);
}

export function bindAfterClose(): i32 {
  const closed = new UdpSocket(udp!);
  closed.close();
  closed.close();
  return closed.bind(1234);
}

export function sendTooMuch(): i32 {
  return new UdpSocket(udp!).sendTo(new Uint8Array(4), 5, 0x0a000001, 9);
}
