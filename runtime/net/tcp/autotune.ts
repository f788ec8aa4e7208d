/**
 * The size of the receive buffer: so that a sender is not held back by our window, and no larger, as what it lets the sender
 * have on its way fills queues and caches. Dynamic right-sizing (Fisk and Feng, 2001): twice what the application reads in a
 * round trip. Linux does the same.
 *
 * The round trip is the present one, with the queues on the way. By the shortest one a sender could never fill a queue that makes it
 * twice as long, and would have less of a bottleneck than those beside it.
 */
import { now } from "../../sys/clock";
import { SCARCE_TO_OFFER } from "./chunks";
import { Connection } from "./connection";

const MS: u64 = 1000000;
/** As long as no round trip is known, as after a handshake that was sent again: ns. */
const UNKNOWN: u64 = 100000000;
/** Shorter round trips count as this: below, it is up to the scheduler when somebody reads. */
const SHORTEST: u64 = 200000;
/** Longer ones too: what a peer says of time may be anything. In ms. */
const LONGEST: u32 = 1000;

/** The application has read: makes the buffer larger where it read more than half of it in a round trip. */
export function tune(c: Connection): void {
  const time = now();
  const least = c.rtt.least;
  // Between two ticks of the timestamps' clock lies a part of one, too.
  const seen = <u64>(min(max(c.rcvTrip, 1), LONGEST) - 1) * MS;
  const trip = max(max(least == u64.MAX_VALUE ? UNKNOWN : least, SHORTEST), seen);
  const elapsed = time - c.tunedAt;
  if (elapsed < trip) return;
  const count = <u64>(c.rcvRead - c.tunedRead);
  c.tunedAt = time;
  c.tunedRead = c.rcvRead;
  const wanted = <u32>min<u64>((2 * count * trip) / elapsed, c.rcvShift ? c.tcp.receiveMax : 0xffff);
  if (wanted > c.receiveLimit && !c.tcp.pool.isScarce(SCARCE_TO_OFFER)) c.receiveLimit = wanted;
}
