/**
 * TCP (RFC 9293) as a protocol over IPv4: finds the connection of a segment, and answers those that have none. What
 * connections have to send leaves at the end of each step, when all that arrived was taken and the fibers have run.
 */
import { E_IN_USE, E_NO_MEMORY, E_UNREACHABLE, OK } from "../../base/result";
import { SIPHASH_KEY } from "../../crypto/siphash";
import { Report } from "../../flow/report";
import { atExitLast } from "../../sched/exit";
import { after } from "../../sched/fiber";
import { addSource } from "../../sched/source";
import { randomBelow, randomFill } from "../../sys/random";
import * as ipv4 from "../../wire/ipv4";
import { IPV4_ANY, Ipv4Address } from "../../wire/ipv4address";
import * as wire from "../../wire/tcp";
import { Ipv4 } from "../ipv4";
import { ProtocolHandler } from "../protocol";
import { TokenBucket } from "../tokenbucket";
import { choosePort, openActively } from "./active";
import { CongestionAlgorithm, CubicAlgorithm } from "./algorithm";
import { refuse } from "./answer";
import { ChunkPool } from "./chunks";
import { end } from "./close";
import { Connection } from "./connection";
import { undelivered } from "./errors";
import { HeldConnections } from "./held";
import { arrive } from "./input";
import { Linger } from "./linger";
import { TcpListener } from "./listener";
import { EPHEMERAL_COUNT, EPHEMERAL_FIRST, openByCookie, openPassively } from "./opening";
import { Outlet } from "./outlet";
import { output } from "./output";
import { Segment } from "./segment";
import { TcpSocket } from "./socket";
import { State } from "./state";
import { ConnectionTable } from "./table";
import { TIME_WAITS_MAX, TimeWait } from "./timewait";

/** Octets of the receive buffer at first. */
const RECEIVE_FIRST: u32 = 64 * 1024;
/** Octets of a connection's buffer in one direction, at most. */
const BUFFER_MAX: u32 = 4 * 1024 * 1024;

export class Tcp extends ProtocolHandler {
  readonly ip: Ipv4;
  readonly pool: ChunkPool;
  readonly table: ConnectionTable;
  private listeners: TcpListener | null = null;
  private segment: Segment = new Segment();
  /** RSTs a second, in answer to segments that have no connection. */
  readonly resets: TokenBucket = new TokenBucket(1000, 1000);
  readonly outlet: Outlet;
  /** The key of initial sequence numbers, cookies and the table of connections. */
  readonly secret: usize;
  /** Octets of data in a segment without options, as the link's MTU has it. */
  readonly mss: u32;
  /** The shift that we offer for our windows, for the largest of them. */
  windowShift: u32 = 7;
  /** Octets of the receive buffer at first. */
  receiveFirst: u32 = RECEIVE_FIRST;
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

  report(to: Report): void {
    to.layer("tcp");
    to.add("tcpActiveOpens", this.tcpActiveOpens);
    to.add("tcpPassiveOpens", this.tcpPassiveOpens);
    to.add("tcpAttemptFails", this.tcpAttemptFails);
    to.add("tcpEstabResets", this.tcpEstabResets);
    to.add("tcpInSegs", this.tcpInSegs);
    to.add("tcpOutSegs", this.tcpOutSegs);
    to.add("tcpRetransSegs", this.tcpRetransSegs);
    to.add("tcpInErrs", this.tcpInErrs);
    to.add("tcpOutRsts", this.tcpOutRsts);
  }

  constructor(ip: Ipv4) {
    super(ipv4.PROTOCOL_TCP);
    this.ip = ip;
    this.mss = ip.payloadMax - wire.HEADER_LENGTH;
    const secret = heap.alloc(SIPHASH_KEY);
    randomFill(secret, SIPHASH_KEY);
    this.secret = secret;
    this.table = new ConnectionTable(secret);
    const pool = new ChunkPool(ip);
    const outlet = new Outlet(ip, pool);
    this.pool = pool;
    this.outlet = outlet;
    ip.serve(this);
    addSource(outlet);
    atExitLast(new Linger(this.table));
  }

  /** As Transport.listen. */
  listen(port: u32, backlog: i32): TcpListener | null {
    assert(port < 65536, "no such port");
    assert(backlog > 0, "a backlog is at least 1");
    if (port == 0) {
      do port = EPHEMERAL_FIRST + randomBelow(EPHEMERAL_COUNT);
      while (this.listenerOf(port));
    }
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
    if (!this.pool.hasRoomToOpen) {
      this.reason = E_NO_MEMORY;
      return null;
    }
    const c = new Connection(this);
    c.localAddress = this.ip.sourceFor(address);
    c.remoteAddress = address;
    c.remotePort = port;
    // RFC 9293, 3.9.2.3 (MUST-46): no broadcast or multicast address is called.
    if (c.localAddress == IPV4_ANY || !this.ip.isOther(address)) {
      this.reason = E_UNREACHABLE;
      return null;
    }
    if (!choosePort(c)) {
      this.reason = E_IN_USE;
      return null;
    }
    openActively(c);
    const deadline = after(ms);
    while (c.state == State.SynSent || c.state == State.SynReceived) {
      const result = c.writers.waitUntil(deadline);
      if (result != OK) {
        this.reason = result;
        if (c.state == State.SynSent || c.state == State.SynReceived) {
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
    if (!sound || !s.readAll(ptr, length)) {
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

  addressRemoved(address: Ipv4Address): void {
    for (let e = this.table.findLocal(address); e; e = this.table.findLocal(address)) {
      if (e.isConnection) end(changetype<Connection>(e), E_UNREACHABLE);
      else this.endTimeWait(changetype<TimeWait>(e));
    }
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
    if (!listener) refuse(this, s);
    else if (s.has(wire.ACK)) {
      const c = openByCookie(this, listener, s);
      if (c) arrive(c, s);
      // While cookies are out, what brings one may be lost, or overtaken by this, which must not end the connection: it is
      // sent again, and what is of no connection is refused later.
      else if (!listener.awaitsCookies) refuse(this, s);
    } else if ((s.flags & (wire.SYN | wire.RST)) == wire.SYN) openPassively(this, listener, s, before);
  }

  // ---- For connections

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

  private listenerOf(port: u32): TcpListener | null {
    let listener = this.listeners;
    while (listener && listener.port != port) listener = listener.nextListener;
    return listener;
  }
}
