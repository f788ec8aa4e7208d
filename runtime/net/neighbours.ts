/**
 * The neighbour cache of ARP: which station has which IPv4 address. A fixed table, in sets that an address's low bits
 * choose, so that a lookup looks at few entries and a flood of invented neighbours can only displace a few.
 */
import { setElement } from "../base/elements";
import { Ipv4Address } from "../wire/ipv4address";
import { MacAddress } from "../wire/macaddress";
import { PendingQueue } from "./pending";

const SETS: u32 = 32;
const WAYS: u32 = 4;

/** Nothing is known; the entry is free. */
export const FREE: u32 = 0;
/** Nobody answered: until `expires`, nobody is asked again. */
export const FAILED: u32 = 1;
/** Asked, and not yet answered. */
export const INCOMPLETE: u32 = 2;
/** Known until `expires`. */
export const REACHABLE: u32 = 3;

/** What is known of an address, and the packets that wait for more. */
export class Neighbour extends PendingQueue {
  state: u32 = FREE;
  address: Ipv4Address = 0;
  mac: MacAddress = 0;
  /** When the state ends, in ns on `now`'s clock. */
  expires: u64 = 0;
  /** INCOMPLETE: when to ask again. REACHABLE: when to ask whether it still holds. */
  askAt: u64 = 0;
  /** Times asked without an answer. */
  asked: u32 = 0;
  /** When a packet was last sent to it. */
  usedAt: u64 = 0;

  /** Of two entries, which one to give up: free before failed before incomplete before reachable, then the older. */
  yieldsTo(other: Neighbour): bool {
    return this.state < other.state || (this.state == other.state && this.usedAt < other.usedAt);
  }
}

export class NeighbourCache {
  /** Number of entries. */
  readonly size: u32 = SETS * WAYS;
  private entries: StaticArray<Neighbour> = new StaticArray<Neighbour>(SETS * WAYS);

  constructor() {
    for (let i: u32 = 0; i < SETS * WAYS; i++) setElement(this.entries, i, new Neighbour());
  }

  /** The index-th entry, free or not. */
  at(index: u32): Neighbour {
    return unchecked(this.entries[index]);
  }

  /** The entry of an address, or null. */
  find(address: Ipv4Address): Neighbour | null {
    const set = (address & (SETS - 1)) * WAYS;
    for (let i: u32 = 0; i < WAYS; i++) {
      const entry = unchecked(this.entries[set + i]);
      if (entry.address == address && entry.state != FREE) return entry;
    }
    return null;
  }

  /**
   * The entry to use for a new address; what it knew is given up.
   * @returns an entry whose fields are those of its last use: it is for the caller to drop its pending packets
   */
  victim(address: Ipv4Address): Neighbour {
    const set = (address & (SETS - 1)) * WAYS;
    let victim = unchecked(this.entries[set]);
    for (let i: u32 = 1; i < WAYS; i++) {
      const entry = unchecked(this.entries[set + i]);
      if (entry.yieldsTo(victim)) victim = entry;
    }
    return victim;
  }
}
