/**
 * What a connection does with a segment, in the order of RFC 9293, 3.10.7.4. SYN-SENT is active.ts's; CLOSED and LISTEN are
 * tcp.ts's.
 */
import { E_CLOSED, E_REFUSED, E_RESET, OK } from "../../base/result";
import { now } from "../../sys/clock";
import { ACK, FIN, RST, SYN } from "../../wire/tcp";
import { acknowledged } from "./acknowledge";
import { refuse as refuseSegment } from "./answer";
import { SCARCE_TO_OFFER } from "./chunks";
import { abort, end } from "./close";
import { Connection } from "./connection";
import { noteTimestamp } from "./options";
import { Reassembly } from "./reassembly";
import { acknowledgeNow, Segment } from "./segment";
import { isAfter, isBefore, later } from "./sequence";
import { State } from "./state";
import { delayAcknowledgment, requestSyn, stopRetransmission, timestamp, waitForFin } from "./timers";

const SECOND: u64 = 1000000000;
/** Challenge ACKs of a connection in a second, and answers to empty segments from outside of its window. */
const CHALLENGES: u32 = 10;
/** How long a timestamp counts (RFC 7323, 5.5): 24 days. */
const TIMESTAMP_LIFETIME: u64 = 24 * 24 * 3600 * 1000000000;

/** A segment has arrived for a connection. */
export function arrive(c: Connection, s: Segment): void {
  const opener = c.opener;
  if (opener && opener.arrive(c, s)) return;
  // First, check sequence number; and R1 of RFC 7323, 5.3 (PAWS).
  if (!isFresh(c, s) || !isAcceptable(c, s)) {
    if (s.has(RST)) return;
    // What the peer sends to be told that we are here (3.8.4).
    if (s.seq == c.rcvNxt - 1 && s.ack == c.sndNxt) hear(c);
    // Our answer to their SYN was lost.
    if (c.state == State.SynReceived && s.has(SYN) && s.seq == c.irs) requestSyn(c);
    else if (s.length) repeated(c, s);
    else challenge(c);
    return;
  }
  hear(c);
  // Second, the RST bit (RFC 5961, 3.2): exactly what is expected next resets, what else is in the window is challenged.
  if (s.has(RST)) {
    if (s.seq == c.rcvNxt) reset(c);
    else challenge(c);
    return;
  }
  // Fourth, the SYN bit (RFC 5961, 4.2).
  if (s.has(SYN)) {
    if (c.state == State.SynReceived && c.listener) end(c, E_RESET);
    else challenge(c);
    return;
  }
  // Fifth, the ACK field.
  if (!s.has(ACK)) return;
  if (c.state == State.SynReceived) {
    if (!isAfter(s.ack, c.sndUna) || isAfter(s.ack, c.sndNxt)) {
      refuseSegment(c.tcp, s);
      return;
    }
    if (!established(c, s)) return;
  } else if (isAfter(s.ack, c.sndNxt) || isBefore(s.ack, c.sndUna - c.sndWndMax)) {
    // RFC 5961, 5.2.
    challenge(c);
    return;
  }
  // R3 of RFC 7323, 5.3.
  if (s.timestamps && c.timestamps && !isAfter(s.seq, c.rcvAcked)) {
    noteTimestamp(c, s);
    c.rcvTrip = timestamp(c.tsOffset) - s.timestampEcho;
  }
  acknowledged(c, s);
  if (c.finSent && c.sndUna == c.sndNxt && !finAcknowledged(c)) return;
  receive(c, s);
}

/** A sign of life. What anybody could have sent is none: it must not keep a connection to a peer that is gone. */
function hear(c: Connection): void {
  const vigil = c.vigil;
  if (vigil) vigil.hear();
}

/** Our SYN was acknowledged. @returns false when nobody wants the connection any more, and it has ended */
export function established(c: Connection, s: Segment): bool {
  const tcp = c.tcp;
  tcp.tcpCurrEstab++;
  hear(c);
  c.recovery.start(c.iss + 1, c.mss, c.sack, c.retries != 0);
  if (c.retries) c.rtt.restart();
  c.rtt.acknowledged(s.ack, now(), 1, c.mss, 0);
  c.tunedAt = now();
  c.tunedRead = c.rcvRead;
  c.sndUna = c.iss + 1;
  stopRetransmission(c);
  // A SYN's window is not scaled (RFC 7323, 2.2).
  c.sndWnd = s.has(SYN) ? s.window : s.window << c.sndShift;
  c.sndWndMax = c.sndWnd;
  c.sndWl1 = s.seq;
  c.sndWl2 = s.ack;
  const listener = c.listener;
  c.state = State.Established;
  if (listener) return listener.opened(c);
  c.writers.wakeAll();
  return true;
}

/** Whether any of the segment lies in the window (3.4, table of the four cases). */
function isAcceptable(c: Connection, s: Segment): bool {
  const length = s.length;
  const window = c.rcvEdge - c.rcvNxt;
  if (length == 0) return window == 0 ? s.seq == c.rcvNxt : s.seq - c.rcvNxt < window;
  // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs".
  if (window == 0) return s.seq == c.rcvNxt;
  // What was received already is acknowledged again, and the rest taken: the octets are cut off in `receive`.
  const last = s.seq + length - 1;
  return s.seq - c.rcvNxt < window || last - c.rcvNxt < window;
}

