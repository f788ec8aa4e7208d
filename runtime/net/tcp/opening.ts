/** How connections begin: by a SYN to a listener (RFC 9293, 3.10.7.2), or by a cookie that comes back. From here: active.ts. */

import { now } from "../../sys/clock";
import * as wire from "../../wire/tcp";
import { emitMss, emitSackPermitted, emitTimestamps, emitWindowScale } from "../../wire/tcpoptions";
import { answer } from "./answer";
import { Connection } from "./connection";
import { hashConnection, initialSequence, timestampOffset } from "./isn";
import { TcpListener } from "./listener";
import { agree, agreeByCookie, mssOf } from "./options";
import { Segment } from "./segment";
import { isAfter } from "./sequence";
import { State } from "./state";
import { checkCookie, cookieTimestamp, makeCookie } from "./syncookie";
import { Tcp } from "./tcp";
import { expectAcknowledgment, requestSyn, timestamp } from "./timers";
import { TimeWait } from "./timewait";

/** Ports for connections from here (RFC 6335, 6: Dynamic Ports). */
export const EPHEMERAL_FIRST: u32 = 49152;
export const EPHEMERAL_COUNT: u32 = 16384;
/** A window that is not scaled, at most. */
const WINDOW_MAX: u32 = 0xffff;
/** How long cookies are looked for after one was given: as long as they live, in ns. */
const COOKIES_FOR: u64 = 128000000000;

/** A SYN for a listener. @param before what was in TIME-WAIT between the same ports */
export function openPassively(tcp: Tcp, listener: TcpListener, s: Segment, before: TimeWait | null): void {
  // As Linux: a peer whose SYN is lost tries again, when somebody has accepted.
  if (!listener.hasRoom) return;
  if (listener.halfOpen >= listener.backlog) return giveCookie(tcp, listener, s);
  const c = makePassive(tcp, listener, s, s.seq);
  agree(c, s);
  open(c, State.SynReceived, hashOf(tcp, s.destination, s.destinationPort, s.source, s.sourcePort));
  // RFC 6191, 2: behind all that the connection before has sent.
  if (before && !isAfter(c.iss, before.behind)) setIss(c, before.behind + 0x10000);
  begin(c);
}

/** An ACK for a listener. @returns whether it brought a cookie of ours: then there is a connection, for which it is */
export function openByCookie(tcp: Tcp, listener: TcpListener, s: Segment): Connection | null {
  const time = now();
  if (!listener.awaitsCookies || s.has(wire.SYN) || s.has(wire.RST)) return null;
  const irs = s.seq - 1;
  const iss = s.ack - 1;
  const mss = checkCookie(tcp.secret, s.destination, s.destinationPort, s.source, s.sourcePort, irs, iss, time);
  if (mss == 0 || !listener.hasRoom) return null;
  const c = makePassive(tcp, listener, s, irs);
  agreeByCookie(c, s, mss);
  open(c, State.SynReceived, hashOf(tcp, s.destination, s.destinationPort, s.source, s.sourcePort));
  setIss(c, iss);
  return c;
}

/** Too many connections are half open: this one is kept nowhere but in our SYN (RFC 4987, 3.6). */
function giveCookie(tcp: Tcp, listener: TcpListener, s: Segment): void {
  const ptr = tcp.ip.reserve();
  if (ptr == 0) return;
  const time = now();
  listener.cookiesUntil = time + COOKIES_FOR;
  let end = emitMss(ptr + wire.HEADER_LENGTH, tcp.mss);
  if (s.timestamps) {
    const hash = hashOf(tcp, s.destination, s.destinationPort, s.source, s.sourcePort);
    const stamp = cookieTimestamp(timestamp(timestampOffset(hash)), s.windowScale, s.sackPermitted);
    end = emitTimestamps(end, stamp, s.timestampValue);
    if (s.sackPermitted) end = emitSackPermitted(end);
    if (s.windowScale >= 0) end = emitWindowScale(end, tcp.windowShift);
  }
  const mss = mssOf(s);
  const seq = makeCookie(tcp.secret, s.destination, s.destinationPort, s.source, s.sourcePort, s.seq, mss, time);
  answer(tcp, s, ptr, end, seq, s.seq + 1, wire.SYN | wire.ACK, min(tcp.receiveFirst, WINDOW_MAX));
}

function makePassive(tcp: Tcp, listener: TcpListener, s: Segment, irs: u32): Connection {
  const c = new Connection(tcp);
  tcp.tcpPassiveOpens++;
  c.listener = listener;
  listener.halfOpen++;
  c.localAddress = s.destination;
  c.localPort = s.destinationPort;
  c.remoteAddress = s.source;
  c.remotePort = s.sourcePort;
  startReceiving(c, irs);
  return c;
}

/** Takes the peer's SYN. @param irs its number */
export function startReceiving(c: Connection, irs: u32): void {
  const next = irs + 1;
  c.irs = irs;
  c.rcvNxt = next;
  c.rcvRead = next;
  c.rcvAcked = next;
  c.rcvEdge = next + min(c.receiveLimit, WINDOW_MAX);
}

export function open(c: Connection, state: State, hash: u64): void {
  c.tsOffset = timestampOffset(hash);
  setIss(c, initialSequence(hash, now()));
  c.state = state;
  c.tcp.table.add(c);
}

function setIss(c: Connection, iss: u32): void {
  c.iss = iss;
  c.sndUna = iss;
  c.sndNxt = iss + 1;
  c.sndEnd = c.sndNxt;
  c.sndSmall = iss;
}

/** Sends our SYN. */
export function begin(c: Connection): void {
  c.sentAt = now();
  c.rtt.sent(c.sndNxt, c.sentAt);
  requestSyn(c);
  expectAcknowledgment(c);
}

export function hashOf(tcp: Tcp, localAddress: u32, localPort: u32, remoteAddress: u32, remotePort: u32): u64 {
  return hashConnection(tcp.secret, localAddress, localPort, remoteAddress, remotePort, 0);
}
