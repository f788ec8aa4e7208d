/**
 * Response rate limiting, as BIND, NSD and Knot have it (ISC-TN-2012-1): who has queries answered in the name of others, to
 * flood them with the answers, gets few of them sent. What counts are the responses of one kind to one network: the same
 * records, names below one zone that do not exist, or errors. Beyond the rate most of them are dropped; each `slip`-th is
 * sent empty and as truncated, so that a client whose network that is asks again by TCP, or with a cookie.
 *
 * A fixed table of sets, chosen by a secret; in each, a response whose bucket is missing takes that which was used least
 * recently. A bucket is 16 octets:
 *
 *      0       4       8       12
 *     |tag    |credit |time   |limited|
 *
 * Credit: responses that may be sent, in thousandths. Time: of the last response, in ms. Limited: responses over the limit.
 */
import { SIPHASH_KEY, sipHash } from "../../crypto/siphash";
import { now } from "../../sys/clock";
import { randomFill } from "../../sys/random";

const TAG: usize = 0;
const CREDIT: usize = 4;
const TIME: usize = 8;
const LIMITED: usize = 12;
const BUCKET: u32 = 16;
const WAYS: u32 = 4;
const SET: u32 = WAYS * BUCKET;
const SETS: u32 = 1024;
/** Octets that are hashed: the network and what is sent. */
const HASHED: u32 = 8;

/** So many at most, that credit fits into 32 bits. */
const RATE_MAX: u32 = 100000;

/** What becomes of a response. */
export enum Verdict {
  Send,
  Truncate,
  Drop,
}

export class RateLimiter {
  /** Responses a second, of one kind to one network; 0: as many as come. What is more than RATE_MAX counts as that. */
  rate: u32 = 0;
  /** Each so-manieth response over the limit is sent as truncated: 1, all; 0, none. */
  slip: u32 = 2;
  /** The length of a network's prefix. */
  prefix: u32 = 24;
  /** For how many seconds' responses who goes on is made to wait once over the limit. At most 20. */
  window: u32 = 15;
  private table: usize = 0;
  /** The key, and behind it what is hashed. */
  private secret: usize = 0;

  /** @param address of the client; @param what tells responses of one kind from others */
  judge(address: u32, what: u32): Verdict {
    const time = (now() / 1000000) as u32;
    const bucket = this.find(address, what, time);
    const rate = min(this.rate, RATE_MAX);
    const full = <i64>rate * 1000;
    const elapsed = (time - load<u32>(bucket, TIME)) as i64;
    const credit = min(full, (load<i32>(bucket, CREDIT) as i64) + elapsed * rate) - 1000;
    store<u32>(bucket, time, TIME);
    store<i32>(bucket, max(credit, -full * this.window) as i32, CREDIT);
    if (credit >= 0) return Verdict.Send;
    const limited = load<u32>(bucket, LIMITED) + 1;
    store<u32>(bucket, limited, LIMITED);
    return this.slip != 0 && limited % this.slip == 0 ? Verdict.Truncate : Verdict.Drop;
  }

  private find(address: u32, what: u32, time: u32): usize {
    if (this.table == 0) this.make();
    const input = this.secret + SIPHASH_KEY;
    store<u32>(input, this.prefix ? address >> (32 - this.prefix) : 0);
    store<u32>(input, what, 4);
    const hash = sipHash(this.secret, input, HASHED);
    const tag = (hash >> 32) as u32;
    const set = this.table + ((hash as u32) % SETS) * SET;
    let oldest = set;
    for (let bucket = set; bucket < set + SET; bucket += BUCKET) {
      if (load<u32>(bucket, TAG) == tag) return bucket;
      if (time - load<u32>(bucket, TIME) > time - load<u32>(oldest, TIME)) oldest = bucket;
    }
    store<u32>(oldest, tag, TAG);
    store<i32>(oldest, i32.MAX_VALUE, CREDIT);
    store<u32>(oldest, time, TIME);
    store<u32>(oldest, 0, LIMITED);
    return oldest;
  }

  private make(): void {
    this.table = heap.alloc(SETS * SET);
    memory.fill(this.table, 0, SETS * SET);
    this.secret = heap.alloc(SIPHASH_KEY + HASHED);
    randomFill(this.secret, SIPHASH_KEY);
  }
}
