/**
 * SYN cookies (RFC 4987, 3.6 and appendix A): when too many connections are half open, our SYN's sequence number holds what
 * is to be known about the peer's SYN, and nothing is kept until it comes back.
 *
 *      31      27 26    24 23                              0
 *     |   time   |  MSS   |   hash of all and of the SYN    |
 *
 * time: counts each 64 seconds. MSS: index of the largest size in a table that is not above the peer's. The options for which
 * there is no room come back in the timestamps, if the peer sends them (as Linux does); else they are done without.
 *
 *      TSval |  time, rounded down  | SACK (1) | window scale (4) |      15 stands for no window scaling
 */
import { hashConnection } from "./isn";

const PERIOD: u64 = 64000000000;
const TIME_BITS: u32 = 31;
/** How many periods a cookie lives: between one and two minutes, longer than answers are on their way. */
const AGE_MAX: u32 = 1;
const HASH_BITS: u32 = 0xffffff;

const NO_SCALE: u32 = 15;
const SCALE_BITS: u32 = 15;
const SACK_BIT: u32 = 16;
const OPTION_BITS: u32 = 31;

/** Segment sizes, the usual ones among them: over PPPoE, over tunnels, without and with timestamps counted. */
function sizeOf(index: u32): u32 {
  // Inside of a function, or they would be in each image.
  return load<u16>(memory.data<u16>([88, 536, 1220, 1360, 1400, 1440, 1460, 8960]) + (index << 1));
}

/**
 * Our SYN's number for a peer's SYN.
 * @param key SIPHASH_KEY octets; @param sequence SEG.SEQ of its SYN; @param mss its MSS, at least 88
 * @param now ns on `now`'s clock
 */
export function makeCookie(
  key: usize,
  localAddress: u32,
  localPort: u32,
  remoteAddress: u32,
  remotePort: u32,
  sequence: u32,
  mss: u32,
  now: u64,
): u32 {
  let index: u32 = 7;
  while (index > 0 && sizeOf(index) > mss) index--;
  const data = ((((now / PERIOD) as u32) & TIME_BITS) << 3) | index;
  return (data << 24) | hashOf(key, localAddress, localPort, remoteAddress, remotePort, sequence, data);
}

/** The part of a cookie that nobody else can make. @param data the other part */
function hashOf(
  key: usize,
  localAddress: u32,
  localPort: u32,
  remoteAddress: u32,
  remotePort: u32,
  sequence: u32,
  data: u32,
): u32 {
  const more = ((data as u64) << 32) | sequence;
  return (hashConnection(key, localAddress, localPort, remoteAddress, remotePort, more) as u32) & HASH_BITS;
}

/**
 * Whether a number is a cookie of ours, and fresh.
 * @param sequence SEG.SEQ - 1 of the ACK: that of the peer's SYN; @param cookie SEG.ACK - 1
 * @returns the MSS of the peer's SYN, or the next smaller one that a cookie can hold; 0: it is none
 */
export function checkCookie(
  key: usize,
  localAddress: u32,
  localPort: u32,
  remoteAddress: u32,
  remotePort: u32,
  sequence: u32,
  cookie: u32,
  now: u64,
): u32 {
  const data = cookie >> 24;
  const age = ((now / PERIOD) as u32) - (data >> 3);
  if ((age & TIME_BITS) > AGE_MAX) return 0;
  const hash = hashOf(key, localAddress, localPort, remoteAddress, remotePort, sequence, data);
  return hash == (cookie & HASH_BITS) ? sizeOf(data & 7) : 0;
}

/**
 * The TSval to answer a SYN with, that keeps its options.
 * @param timestamp what TSval would be; @param windowScale the peer's shift, -1 without
 */
export function cookieTimestamp(timestamp: u32, windowScale: i32, sack: bool): u32 {
  const options = (sack ? SACK_BIT : 0) | (windowScale < 0 ? NO_SCALE : (windowScale as u32));
  const value = (timestamp & ~OPTION_BITS) | options;
  // Never ahead of the clock, which goes on from there.
  return value > timestamp ? value - (OPTION_BITS + 1) : value;
}

/** The peer's shift, -1 without. @param echo TSecr of the ACK */
export function cookieWindowScale(echo: u32): i32 {
  const scale = echo & SCALE_BITS;
  return scale == NO_SCALE ? -1 : scale;
}

/** Whether the peer permits SACK. @param echo TSecr of the ACK */
export function cookieSack(echo: u32): bool {
  return (echo & SACK_BIT) != 0;
}
