/** The connections by their addresses and ports: a hash table whose secret keeps anyone from filling one of its lists. */
import { setElement } from "../../base/elements";
import { Connection } from "./connection";
import { Endpoint } from "./endpoint";
import { hashConnection } from "./isn";

/** What else is hashed, so that the hash is no initial sequence number. */
const TABLE: u64 = u64.MAX_VALUE;
/** Lists at first; they double as connections get more. */
const LISTS: u32 = 64;

export class ConnectionTable {
  private lists: StaticArray<Endpoint | null> = new StaticArray<Endpoint | null>(LISTS);
  private mask: u32 = LISTS - 1;
  /** What was found last: segments come in trains, and the hash costs more than all else that finds one. */
  private latest: Endpoint | null = null;
  /** Endpoints in the table. */
  count: u32 = 0;

  /** @param secret SIPHASH_KEY octets that nobody else knows */
  constructor(private secret: usize) {}

  find(localAddress: u32, localPort: u32, remoteAddress: u32, remotePort: u32): Endpoint | null {
    const ports = (localPort << 16) | remotePort;
    const latest = this.latest;
    if (latest && latest.remoteAddress == remoteAddress && latest.ports == ports && latest.localAddress == localAddress)
      return latest;
    let c = unchecked(this.lists[this.list(localAddress, localPort, remoteAddress, remotePort)]);
    while (c) {
      if (c.remoteAddress == remoteAddress && c.ports == ports && c.localAddress == localAddress) {
        this.latest = c;
        return c;
      }
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
    if (this.latest === c) this.latest = null;
    const list = this.listOf(c);
    this.count--;
    let before = unchecked(this.lists[list])!;
    if (before === c) {
      setElement(this.lists, list, c.nextInList);
    } else {
      while (before.nextInList !== c) before = before.nextInList!;
      before.nextInList = c.nextInList;
    }
    c.nextInList = null;
  }

  /** Any endpoint with an address of ours, or null. */
  findLocal(address: u32): Endpoint | null {
    for (let i = 0; i < this.lists.length; i++) {
      let c = unchecked(this.lists[i]);
      while (c && c.localAddress != address) c = c.nextInList;
      if (c) return c;
    }
    return null;
  }

  /** Whether a connection that nobody holds has still something to send, or to be acknowledged. */
  isClosing(): bool {
    for (let i = 0; i < this.lists.length; i++) {
      let e = unchecked(this.lists[i]);
      while (e) {
        if (e.isConnection && changetype<Connection>(e).isClosing) return true;
        e = e.nextInList;
      }
    }
    return false;
  }

  private link(c: Endpoint): void {
    const list = this.listOf(c);
    c.nextInList = unchecked(this.lists[list]);
    setElement(this.lists, list, c);
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
    const hash = hashConnection(this.secret, localAddress, localPort, remoteAddress, remotePort, TABLE);
    return (hash as u32) & this.mask;
  }
}
