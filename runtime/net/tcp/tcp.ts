/**
 * TCP (RFC 9293) as a protocol over IPv4: finds the connection of a segment, and answers those that have none. What
 * connections have to send leaves at the end of each step, when all that arrived was taken and the fibers have run.
 */
import { E_IN_USE, E_UNREACHABLE, OK } from "../../base/result";
import { after } from "../../sched/fiber";
import { addSource, Source } from "../../sched/source";
import { now } from "../../sys/clock";
import { randomBelow, randomU32 } from "../../sys/random";
import * as ipv4 from "../../wire/ipv4";
import { IPV4_ANY, Ipv4Address } from "../../wire/ipv4address";
import * as wire from "../../wire/tcp";
import { emitTimestamps } from "../../wire/tcpoptions";
import { Ipv4 } from "../ipv4";
import { ProtocolHandler } from "../protocol";
import { TokenBucket } from "../tokenbucket";
import { CongestionAlgorithm, CubicAlgorithm } from "./algorithm";
import { ChunkPool } from "./chunks";
import { close, end } from "./close";
import { Connection } from "./connection";
import { undelivered } from "./errors";
import { HeldConnections } from "./held";
import { arrive } from "./input";
import { TcpListener } from "./listener";
import { agree } from "./options";
import { output } from "./output";
import { Segment } from "./segment";
import { isAfter } from "./sequence";
import { TcpSocket } from "./socket";
import { State } from "./state";
import { ConnectionTable } from "./table";
import { expectAcknowledgment, requestSyn, timestamp } from "./timers";
import { TIME_WAITS_MAX, TimeWait } from "./timewait";

/** Ports for connections from here (RFC 6335, 6: Dynamic Ports). */
const EPHEMERAL_FIRST: u32 = 49152;
const EPHEMERAL_COUNT: u32 = 16384;
/** Octets of the receive buffer at first. */
const RECEIVE_FIRST: u32 = 64 * 1024;
/** Octets of a connection's buffer in one direction, at most. */
const BUFFER_MAX: u32 = 4 * 1024 * 1024;

/** Sends what is to be sent, at the end of each step. */
class Outlet extends Source {
  constructor(private tcp: Tcp) {
    super();
  }

  poll(): bool {
    return false;
  }

  flush(): bool {
    return this.tcp.flush();
  }
}

export class Tcp extends ProtocolHandler {
  readonly pool: ChunkPool = new ChunkPool();
  private table: ConnectionTable = new ConnectionTable();
  private listeners: TcpListener | null = null;
  private segment: Segment = new Segment();
  private firstPending: Connection | null = null;
  private lastPending: Connection | null = null;
  private firstStarving: Connection | null = null;
  /** Challenge ACKs a second (RFC 5961, 7). */
  readonly challenges: TokenBucket = new TokenBucket(1000, 100);
  /** RSTs a second, in answer to segments that have no connection. */
  private resets: TokenBucket = new TokenBucket(1000, 1000);
  /** Octets of data in a segment without options, as the link's MTU has it. */
  readonly mss: u32;
  /** The shift that we offer for our windows, for the largest of them. */
  windowShift: u32 = 7;
  /** Most octets of a connection's buffers. */
  sendMax: u32 = BUFFER_MAX;
  receiveMax: u32 = BUFFER_MAX;
  /** What the application holds. */
  readonly held: HeldConnections = new HeldConnections();
  /** The congestion control of connections to come. */
  algorithm: CongestionAlgorithm = new CubicAlgorithm();
  /** Connections in TIME-WAIT. */
  timeWaits: u32 = 0;
  /** Why connect or listen gave null last. */
  reason: i32 = OK;

  // Counters, named after RFC 4022's.
  tcpActiveOpens: u64 = 0;
  tcpPassiveOpens: u64 = 0;
  tcpAttemptFails: u64 = 0;
  tcpEstabResets: u64 = 0;
  tcpCurrEstab: u32 = 0;
  tcpInSegs: u64 = 0;
  tcpOutSegs: u64 = 0;
  tcpRetransSegs: u64 = 0;
  tcpInErrs: u64 = 0;
  tcpOutRsts: u64 = 0;
  // No MIB's: how often loss was found by duplicate acknowledgments or SACK, and how often only by the timeout.
  fastRecoveries: u64 = 0;
  timeouts: u64 = 0;

  constructor(readonly ip: Ipv4) {
    super(ipv4.PROTOCOL_TCP);
    this.mss = ip.payloadMax - wire.HEADER_LENGTH;
    ip.serve(this);
    addSource(new Outlet(this));
  }

