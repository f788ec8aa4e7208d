/** What both sides agree on in their SYNs (RFC 9293, 3.7.1; RFC 7323; RFC 2018). */
import { now } from "../../sys/clock";
import { DATAGRAM_MAX, HEADER_LENGTH } from "../../wire/ipv4";
import { HEADER_MAX, HEADER_LENGTH as TCP_HEADER_LENGTH } from "../../wire/tcp";
import { TcpOptions } from "../../wire/tcpoptions";
import { Connection } from "./connection";
import { optionsLength, Segment } from "./segment";
import { cookieSack, cookieWindowScale } from "./syncookie";

/** What a peer takes that does not say (RFC 9293, 3.7.1: MUST-15). */
const MSS_DEFAULT: u32 = 536;
/** In packets of 1200 octets, which nearly all paths take: BASE_PLPMTU of RFC 8899, 5.1.2. */
const MSS_BASE: u32 = 1160;
/** Timeouts in a row until the MTU of the path is doubted, as two may be congestion; after two more it is, again. */
const DOUBT_AFTER: u32 = 3;
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

/**
 * Several timeouts in a row may be those of a path that takes no such large packets, and whose routers do not say so: a black
 * hole (RFC 4821, 7.7). Then segments become smaller, for the rest of the connection.
 * @param retries timeouts in a row
 * @returns whether they did
 */
export function doubtPath(c: Connection, retries: u32): bool {
  const before = c.mss;
  if (retries == DOUBT_AFTER) c.mssOffered = min(c.mssOffered, MSS_BASE);
  else if (retries == DOUBT_AFTER + 2) c.mssOffered = min(c.mssOffered, MSS_DEFAULT);
  else return false;
  fitPath(c);
  return c.mss != before;
}

/** The MSS that a SYN offers. */
export function mssOf(options: TcpOptions): u32 {
  return options.mss ? max(options.mss, MSS_MIN) : MSS_DEFAULT;
}

/** Takes what a cookie has kept of them, as they come back with the ACK. @param mss what the cookie holds */
export function agreeByCookie(c: Connection, s: Segment, mss: u32): void {
  c.mssOffered = mss;
  if (s.timestamps) {
    const echo = s.timestampEcho;
    c.timestamps = true;
    noteTimestamp(c, s);
    c.sack = cookieSack(echo);
    scale(c, cookieWindowScale(echo));
  }
  applySizes(c);
}

/** Takes the options of the peer's SYN. */
export function agree(c: Connection, s: Segment): void {
  c.timestamps = s.timestamps;
  if (c.timestamps) noteTimestamp(c, s);
  c.sack = s.sackPermitted;
  scale(c, s.windowScale);
  c.mssOffered = mssOf(s);
  applySizes(c);
}

/** Notes a segment's timestamp. */
export function noteTimestamp(c: Connection, s: Segment): void {
  c.tsRecent = s.timestampValue;
  c.tsRecentAt = now();
}

/** @param shift of the peer's windows, or -1 */
function scale(c: Connection, shift: i32): void {
  c.rcvShift = 0;
  if (shift < 0) return;
  c.sndShift = shift as u32;
  c.rcvShift = c.tcp.windowShift;
}

function applySizes(c: Connection): void {
  fitPath(c);
  c.rcvMss = min(c.rcvMss, c.mss);
}
