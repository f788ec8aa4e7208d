/** What a connection does when time has passed. */
import { E_TIMEOUT } from "../../base/result";
import { now } from "../../sys/clock";
import { ACK, SYN } from "../../wire/tcp";
import { fail } from "./close";
import { Connection } from "./connection";
import { probe } from "./output";
import { beginTimeoutRecovery } from "./retransmit";
import { send } from "./segment";
import { State } from "./state";

const MS: u64 = 1000000;
/** How long an acknowledgment may wait for data to go with (RFC 9293, 3.8.6.3: less than 0.5 seconds). As Linux. */
const DELAY: u64 = 40 * MS;
/** SYNs in a row until nobody is thought to be there: 127 s. */
const SYN_RETRIES: u32 = 6;
/** The same in answer to a SYN: 63 s. */
const ANSWER_RETRIES: u32 = 5;
/** How long data may stay unacknowledged (RFC 9293, 3.9.1: "the present global default is five minutes"). */
export const USER_TIMEOUT: u64 = 300000 * MS;

/** The clock of timestamps: 1 ms (RFC 7323, 5.4: between 1 ms and 1 s). */
export function timestamp(c: Connection): u32 {
  return ((now() / MS) as u32) + c.tsOffset;
}

/** Something was sent that has to be acknowledged: starts the timer unless it runs (RFC 6298, 5.1). */
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
  if (c.state == State.Closed) return;
  let next = u64.MAX_VALUE;
  if (c.acknowledgeAt != 0) next = c.acknowledgeAt;
  if (c.retransmitAt != 0) next = min(next, c.retransmitAt);
  c.arm(next);
}

function retransmit(c: Connection, time: u64): void {
  c.retries++;
  c.rtt.backOff();
  if (c.state == State.SynSent || c.state == State.SynReceived) {
    const limit = c.listener ? ANSWER_RETRIES : SYN_RETRIES;
    if (c.retries > limit) return fail(c, E_TIMEOUT);
    c.tcp.tcpRetransSegs++;
    sendSyn(c);
  } else {
    if (time - c.unacknowledgedSince >= USER_TIMEOUT) return fail(c, E_TIMEOUT);
    if (c.sndWnd == 0) probe(c);
    else beginTimeoutRecovery(c);
  }
  restartRetransmission(c);
}

/** Sends our SYN, in SYN-SENT, or our SYN and the acknowledgment of theirs. */
export function sendSyn(c: Connection): void {
  send(c, c.state == State.SynSent ? SYN : SYN | ACK, c.iss, 0);
}
