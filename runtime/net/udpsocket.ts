/**
 * A UDP socket in direct style. An echo server on port 7:
 *
 *     const socket = new UdpSocket(stack.udp);
 *     const buffer = new Uint8Array(2048);
 *     socket.bind(7);
 *     for (;;) {
 *       const length = socket.recvFrom(buffer);
 *       if (length < 0) break;
 *       socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
 *     }
 *
 * Datagrams that arrive while nobody waits are kept in a queue of fixed size; when it is full, new ones are dropped and
 * counted. Neither recvFrom nor sendTo allocates.
 */
import { E_CLOSED, E_IN_USE, E_REFUSED, E_TOO_LONG, E_UNREACHABLE, OK } from "../base/result";
import { after, WaitQueue } from "../sched/fiber";
import { FRAGMENTATION_NEEDED, PORT_UNREACHABLE, PROTOCOL_UNREACHABLE } from "../wire/icmpv4";
import { IPV4_ANY, Ipv4Address } from "../wire/ipv4address";
import { DatagramQueue } from "./datagramqueue";
import { Udp } from "./udp";
import { UdpPort } from "./udpport";

/** Octets of the receive queue, unless told otherwise. */
const QUEUE_SIZE: u32 = 64 * 1024;

export class UdpSocket extends UdpPort {
  /** Datagrams lost because the queue was full. */
  dropped: u64 = 0;
  private queue: DatagramQueue;
  private readers: WaitQueue = new WaitQueue();
  private closed: bool = false;
  /** The peer that the socket is bound to, or 0. */
  private peerAddress: Ipv4Address = 0;
  private peerPort: u32 = 0;
  /** What was said of a datagram to that peer, and is still to be told; or OK. */
  private error: i32 = OK;

  /** @param queueSize octets of the receive queue; each datagram takes 16 to 19 more than its own */
  constructor(
    protected udp: Udp,
    queueSize: u32 = QUEUE_SIZE,
  ) {
    super();
    this.queue = new DatagramQueue((queueSize + 3) & ~3);
  }

  /**
   * Takes a port, once in a socket's life.
   * @param port 1 to 65535; 0 for any port that is free and hard to guess. `port` tells it afterwards.
   * @returns OK, E_IN_USE or E_CLOSED
   */
  bind(port: u32 = 0): i32 {
    assert(this.port == 0, "the socket is bound already");
    assert(port < 65536, "no such port");
    if (this.closed) return E_CLOSED;
    const bound = port ? this.udp.bind(this, port) : this.udp.bindEphemeral(this);
    return bound ? OK : E_IN_USE;
  }

  recvFrom(buffer: Uint8Array, ms: u64 = u64.MAX_VALUE): i32 {
    const deadline = after(ms);
    while (!this.closed && this.queue.empty) {
      const error = this.error;
      if (error) {
        this.error = OK;
        return error;
      }
      const result = this.readers.waitUntil(deadline);
      if (result < 0) return result;
    }
    return this.closed ? E_CLOSED : this.take(buffer.dataStart, buffer.length);
  }

  connect(address: Ipv4Address, port: u32): void {
    this.peerAddress = address;
    this.peerPort = port;
    this.error = OK;
  }

  /** As DatagramFlow says. A socket that is not bound gets an ephemeral port first. */
  sendTo(buffer: Uint8Array, length: i32, address: Ipv4Address, port: u32): i32 {
    assert(<u32>length <= <u32>buffer.length, "the datagram reaches past its buffer");
    assert(port < 65536, "no such port");
    if (this.port == 0) {
      const result = this.bind();
      if (result < 0) return result;
    }
    if (this.closed) return E_CLOSED;
    const source = address == this.remoteAddress && port == this.remotePort ? this.localAddress : IPV4_ANY;
    return this.udp.send(this, source, address, port, buffer.dataStart, length);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.port) this.udp.unbind(this);
    this.queue.release();
    this.readers.wakeAll();
  }

  hears(address: Ipv4Address, port: u32): bool {
    return this.peerAddress == 0 || this.isPeer(address, port);
  }

  deliver(address: Ipv4Address, port: u32, local: Ipv4Address, octets: usize, length: u32): bool {
    if (!this.queue.push(address, port, local, octets, length)) {
      this.dropped++;
      return false;
    }
    this.readers.wakeOne();
    return true;
  }

  hearError(address: Ipv4Address, port: u32, code: u32): bool {
    if (!this.isPeer(address, port)) return false;
    if (code == FRAGMENTATION_NEEDED) {
      if (!this.dontFragment) return false;
      this.error = E_TOO_LONG;
    } else this.error = code == PORT_UNREACHABLE || code == PROTOCOL_UNREACHABLE ? E_REFUSED : E_UNREACHABLE;
    this.readers.wakeAll();
    return true;
  }

  /** An error can be forged about a datagram to nowhere, which is not the peer of who has none. */
  private isPeer(address: Ipv4Address, port: u32): bool {
    return this.peerAddress != 0 && address == this.peerAddress && port == this.peerPort;
  }

  /** Moves the oldest datagram out of the queue. */
  private take(ptr: usize, room: u32): i32 {
    const queue = this.queue;
    const length = min(queue.length, room);
    memory.copy(ptr, queue.octets, length);
    this.remoteAddress = queue.address;
    this.remotePort = queue.port;
    this.localAddress = queue.local;
    queue.shift();
    return length;
  }
}
