/** The connections by their addresses and ports: a hash table whose secret keeps anyone from filling one of its lists. */
import { randomFill } from "../../sys/random";
import { Endpoint } from "./endpoint";

/** Lists at first; they double as connections get more. */
const LISTS: u32 = 64;

export class ConnectionTable {
  private lists: StaticArray<Endpoint | null> = new StaticArray<Endpoint | null>(LISTS);
  private mask: u32 = LISTS - 1;
  /** Endpoints in the table. */
  count: u32 = 0;
  private secret: usize = heap.alloc(16);

  constructor() {
    randomFill(this.secret, 16);
  }

  find(localAddress: u32, localPort: u32, remoteAddress: u32, remotePort: u32): Endpoint | null {
    let c = unchecked(this.lists[this.list(localAddress, localPort, remoteAddress, remotePort)]);
    const ports = (localPort << 16) | remotePort;
    while (c) {
      if (c.remoteAddress == remoteAddress && c.ports == ports && c.localAddress == localAddress) return c;
      c = c.nextInList;
    }
    return null;
  }

  add(c: Endpoint): void {
    if (this.count > this.mask) this.grow();
    this.count++;
    this.link(c);
  }

  remove(c: Endpoint): void {
    const list = this.listOf(c);
    this.count--;
    let before = unchecked(this.lists[list])!;
    if (before === c) {
      this.lists[list] = c.nextInList;
    } else {
      while (before.nextInList !== c) before = before.nextInList!;
      before.nextInList = c.nextInList;
    }
    c.nextInList = null;
  }

  private link(c: Endpoint): void {
    const list = this.listOf(c);
    c.nextInList = unchecked(this.lists[list]);
    this.lists[list] = c;
  }

  private listOf(c: Endpoint): u32 {
    return this.list(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
  }

  private grow(): void {
    const before = this.lists;
    this.lists = new StaticArray<Endpoint | null>(before.length << 1);
    this.mask = this.lists.length - 1;
    for (let i = 0; i < before.length; i++) {
      let c = unchecked(before[i]);
      while (c) {
        const next = c.nextInList;
        this.link(c);
        c = next;
      }
    }
  }

  private list(localAddress: u32, localPort: u32, remoteAddress: u32, remotePort: u32): u32 {
    // Two rounds of a keyed multiplication and fold, on 64 bits each.
    const key = this.secret;
    const a = (((localAddress as u64) << 32) | remoteAddress) ^ load<u64>(key);
    const b = (((localPort << 16) | remotePort) as u64) ^ load<u64>(key, 8);
    const mixed = fold(fold(a, load<u64>(key, 8)) ^ b, load<u64>(key));
    return (mixed as u32) & this.mask;
  }
}

function fold(value: u64, key: u64): u64 {
  const product = value * (key | 1);
  return rotl(product ^ (product >> 32), 29);
}
