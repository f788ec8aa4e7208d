/** What is sent, and when (RFC 9293, 3.8). How much may be on its way, and what is sent again, is recovery.ts's to say. */
import { now } from "../../sys/clock";
import { ACK, FIN, PSH, SYN } from "../../wire/tcp";
import { Connection } from "./connection";
import { OPEN } from "./recovery";
import { acknowledgeNow, send } from "./segment";
import { isAfter } from "./sequence";
import { State } from "./state";
import { expectAcknowledgment } from "./timers";

/**
 * Sends what there is to send and may be sent now.
 * @returns false when the device has no room for more of it
 */
export function output(c: Connection): bool {
  if (c.synWanted) {
    if (c.state <= State.SynReceived && !send(c, c.state == State.SynSent ? SYN : SYN | ACK, c.iss, 0)) return false;
    c.synWanted = false;
  }
  if (c.state < State.SynReceived) return true;
  if (c.state >= State.Established) {
    if (c.recovery.state != OPEN && !resend(c)) return false;
    for (let size = next(c); size >= 0; size = next(c)) {
      if (!sendNew(c, size)) return false;
    }
  }
  return !c.ackWanted || acknowledgeNow(c);
}

/** How much new is to be sent next: octets of data, 0 for a FIN alone, -1 for nothing. */
function next(c: Connection): i32 {
  const left = (c.sndEnd - c.sndNxt) as i32;
  if (c.finSent) return -1;
  if (left == 0) return c.finWanted ? 0 : -1;
  const flight = c.sndNxt - c.sndUna;
  const window = (c.sndWnd - flight) as i32;
  if (window <= 0) {
    if (flight == 0) expectAcknowledgment(c);
    return -1;
  }
  if (flight == 0) restartAfterIdle(c);
  const size = min<u32>(min(left, window), c.recovery.room(c.sndNxt));
  if (size == 0) return -1;
  const full = min<u32>(size, c.sizeMax);
  if (full >= c.mss) return full == left && mayEnd(c) ? full : full - (full % c.mss);
  if (size < <u32>left) {
    // RFC 9293, 3.8.6.2.1: rather wait than send a small piece, unless the peer has never had room for more.
    if (size >= c.sndWndMax / 2) return size;
    if (flight == 0) expectAcknowledgment(c);
    return -1;
  }
  return mayEnd(c) ? size : -1;
}

/** Whether the last octets that were written may go out, though they do not fill a segment. */
function mayEnd(c: Connection): bool {
  if (c.finWanted) return true;
  if (c.corked) return false;
  // 3.7.4: Nagle's algorithm, as Minshall has it: no second segment that is not full.
  return c.noDelay || !isAfter(c.sndSmall, c.sndUna);
}

/** RFC 5681, 4.1: what the network had room for once, it may not have after a while. */
function restartAfterIdle(c: Connection): void {
  if (c.sentAt != 0 && now() - c.sentAt > c.rtt.timeout) c.recovery.congestion.restart();
}

function sendNew(c: Connection, size: u32): bool {
  const seq = c.sndNxt;
  const end = seq + size;
  const last = end == c.sndEnd;
  const fin = last && c.finWanted;
  let flags = ACK;
  if (last && size) flags |= PSH;
  if (fin) flags |= FIN;
  if (!send(c, flags, seq, size)) return false;
  const time = now();
  if (c.sndUna == seq) c.unacknowledgedSince = time;
  if (size % c.mss != 0) c.sndSmall = end;
  c.sndNxt = fin ? end + 1 : end;
  c.sentAt = time;
  c.recovery.sent(c.sndNxt - seq, c.sndNxt);
  if (fin) {
    c.finSent = true;
    c.state = c.state == State.CloseWait ? State.LastAck : State.FinWait1;
  }
  c.rtt.sent(c.sndNxt, time);
  expectAcknowledgment(c);
  return true;
}

/** Sends again what is taken for lost, as far as the congestion window allows (RFC 6675, 5, (C)). */
function resend(c: Connection): bool {
  const recovery = c.recovery;
  const fresh = !c.finSent && c.sndNxt != c.sndEnd && c.sndWnd > c.sndNxt - c.sndUna;
  while (recovery.next(c.sndNxt, c.mss, fresh)) {
    if (recovery.room(c.sndNxt) < recovery.nextLength) return true;
    if (!sendAgain(c, recovery.nextLeft, recovery.nextLength)) return false;
    recovery.resent(recovery.nextLength, c.sndNxt);
  }
  return true;
}

/** Sends a segment again. @param length its octets, with the FIN where it is the last */
function sendAgain(c: Connection, seq: u32, length: u32): bool {
  const fin = c.finSent && seq + length == c.sndNxt;
  if (!send(c, fin ? ACK | FIN : ACK, seq, fin ? length - 1 : length)) return false;
  c.tcp.tcpRetransSegs++;
  c.rtt.resent();
  c.sentAt = now();
  return true;
}

/** Asks a peer whose window is zero for it, with an octet that does not fit (3.8.6.1). */
export function probe(c: Connection): void {
  if (c.sndNxt != c.sndUna) {
    sendAgain(c, c.sndUna, 1);
  } else if (c.sndEnd != c.sndNxt && send(c, ACK, c.sndNxt, 1)) {
    c.sndNxt++;
    c.probing = true;
  }
}

/** The override timeout of 3.8.6.2.1 has passed: what fits into a small window is sent. */
export function sendSmall(c: Connection): void {
  const size = min<u32>(min(c.sndEnd - c.sndNxt, c.sndWnd), c.mss);
  if (size) sendNew(c, size);
}
