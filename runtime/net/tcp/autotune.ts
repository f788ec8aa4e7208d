/**
 * The size of the receive buffer: so that a sender is not held back by our window, and no larger, as what it lets the sender
 * have on its way fills queues and caches. Dynamic right-sizing (Fisk and Feng, 2001): twice what the application reads in a
 * round trip. Linux does the same.
 *
 * The round trip is the shortest one that is known. While queues on the way make it twice as long, the buffer stays.
 */
import { now } from "../../sys/clock";
import { SCARCE_TO_OFFER } from "./chunks";
import { Connection } from "./connection";

/** As long as no round trip is known, as after a handshake that was sent again: ns. */
const UNKNOWN: u64 = 100000000;
/** Shorter round trips count as this: below, it is up to the scheduler when somebody reads. */
const SHORTEST: u64 = 200000;

/** The application has read: makes the buffer larger where it read more than half of it in a round trip. */
export function tune(c: Connection): void {
  const time = now();
  const least = c.rtt.least;
  const trip = max(least == u64.MAX_VALUE ? UNKNOWN : least, SHORTEST);
  const elapsed = time - c.tunedAt;
  if (elapsed < trip) return;
  const count = <u64>(c.rcvRead - c.tunedRead);
  c.tunedAt = time;
  c.tunedRead = c.rcvRead;
  const wanted = <u32>min<u64>((2 * count * trip) / elapsed, c.rcvShift ? c.tcp.receiveMax : 0xffff);
  if (wanted > c.receiveLimit && !c.tcp.pool.isScarce(SCARCE_TO_OFFER)) c.receiveLimit = wanted;
}
