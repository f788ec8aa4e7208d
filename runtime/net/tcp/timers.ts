/** What a connection does when time has passed. */
import { E_TIMEOUT, OK } from "../../base/result";
import { now } from "../../sys/clock";
import { abort, end } from "./close";
import { Connection } from "./connection";
import { doubtPath } from "./options";
import { probe, sendSmall } from "./output";
import { State } from "./state";

const MS: u64 = 1000000;
/** How long an acknowledgment may wait for data to go with (RFC 9293, 3.8.6.3: less than 0.5 seconds). As Linux. */
const DELAY: u64 = 40 * MS;
/** How long a connection is tried to be opened (RFC 9293, 3.8.3: "at least 3 minutes"). */
const OPEN_TIMEOUT: u64 = 180000 * MS;
/** SYNs in answer to one, until nobody is thought to be there any more: 63 s. */
const ANSWER_RETRIES: u32 = 5;
/** How long data may stay unacknowledged, in ms (RFC 9293, 3.9.1: "the present global default is five minutes"). */
export const USER_TIMEOUT: u32 = 300000;
/** How long the peer's FIN is waited for by nobody but us. As Linux. */
const FIN_TIMEOUT: u64 = 60000 * MS;
/** How long what is to be sent may stay when nothing moves and nobody holds the connection. Linux tries for about 100 s. */
const ORPHAN_TIMEOUT: u64 = 120000 * MS;
/** The same when there is no memory left. */
const SHORT_PATIENCE: u64 = 60000 * MS;

/** The clock of timestamps: 1 ms (RFC 7323, 5.4: between 1 ms and 1 s). @param offset the connection's */
export function timestamp(offset: u32): u32 {
  return ((now() / MS) as u32) + offset;
}

/** Something was sent that has to be acknowledged, or waits for a window: starts the timer unless it runs (RFC 6298, 5.1). */
export function expectAcknowledgment(c: Connection): void {
  if (c.retransmitAt == 0) restartRetransmission(c);
}

/** (5.3): the timer starts again. */
export function restartRetransmission(c: Connection): void {
  const at = now() + c.rtt.timeout;
  c.retransmitAt = at;
  c.wakeBy(at);
}

/** (5.2): nothing is outstanding. */
export function stopRetransmission(c: Connection): void {
  c.retransmitAt = 0;
  c.retries = 0;
}

/** Acknowledges what arrived in a while, if nothing does before. */
export function delayAcknowledgment(c: Connection): void {
  if (c.acknowledgeAt != 0) return;
  const at = now() + DELAY;
  c.acknowledgeAt = at;
  c.wakeBy(at);
}

/** The timer has fired: for what is due, or for what has moved since it was armed. */
export function expire(c: Connection): void {
  const time = now();
  if (c.acknowledgeAt != 0 && time >= c.acknowledgeAt) {
    c.acknowledgeAt = 0;
    c.acknowledge();
  }
  if (c.retransmitAt != 0 && time >= c.retransmitAt) retransmit(c, time);
  if (c.finAt != 0 && time >= c.finAt) end(c, OK);
  const vigil = c.vigil;
  const watch = vigil ? vigil.watch(c, time) : u64.MAX_VALUE;
  if (c.state == State.Closed) return;
  let next = earlierOf(c.acknowledgeAt, watch);
  next = earlierOf(c.retransmitAt, next);
  next = earlierOf(c.finAt, next);
  c.arm(next);
}

function earlierOf(at: u64, next: u64): u64 {
  return at != 0 ? min(at, next) : next;
}

/** In FIN-WAIT-2 without anybody to read. */
export function waitForFin(c: Connection): void {
  c.finAt = now() + FIN_TIMEOUT;
  c.wakeBy(c.finAt);
}

function retransmit(c: Connection, time: u64): void {
  c.retries++;
  c.rtt.backOff();
  if (c.state == State.SynSent || c.state == State.SynReceived) {
    if (c.listener ? c.retries > ANSWER_RETRIES : time - c.sentAt >= OPEN_TIMEOUT) return end(c, c.silence);
    c.tcp.tcpRetransSegs++;
    requestSyn(c);
  } else {
    let patience = (c.userTimeout as u64) * MS;
    if (c.readClosed) patience = min(patience, ORPHAN_TIMEOUT);
    if (!c.tcp.pool.available) patience = min(patience, SHORT_PATIENCE);
    if (time - c.unacknowledgedSince >= patience) return abort(c, E_TIMEOUT);
    if (c.sndWnd == 0) probe(c);
    else if (c.sndUna == c.sndNxt) sendSmall(c);
    else {
      c.tcp.timeouts++;
      if (doubtPath(c, c.retries)) c.recovery.resize(c.mss, c.sndNxt);
      c.recovery.timeOut(c.sndNxt, time);
      c.push();
    }
  }
  restartRetransmission(c);
}

/** Has our SYN sent, in SYN-SENT, or our SYN and the acknowledgment of theirs. */
export function requestSyn(c: Connection): void {
  c.synWanted = true;
  c.push();
}