  /** As Transport.listen. */
  listen(port: u32, backlog: i32): TcpListener | null {
    assert(port < 65536, "no such port");
    assert(backlog > 0, "a backlog is at least 1");
    if (port == 0) port = EPHEMERAL_FIRST + randomBelow(EPHEMERAL_COUNT);
    if (this.listenerOf(port)) {
      this.reason = E_IN_USE;
      return null;
    }
    const listener = new TcpListener(this, port, backlog);
    listener.nextListener = this.listeners;
    this.listeners = listener;
    return listener;
  }

  /** As Transport.connect. */
  connect(address: Ipv4Address, port: u32, ms: u64): TcpSocket | null {
    assert(port > 0 && port < 65536, "no such port");
    const c = this.make();
    c.localAddress = this.ip.sourceFor(address);
    c.remoteAddress = address;
    c.remotePort = port;
    if (c.localAddress == IPV4_ANY) {
      this.reason = E_UNREACHABLE;
      return null;
    }
    if (!this.choosePort(c)) {
      this.reason = E_IN_USE;
      return null;
    }
    this.open(c, State.SynSent, null);
    this.tcpActiveOpens++;
    const deadline = after(ms);
    while (c.state == State.SynSent || c.state == State.SynReceived) {
      const result = c.writers.waitUntil(deadline);
      if (result != OK) {
        this.reason = result;
        if (c.state == State.SynSent || c.state == State.SynReceived) {
          this.tcpAttemptFails++;
          end(c, result);
          return null;
        }
      }
    }
    if (c.error != OK) {
      this.reason = c.error;
      return null;
    }
    return new TcpSocket(c);
  }

  /** For listeners: takes no more connections. */
  unlisten(listener: TcpListener): void {
    let before = this.listeners;
    if (before === listener) {
      this.listeners = listener.nextListener;
      return;
    }
    while (before && before.nextListener !== listener) before = before.nextListener;
    if (before) before.nextListener = listener.nextListener;
  }

  datagram(ip: usize, broadcast: bool): void {
    this.tcpInSegs++;
    const header = ipv4.headerLength(ip);
    const ptr = ip + header;
    const length = ipv4.totalLength(ip) - header;
    const s = this.segment;
    s.source = ipv4.sourceAddress(ip);
    s.destination = ipv4.destinationAddress(ip);
    const sound = wire.check(ptr, length) && (this.ip.verified || wire.verify(ptr, length, s.source, s.destination));
    if (!sound || !s.read(ptr, length)) {
      this.tcpInErrs++;
      return;
    }
    // RFC 9293, 3.9.2.3: "A TCP implementation MUST silently discard an incoming SYN segment that is addressed to a
    // broadcast or multicast address" (MUST-57), and nothing else makes sense there either.
    if (broadcast) return;
    const found = this.table.find(s.destination, s.destinationPort, s.source, s.sourcePort);
    if (!found) this.arriveAlone(s, null);
    else if (found.isConnection) arrive(changetype<Connection>(found), s);
    else this.arriveLate(changetype<TimeWait>(found), s);
  }

  error(quoted: usize, type: u32, code: u32, mtu: u32): void {
    const ptr = quoted + ipv4.headerLength(quoted);
    const local = ipv4.sourceAddress(quoted);
    const remote = ipv4.destinationAddress(quoted);
    const found = this.table.find(local, wire.sourcePort(ptr), remote, wire.destinationPort(ptr));
    if (found && found.isConnection) undelivered(changetype<Connection>(found), wire.sequence(ptr), type, code, mtu);
  }

  /** A segment for what is in TIME-WAIT. */
  private arriveLate(before: TimeWait, s: Segment): void {
    if (before.allows(s) && this.listenerOf(s.destinationPort)) {
      this.endTimeWait(before);
      this.arriveAlone(s, before);
    } else before.arrive(s);
  }

  /** A segment for no connection: LISTEN (RFC 9293, 3.10.7.2) or CLOSED (3.10.7.1). @param before what was in TIME-WAIT */
  private arriveAlone(s: Segment, before: TimeWait | null): void {
    const listener = this.listenerOf(s.destinationPort);
    if (!listener || s.has(wire.ACK)) this.reset(s);
    else if ((s.flags & (wire.SYN | wire.RST)) == wire.SYN) this.openPassively(listener, s, before);
  }

  /** A SYN for a listener. */
  private openPassively(listener: TcpListener, s: Segment, before: TimeWait | null): void {
    if (listener.halfOpen >= listener.backlog || !listener.hasRoom) return;
    const c = this.make();
    c.listener = listener;
    listener.halfOpen++;
    c.localAddress = s.destination;
    c.localPort = s.destinationPort;
    c.remoteAddress = s.source;
    c.remotePort = s.sourcePort;
    c.irs = s.seq;
    c.rcvNxt = s.seq + 1;
    c.rcvRead = c.rcvNxt;
    c.rcvEdge = c.rcvNxt + min(c.receiveLimit, 0xffff);
    agree(c, s);
    this.tcpPassiveOpens++;
    this.open(c, State.SynReceived, before);
  }

