/** The window that we offer (RFC 9293, 3.8.6). */
import { CHUNK, SCARCE_TO_OFFER, SHARE } from "./chunks";
import { Connection } from "./connection";
import { isAfter } from "./sequence";

/** Most that the header's field holds. */
const FIELD_MAX: u32 = 0xffff;

/**
 * What to write into the window field, and notes that the peer knows it.
 * @param syn whether the segment is a SYN, whose window is not scaled (RFC 7323, 2.2)
 */
export function windowToOffer(c: Connection, syn: bool): u32 {
  let edge = c.rcvRead + limit(c);
  // RFC 9293, 3.8.6.2.2: "the receiver [should] keep RCV.NXT + RCV.WND fixed until" it grows by a segment or half of all.
  if (!isAfter(edge, c.rcvEdge) || edge - c.rcvEdge < min(c.receiveLimit / 2, c.rcvMss)) edge = c.rcvEdge;
  const shift = syn ? 0 : c.rcvShift;
  // 3.8.6: "shrinking the window is strongly discouraged".
  // So what cannot be told exactly is rounded up.
  const window = min((edge - c.rcvNxt + (1 << shift) - 1) >> shift, FIELD_MAX);
  const told = c.rcvNxt + (window << shift);
  if (isAfter(told, c.rcvEdge)) c.rcvEdge = told;
  return window;
}

/** After the application has read: whether the peer should learn now how much more it may send. */
export function shouldTell(c: Connection): bool {
  const offered = c.rcvEdge - c.rcvNxt;
  const now = c.rcvRead + limit(c) - c.rcvNxt;
  // As Linux: where the window is at least half closed, and would be twice as large.
  return offered * 2 <= c.receiveLimit && now >= offered * 2 && now - offered >= min(c.receiveLimit / 2, c.rcvMss);
}

/** Octets of the receive buffer, as far as there is memory for all connections. */
function limit(c: Connection): u32 {
  return c.tcp.pool.isScarce(SCARCE_TO_OFFER) ? min(c.receiveLimit, SHARE * CHUNK) : c.receiveLimit;
}
