/** What both sides agree on in their SYNs (RFC 9293, 3.7.1; RFC 7323; RFC 2018). */
import { now } from "../../sys/clock";
import { DATAGRAM_MAX, HEADER_LENGTH } from "../../wire/ipv4";
import { HEADER_MAX, HEADER_LENGTH as TCP_HEADER_LENGTH } from "../../wire/tcp";
import { Connection } from "./connection";
import { optionsLength, Segment } from "./segment";

/** What a peer takes that does not say (RFC 9293, 3.7.1: MUST-15). */
const MSS_DEFAULT: u32 = 536;
/** No less than this is believed, else headers would outweigh the data. */
const MSS_MIN: u32 = 88;

/** Octets of data in the largest packet. */
const SIZE_MAX: u32 = DATAGRAM_MAX - HEADER_LENGTH - HEADER_MAX;

/** Sets how much data full segments hold. */
function setSegmentSize(c: Connection, mss: u32): void {
  c.mss = mss;
  c.sizeMax = c.tcp.ip.canSegment ? SIZE_MAX - (SIZE_MAX % mss) : mss;
}

/** Makes segments as large as the peer takes and the path, as far as known, lets through (RFC 1191, 6.3). */
export function fitPath(c: Connection): void {
  const path = c.tcp.ip.pathMtu(c.remoteAddress) - HEADER_LENGTH - TCP_HEADER_LENGTH;
  setSegmentSize(c, min(c.mssOffered, path) - optionsLength(c));
}

/** Takes the options of the peer's SYN. */
export function agree(c: Connection, s: Segment): void {
  const options = s.options;
  if (options.timestamps) {
    c.timestamps = true;
    c.tsRecent = options.timestampValue;
    c.tsRecentAt = now();
  }
  c.sack = options.sackPermitted;
  if (options.windowScale >= 0) {
    c.sndShift = options.windowScale as u32;
    c.rcvShift = c.tcp.windowShift;
  }
  c.mssOffered = options.mss ? max(options.mss, MSS_MIN) : MSS_DEFAULT;
  fitPath(c);
  c.rcvMss = min(c.rcvMss, c.mss);
}
