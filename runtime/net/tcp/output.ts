/** What is sent, and when (RFC 9293, 3.8). */
import { now } from "../../sys/clock";
import { ACK, FIN, PSH, SYN } from "../../wire/tcp";
import { Connection } from "./connection";
import { send } from "./segment";
import { isAfter, isBefore } from "./sequence";
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
  if (c.recovering && !resend(c)) return false;
  while (c.state >= State.Established) {
    const size = next(c);
    if (size < 0) break;
    if (!sendNew(c, size)) return false;
  }
  return !c.ackWanted || send(c, ACK, c.sndNxt, 0);
}

/** How much is to be sent next: octets of data, 0 for a FIN alone, -1 for nothing. */
function next(c: Connection): i32 {
  const left = (c.sndEnd - c.sndNxt) as i32;
  if (c.finSent) return -1;
  if (left == 0) return c.finWanted ? 0 : -1;
  const flight = c.sndNxt - c.sndUna;
  const window = min(c.sndWnd, c.cwnd);
  const room = (window - flight) as i32;
  if (room <= 0) {
    if (c.sndWnd == 0 && flight == 0) expectAcknowledgment(c);
    return -1;
  }
  const size = min(left, room);
  const full = min<u32>(size, c.sizeMax);
  if (full >= c.mss) return full == left && mayEnd(c) ? full : full - (full % c.mss);
  if (size < left) {
    // RFC 9293, 3.8.6.2.1: rather wait than send a small piece, unless the peer has never had room for more.
    if (<u32>size >= c.sndWndMax / 2) return size;
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
  if (fin) {
    c.finSent = true;
    c.state = c.state == State.CloseWait ? State.LastAck : State.FinWait1;
  }
  c.rtt.sent(c.sndNxt, time);
  expectAcknowledgment(c);
  return true;
}

/** Sends again what is taken for lost, as far as the congestion window allows. */
function resend(c: Connection): bool {
  while (isBefore(c.resendNext, c.recover)) {
    if (c.resendNext - c.sndUna >= c.cwnd) return true;
    if (!sendAgain(c, c.resendNext, c.recover)) return false;
  }
  return true;
}

/** Sends a segment again. @param limit the number behind the last one */
function sendAgain(c: Connection, seq: u32, limit: u32): bool {
  const fin = c.finSent && limit == c.sndNxt ? 1 : 0;
  const rest = limit - fin - seq;
  const size = min(rest, c.mss);
  let flags = ACK;
  if (fin && size == rest) flags |= FIN;
  if (!send(c, flags, seq, size)) return false;
  c.tcp.tcpRetransSegs++;
  c.rtt.resent();
  c.resendNext = seq + size + (flags & FIN ? 1 : 0);
  return true;
}

/**
 * Asks a peer whose window is zero for it, with an octet that does not fit (3.8.6.1).
 */
export function probe(c: Connection): void {
  if (c.sndNxt != c.sndUna) {
    if (c.sndUna == c.sndEnd) send(c, ACK | FIN, c.sndUna, 0);
    else send(c, ACK, c.sndUna, 1);
  } else if (c.sndEnd != c.sndNxt && send(c, ACK, c.sndNxt, 1)) c.sndNxt++;
}
