/**
 * DNS Cookies (RFC 7873): what a client shows to prove that it gets what is sent to its address. Made as RFC 9018 says, so
 * that servers which share a secret take each other's.
 *
 *      0           8        9           12          16          24
 *     |client cookie|version|reserved   |timestamp  |hash       |
 *
 * The timestamp is Unix time in seconds, the hash SipHash-2-4 of all before it and the client's address.
 */
import { load32be, store32be } from "../../base/bytes";
import { SIPHASH_KEY, sipHash } from "../../crypto/siphash";
import { wallNow } from "../../sys/clock";
import { randomFill } from "../../sys/random";

/** Octets of the client's part. */
export const CLIENT_COOKIE: u32 = 8;
/** Octets of both parts. */
export const COOKIE: u32 = 24;
/** Octets of a server's part in general (RFC 7873, 4). */
const SERVER_COOKIE_MIN: u32 = 8;
const SERVER_COOKIE_MAX: u32 = 32;
const VERSION: usize = 8;
const TIMESTAMP: usize = 12;
const HASH: usize = 16;
const ADDRESS: usize = 16;
/** Octets that are hashed. */
const HASHED: u32 = 20;
/** How old a cookie may be, how far ahead of our clock, and when a new one is given (RFC 9018, 4.3), in seconds. */
const AGE_MAX: i32 = 3600;
const AHEAD_MAX: i32 = 300;
const RENEW_AFTER: i32 = 1800;

export class Cookies {
  private secret: usize = heap.alloc(SIPHASH_KEY);
  private hashed: usize = heap.alloc(HASHED);

  constructor() {
    randomFill(this.secret, SIPHASH_KEY);
  }

  /** Sets the secret that servers behind one address share. @param ptr 16 octets, which are copied */
  share(ptr: usize): void {
    memory.copy(this.secret, ptr, SIPHASH_KEY);
  }

  /** Whether the cookie at `ptr`, COOKIE octets, was made here for a client at `address`, and is not too old. */
  isValid(ptr: usize, address: u32): bool {
    const age = this.age(ptr);
    if (load<u8>(ptr, VERSION) != 1 || age > AGE_MAX || age < -AHEAD_MAX) return false;
    return this.hash(ptr, address) == load<u64>(ptr, HASH);
  }

  /**
   * Writes a cookie, COOKIE octets.
   * @param client the client's part, or where `valid` its whole cookie, which is given back as long as it is fresh
   */
  emit(at: usize, client: usize, valid: bool, address: u32): void {
    memory.copy(at, client, valid ? COOKIE : CLIENT_COOKIE);
    if (valid && this.age(at) <= RENEW_AFTER) return;
    // The version, with three reserved octets behind it, little-endian.
    store<u32>(at, 1, VERSION);
    store32be(at + TIMESTAMP, seconds());
    store<u64>(at, this.hash(at, address), HASH);
  }

  /** Seconds since a cookie was made; below 0, that is still to come. Timestamps wrap around (RFC 1982). */
  private age(ptr: usize): i32 {
    return (seconds() - load32be(ptr + TIMESTAMP)) as i32;
  }

  private hash(ptr: usize, address: u32): u64 {
    memory.copy(this.hashed, ptr, HASH);
    store32be(this.hashed + ADDRESS, address);
    return sipHash(this.secret, this.hashed, HASHED);
  }
}

/** Whether a cookie may have so many octets: the client's part, with or without a server's (RFC 7873, 5.2.2). */
export function isCookieLength(length: u32): bool {
  const server = length - CLIENT_COOKIE;
  return length == CLIENT_COOKIE || (server >= SERVER_COOKIE_MIN && server <= SERVER_COOKIE_MAX);
}

function seconds(): u32 {
  return (wallNow() / 1000000000) as u32;
}
