/**
 * What is known of path MTUs (RFC 1191): for destinations that a smaller MTU than the link's lies on the way to, its size.
 * A fixed table, in sets that the address chooses.
 *
 * Each address has an entry of 16 octets: address, MTU, and when the knowledge ends, in ns on `now`'s clock.
 */
import { Ipv4Address } from "../wire/ipv4address";

const SETS_BITS: u32 = 4;
const WAYS: u32 = 4;
const ADDRESS: usize = 0;
const MTU: usize = 4;
const EXPIRES: usize = 8;
const ENTRY: u32 = 16;
const SIZE: u32 = (1 << SETS_BITS) * WAYS * ENTRY;

/** Knowledge ends after ten minutes, to find out that the path has become better (RFC 1191, 6.3). */
const LIFETIME: u64 = 600 * 1000000000;

/**
 * The least MTU that is believed. Below that who has forged an error could have us send nothing but headers; a path that
 * is smaller indeed fragments what is sent without DF (RFC 791 promises 576 octets to every host, Linux takes 552).
 */
export const PATH_MTU_MIN: u32 = 552;

export class PathMtuCache {
  private table: usize;
  private used: bool = false;

  constructor() {
    this.table = heap.alloc(SIZE);
    memory.fill(this.table, 0, SIZE);
  }

  /** @returns the known MTU of the path to `destination`, or 0 */
  find(destination: Ipv4Address, now: u64): u32 {
    if (!this.used) return 0;
    const entry = this.entry(destination, now);
    return load<u32>(entry, ADDRESS) == destination && load<u64>(entry, EXPIRES) > now ? load<u32>(entry, MTU) : 0;
  }

  /** Notes an MTU, PATH_MTU_MIN if that is larger. */
  note(destination: Ipv4Address, mtu: u32, now: u64): void {
    this.used = true;
    const entry = this.entry(destination, now);
    store<u32>(entry, destination, ADDRESS);
    store<u32>(entry, max(mtu, PATH_MTU_MIN), MTU);
    store<u64>(entry, now + LIFETIME, EXPIRES);
  }

  /** The entry of an address, or the one to use for it: that which ends first. */
  private entry(destination: Ipv4Address, now: u64): usize {
    const set = this.table + ((destination * 0x9e3779b1) >> (32 - SETS_BITS)) * (WAYS * ENTRY);
    let oldest = set;
    for (let entry = set; entry < set + WAYS * ENTRY; entry += ENTRY) {
      if (load<u32>(entry, ADDRESS) == destination && load<u64>(entry, EXPIRES) > now) return entry;
      if (load<u64>(entry, EXPIRES) < load<u64>(oldest, EXPIRES)) oldest = entry;
    }
    return oldest;
  }
}
