/** What the ACK field and the window of a segment change (RFC 9293, 3.10.7.4, "Fifth"). */
import { now } from "../../sys/clock";
import { Connection } from "./connection";
import { Segment } from "./segment";
import { isAfter, isBefore } from "./sequence";
import { restartRetransmission, stopRetransmission, timestamp } from "./timers";

const MS: u64 = 1000000;

/** Takes an acceptable ACK field and the window with it. */
export function acknowledged(c: Connection, s: Segment): void {
  if (isAfter(s.ack, c.sndUna)) advance(c, s);
  updateWindow(c, s);
}

function advance(c: Connection, s: Segment): void {
  const ack = s.ack;
  const count = ack - c.sndUna;
  const time = now();
  let echoed: u64 = 0;
  if (c.timestamps && s.options.timestamps && s.options.timestampEcho != 0)
    echoed = ((timestamp(c.tsOffset) - s.options.timestampEcho) as u64) * MS;
  c.rtt.acknowledged(ack, time, c.sndNxt - c.sndUna, c.mss, echoed);
  const before = c.sndUna;
  c.sndUna = ack;
  const data = isAfter(ack, c.sndEnd) ? c.sndEnd : ack;
  if (data != before) c.sendBuffer.release(before, data, data == c.sndEnd);
  grow(c, count);
  c.retries = 0;
  c.unacknowledgedSince = time;
  if (ack == c.sndNxt) stopRetransmission(c);
  else restartRetransmission(c);
  if (c.recovering) {
    if (isBefore(c.resendNext, ack)) c.resendNext = ack;
    if (!isBefore(ack, c.recover)) c.recovering = false;
  }
  if (c.queued <= c.sendLimit / 2) c.writers.wakeOne();
  c.push();
}

/** Slow start and congestion avoidance (RFC 5681, 3.1). */
function grow(c: Connection, count: u32): void {
  if (c.cwnd < c.ssthresh) c.cwnd += count;
  else c.cwnd += max((c.mss * c.mss) / c.cwnd, 1);
  const wanted = min<u32>(c.cwnd * 2, c.tcp.sendMax);
  if (wanted > c.sendLimit && !c.tcp.pool.scarce) c.sendLimit = wanted;
}

/** "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)": the window is newer than the one known. */
function updateWindow(c: Connection, s: Segment): void {
  if (isBefore(s.ack, c.sndUna)) return;
  if (!isBefore(c.sndWl1, s.seq) && !(c.sndWl1 == s.seq && !isAfter(c.sndWl2, s.ack))) return;
  const window = s.window << c.sndShift;
  // 3.8.6.1: as long as a peer without a window answers, it is there. One whose application is gone here has to move.
  if (c.sndWnd == 0 && !c.readClosed) c.unacknowledgedSince = now();
  if (window > c.sndWnd) c.push();
  c.sndWnd = window;
  c.sndWndMax = max(c.sndWndMax, window);
  c.sndWl1 = s.seq;
  c.sndWl2 = s.ack;
}