/** PAWS: whether the segment's timestamp is not older than one that was seen before. */
function isFresh(c: Connection, s: Segment): bool {
  if (!c.timestamps || !s.timestamps || s.has(RST)) return true;
  if (!isBefore(s.timestampValue, c.tsRecent)) return true;
  return now() - c.tsRecentAt > TIMESTAMP_LIFETIME;
}

function reset(c: Connection): void {
  end(c, c.state == State.SynReceived ? E_REFUSED : E_RESET);
}

/**
 * A challenge ACK (RFC 5961), at a limited rate (7). The limit is the connection's own: one for all would tell strangers
 * whether others are being challenged (CVE-2016-5696).
 */
function challenge(c: Connection): void {
  const time = now();
  if (time - c.challengesSince >= SECOND) {
    c.challengesSince = time;
    c.challenges = 0;
  }
  if (c.challenges++ < CHALLENGES) c.acknowledge();
}

/** Our FIN was acknowledged. @returns whether there is more to the segment */
function finAcknowledged(c: Connection): bool {
  switch (c.state) {
    case State.FinWait1:
      c.state = State.FinWait2;
      if (c.readClosed) waitForFin(c);
      return true;
    case State.Closing:
      c.tcp.timeWait(c);
      return false;
    case State.LastAck:
      end(c, OK);
      return false;
    default:
      return true;
  }
}

/** Seventh, the segment's data, and eighth, the FIN bit. */
export function receive(c: Connection, s: Segment): void {
  let size = s.size;
  let fin = s.has(FIN);
  if (size == 0 && !fin) return;
  if (c.finReceived) return c.acknowledge();
  if (size && c.readClosed) return refuse(c, s);
  let from = s.data;
  let at = s.seq + (s.has(SYN) ? 1 : 0);
  // What lies before the window, and behind it.
  const old = c.rcvNxt - at;
  if ((old as i32) > 0) {
    const cut = min(old, size);
    from += cut;
    size -= cut;
    at += cut;
  }
  const room = c.rcvEdge - at;
  if (size > room) {
    size = room;
    fin = false;
  }
  if (size == 0 && !fin) return c.acknowledge();
  if (at != c.rcvNxt) return receiveBehindGap(c, from, at, size, fin);
  if (size) {
    const count = c.receiveBuffer.write(c.rcvRead, at, from, size);
    c.rcvNxt += count;
    if (count < size) fin = false;
    if (count) c.readers.wakeAll();
    const reassembly = c.reassembly;
    if (reassembly !== null && !reassembly.isEmpty) {
      c.rcvNxt = reassembly.advance(c.rcvNxt);
      // RFC 5681, 4.2: "SHOULD send an immediate ACK when it receives a data segment that fills in all or part of a gap".
      c.acknowledge();
    } else schedule(c, count);
  }
  if (fin || (c.finEarly && c.rcvNxt == c.finNumber)) receiveFin(c);
}

/** Data from outside of the window is acknowledged, and if all of it had arrived before, the peer is told (RFC 2883). */
function repeated(c: Connection, s: Segment): void {
  const right = s.seq + s.size;
  if (c.sack && s.size && !isAfter(right, c.rcvNxt)) reassemblyOf(c).repeated(s.seq, right);
  c.acknowledge();
}

/** Keeps what others are missing before. */
function receiveBehindGap(c: Connection, from: usize, at: u32, size: u32, fin: bool): void {
  if (fin) {
    c.finEarly = true;
    c.finNumber = at + size;
  }
  // The last memory is for what is expected next.
  if (size && !c.tcp.pool.isScarce(SCARCE_TO_OFFER)) {
    const count = c.receiveBuffer.write(c.rcvRead, at, from, size);
    if (count) reassemblyOf(c).keep(at, at + count);
  }
  // RFC 5681, 4.2: "SHOULD send an immediate duplicate ACK when an out-of-order segment arrives": without SACK the peer
  // counts them.
  if (c.sack || !acknowledgeNow(c)) c.acknowledge();
}

function reassemblyOf(c: Connection): Reassembly {
  const known = c.reassembly;
  if (known) return known;
  const made = new Reassembly();
  c.reassembly = made;
  return made;
}

/** Data has arrived in order: when to acknowledge it (RFC 9293, 3.8.6.3; RFC 5681, 4.2). */
function schedule(c: Connection, size: u32): void {
  if (size > c.rcvMss && size <= c.tcp.mss) c.rcvMss = size;
  if (c.quick || c.rcvNxt - c.rcvAcked >= 2 * c.rcvMss) c.acknowledge();
  else delayAcknowledgment(c);
}

/** Data for an application that has closed (3.6.1): the peer shall know that it is lost. */
function refuse(c: Connection, s: Segment): void {
  c.rcvNxt = s.seq + s.length;
  abort(c, E_CLOSED);
}

function receiveFin(c: Connection): void {
  c.finReceived = true;
  c.rcvNxt++;
  // It may be one more than fits into the window.
  c.rcvEdge = later(c.rcvEdge, c.rcvNxt);
  c.acknowledge();
  c.readers.wakeAll();
  if (c.state == State.Established) c.state = State.CloseWait;
  else if (c.state == State.FinWait1) c.state = State.Closing;
  else if (c.state == State.FinWait2) c.tcp.timeWait(c);
}