  /** Answers a segment that belongs to no connection (3.5.2, group 1), unless it is a reset itself. */
  reset(s: Segment): void {
    if (s.has(wire.RST) || !this.resets.take(now())) return;
    if (s.has(wire.ACK)) this.answer(s, s.ack, 0, wire.RST, null);
    else this.answer(s, 0, s.seq + s.length, wire.RST | wire.ACK, null);
    this.tcpOutRsts++;
  }

  /** Answers a segment without data. @param stamps whose timestamps it has, or null for none */
  answer(s: Segment, seq: u32, ack: u32, flags: u32, stamps: TimeWait | null): void {
    const ptr = this.ip.reserve();
    if (ptr == 0) return;
    let end = ptr + wire.HEADER_LENGTH;
    if (stamps) end = emitTimestamps(end, timestamp(stamps.tsOffset), stamps.recent);
    const length = <u32>(end - ptr);
    wire.emit(ptr, s.destinationPort, s.sourcePort, seq, ack, length, flags, 0);
    wire.emitChecksum(ptr, length, s.destination, s.source);
    this.ip.send(ptr, length, ipv4.PROTOCOL_TCP, s.destination, s.source, ipv4.FLAG_DF);
    this.tcpOutSegs++;
  }

  // ---- For connections

  /** Has a connection's output called at the end of the step. */
  enqueue(c: Connection): void {
    c.pending = true;
    const last = this.lastPending;
    if (last) last.nextPending = c;
    else this.firstPending = c;
    this.lastPending = c;
  }

  /** Sends what connections have to send, as far as the device has room. @returns whether it had too little */
  flush(): bool {
    this.feed();
    let c = this.firstPending;
    while (c) {
      if (c.lost) {
        c.lost = false;
        close(c);
      }
      if (c.state != State.Closed && !output(c)) break;
      const next = c.nextPending;
      c.nextPending = null;
      c.pending = false;
      c = next;
    }
    this.firstPending = c;
    if (c) return this.ip.link;
    this.lastPending = null;
    return false;
  }

  /** Has a connection's writers woken when there is memory again. */
  starve(c: Connection): void {
    if (c.starving) return;
    c.starving = true;
    c.nextStarving = this.firstStarving;
    this.firstStarving = c;
  }

  /** Wakes those that wait for memory, as long as there is some. */
  private feed(): void {
    let c = this.firstStarving;
    if (!c || !this.pool.available) return;
    while (c) {
      const next: Connection | null = c.nextStarving;
      c.nextStarving = null;
      c.starving = false;
      c.writers.wakeAll();
      c = next;
    }
    this.firstStarving = null;
  }

  /** A connection has ended. */
  forget(c: Connection): void {
    if (c.state == State.Closed) return;
    if (c.state >= State.Established) this.tcpCurrEstab--;
    this.table.remove(c);
  }

  /** Both directions have ended: TIME-WAIT. */
  timeWait(c: Connection): void {
    // The acknowledgment of the FIN: nothing comes back to it later.
    output(c);
    end(c, OK);
    if (this.timeWaits == TIME_WAITS_MAX) return;
    this.timeWaits++;
    this.table.add(new TimeWait(this, c));
  }

  /** For TimeWait: it is over. */
  endTimeWait(t: TimeWait): void {
    t.disarm();
    this.timeWaits--;
    this.table.remove(t);
  }

  private make(): Connection {
    const c = new Connection(this);
    c.receiveLimit = RECEIVE_FIRST;
    c.tsOffset = randomU32();
    return c;
  }

  private open(c: Connection, state: State, before: TimeWait | null): void {
    c.iss = randomU32();
    // RFC 6191, 2: behind all that the connection before has sent.
    if (before && !isAfter(c.iss, before.behind)) c.iss += 0x80000000;
    c.sndUna = c.iss;
    c.sndNxt = c.iss + 1;
    c.sndEnd = c.sndNxt;
    c.sndSmall = c.iss;
    c.rcvAcked = c.rcvNxt;
    c.state = state;
    this.table.add(c);
    c.sentAt = now();
    c.rtt.sent(c.sndNxt, c.sentAt);
    requestSyn(c);
    expectAcknowledgment(c);
  }

  private choosePort(c: Connection): bool {
    const start = randomBelow(EPHEMERAL_COUNT);
    for (let i: u32 = 0; i < EPHEMERAL_COUNT; i++) {
      const port = EPHEMERAL_FIRST + ((start + i) % EPHEMERAL_COUNT);
      if (this.table.find(c.localAddress, port, c.remoteAddress, c.remotePort)) continue;
      c.localPort = port;
      return true;
    }
    return false;
  }

  private listenerOf(port: u32): TcpListener | null {
    let listener = this.listeners;
    while (listener && listener.port != port) listener = listener.nextListener;
    return listener;
  }
}
