/** What is known of names, for as long as it holds: a table of fixed size, of which what ends soonest makes room. */
import { equal } from "../base/bytes";
import { NAME_MAX, nameLength } from "../wire/dnsname";
import { Ipv4Address } from "../wire/ipv4address";

/** Names that are kept. */
const SIZE: i32 = 64;

/** What is known of a name. */
export class CacheEntry {
  /** The name in canonical form. */
  readonly name: StaticArray<u8>;

  constructor(
    name: usize,
    /** OK, or why there are no addresses. */
    readonly error: i32,
    readonly addresses: StaticArray<Ipv4Address>,
    /** Until when this holds, in ns on `now`'s clock. */
    readonly expires: u64,
  ) {
    const length = nameLength(name);
    assert(length <= NAME_MAX);
    const copy = new StaticArray<u8>(length);
    memory.copy(changetype<usize>(copy), name, length);
    this.name = copy;
  }

  isOf(name: usize): bool {
    const own = this.name;
    return <u32>own.length == nameLength(name) && equal(changetype<usize>(own), name, own.length);
  }
}

export class Cache {
  private entries: StaticArray<CacheEntry | null> = new StaticArray<CacheEntry | null>(SIZE);

  /** What is known of a name, or null. @param name in canonical form; @param time ns on `now`'s clock */
  find(name: usize, time: u64): CacheEntry | null {
    for (let i = 0; i < SIZE; i++) {
      const entry = this.entries[i];
      if (entry && time < entry.expires && entry.isOf(name)) return entry;
    }
    return null;
  }

  /** Keeps an entry, in place of the one of its name, else of one that holds no more, else of that which ends soonest. */
  put(added: CacheEntry): void {
    let place = 0;
    let soonest = u64.MAX_VALUE;
    for (let i = 0; i < SIZE; i++) {
      const entry = this.entries[i];
      const ends = !entry || entry.isOf(changetype<usize>(added.name)) ? 0 : entry.expires;
      if (ends >= soonest) continue;
      soonest = ends;
      place = i;
    }
    this.entries[place] = added;
  }
}
