/**
 * Initial sequence numbers (RFC 6528): ISN = M + F(localip, localport, remoteip, remoteport, secretkey). M counts on, so that
 * a connection's numbers lie ahead of those of the one before it between the same ports; F keeps strangers from guessing
 * them. The same function gives each connection's clock of timestamps its own start (RFC 7323, 7.1), for the same reasons.
 */
import { sipHash } from "../../crypto/siphash";

/** "a timer that increments roughly every 4 microseconds" (RFC 9293, 3.4.1) */
const TICK: u64 = 4000;
/** What is hashed: both addresses, both ports, and what it is for. */
const TUPLE: usize = memory.data(24, 8);
const TUPLE_LENGTH: u32 = 24;

/**
 * F: what nobody can predict without the key, and is the same for the same connection.
 * @param key SIPHASH_KEY octets; @param more what the hash is about besides the connection
 */
export function hashConnection(
  key: usize,
  localAddress: u32,
  localPort: u32,
  remoteAddress: u32,
  remotePort: u32,
  more: u64,
): u64 {
  store<u32>(TUPLE, localAddress);
  store<u32>(TUPLE, remoteAddress, 4);
  store<u32>(TUPLE, localPort, 8);
  store<u32>(TUPLE, remotePort, 12);
  store<u64>(TUPLE, more, 16);
  return sipHash(key, TUPLE, TUPLE_LENGTH);
}

/** The number of our SYN. @param hash hashConnection's, with 0 for more; @param now ns on `now`'s clock */
export function initialSequence(hash: u64, now: u64): u32 {
  return (hash as u32) + ((now / TICK) as u32);
}

/** What is added to the clock in timestamps. @param hash as initialSequence's */
export function timestampOffset(hash: u64): u32 {
  return (hash >> 32) as u32;
}
