/** What the ACK field and the window of a segment change (RFC 9293, 3.10.7.4, "Fifth"). */
import { now } from "../../sys/clock";
import { SCARCE_TO_SEND } from "./chunks";
import { Connection } from "./connection";
import { OPEN } from "./recovery";
import { Segment } from "./segment";
import { isAfter, isBefore } from "./sequence";
import { restartRetransmission, stopRetransmission, timestamp } from "./timers";

const MS: u64 = 1000000;

/** Takes an acceptable ACK field and the window with it. */
export function acknowledged(c: Connection, s: Segment): void {
  const ack = s.ack;
  const una = c.sndUna;
  if (isBefore(ack, una)) return;
  const time = now();
  const flight = c.sndNxt - una;
  if (ack != una) measure(c, s, time, flight);
  if (flight != 0) {
    // RFC 5681, 2: what a duplicate acknowledgment is.
    const duplicate = ack == una && s.length == 0 && s.window << c.sndShift == c.sndWnd && !c.probing;
    const began = c.recovery.acknowledge(ack, c.sndNxt, duplicate, s, time, c.rtt.smoothed);
    if (began) {
      c.tcp.fastRecoveries++;
      restartRetransmission(c);
    }
    if (c.recovery.state != OPEN || c.sndEnd != c.sndNxt) c.push();
  }
  if (ack != una) advance(c, ack, time);
  updateWindow(c, s);
}

function measure(c: Connection, s: Segment, time: u64, flight: u32): void {
  let echoed: u64 = 0;
  if (c.timestamps && s.timestamps && s.timestampEcho != 0)
    echoed = ((timestamp(c.tsOffset) - s.timestampEcho) as u64) * MS;
  // After a timeout: what was sent again had arrived before, and its acknowledgment was lost. The wait for the timer is no
  // round trip.
  if (c.retries != 0 && echoed > time - c.sentAt + MS) echoed = 0;
  c.rtt.acknowledged(s.ack, time, flight, c.mss, echoed);
}

/** Octets were acknowledged. */
function advance(c: Connection, ack: u32, time: u64): void {
  const before = c.sndUna;
  c.sndUna = ack;
  c.probing = false;
  const data = isAfter(ack, c.sndEnd) ? c.sndEnd : ack;
  if (data != before) c.sendBuffer.release(before, data, data == c.sndEnd);
  c.retries = 0;
  c.unacknowledgedSince = time;
  if (ack == c.sndNxt) stopRetransmission(c);
  else restartRetransmission(c);
  const limit = min<u32>(c.recovery.congestion.window * 2, c.tcp.sendMax);
  if (limit > c.sendLimit && !c.tcp.pool.isScarce(SCARCE_TO_SEND)) c.sendLimit = limit;
  if (c.queued <= c.sendLimit / 2) c.writers.wakeAll();
  if (c.sndNxt != c.sndEnd || c.finWanted) c.push();
}

/** "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)": the window is newer than the one known. */
function updateWindow(c: Connection, s: Segment): void {
  if (!isBefore(c.sndWl1, s.seq) && !(c.sndWl1 == s.seq && !isAfter(c.sndWl2, s.ack))) return;
  const window = s.window << c.sndShift;
  const before = c.sndWnd;
  c.sndWnd = window;
  c.sndWndMax = max(c.sndWndMax, window);
  c.sndWl1 = s.seq;
  c.sndWl2 = s.ack;
  if (window > before) c.push();
  if (before != 0) return;
  // 3.8.6.1: as long as a peer without a window answers, it is there. One whose application is gone here has to move, and
  // so have all when there is no memory left: else a thousand that never read would keep it from the others for ever.
  if (!c.readClosed && c.tcp.pool.available) c.unacknowledgedSince = now();
  if (window == 0) return;
  c.retries = 0;
  if (c.probing) {
    // The probe did not fit: it is sent again with what follows it.
    c.probing = false;
    c.sndNxt = c.sndUna;
    c.rtt.resent();
    stopRetransmission(c);
  } else if (c.sndNxt != c.sndUna) {
    // What was on its way when the window closed did not fit.
    c.recovery.resize(c.mss, c.sndNxt);
    restartRetransmission(c);
  }
}
