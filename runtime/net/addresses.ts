/** The addresses of an interface, each with its link's network. They can change at any time (DHCP). */
import { IPV4_ANY, IPV4_BROADCAST, Ipv4Address, Ipv4Prefix } from "../wire/ipv4address";

/** An address, and the link's network. */
class LocalAddress {
  next: LocalAddress | null = null;

  constructor(readonly prefix: Ipv4Prefix) {}
}

export class LocalAddresses {
  /** In the order in which they were added. */
  first: LocalAddress | null = null;

  /** The first address that was added, and is still there; IPV4_ANY when there is none. */
  get primary(): Ipv4Address {
    const first = this.first;
    return first ? first.prefix.address : IPV4_ANY;
  }

  /** Adds an address that is not there yet. */
  add(prefix: Ipv4Prefix): void {
    const added = new LocalAddress(prefix);
    let last = this.first;
    if (!last) {
      this.first = added;
      return;
    }
    for (let next = last.next; next; next = last.next) last = next;
    last.next = added;
  }

  /** Removes an address. @returns what was added, or null */
  remove(address: Ipv4Address): Ipv4Prefix | null {
    let before: LocalAddress | null = null;
    let local = this.first;
    while (local) {
      if (local.prefix.address == address) {
        if (before) before.next = local.next;
        else this.first = local.next;
        return local.prefix;
      }
      before = local;
      local = local.next;
    }
    return null;
  }

  /** Whether `address` is ours. */
  has(address: Ipv4Address): bool {
    let local = this.first;
    while (local) {
      if (local.prefix.address == address) return true;
      local = local.next;
    }
    return false;
  }

  /** Whether `address` reaches every host on a network of ours. */
  isBroadcast(address: Ipv4Address): bool {
    let local = this.first;
    while (local) {
      if (local.prefix.isBroadcast(address)) return true;
      local = local.next;
    }
    return address == IPV4_BROADCAST;
  }

  /** Whether `address` may be another host's on a network of ours. */
  isNeighbour(address: Ipv4Address): bool {
    let local = this.first;
    while (local) {
      if (local.prefix.isNeighbour(address)) return true;
      local = local.next;
    }
    return false;
  }

  /** The prefix whose network `address` lies in, the first of several; or null. */
  networkOf(address: Ipv4Address): Ipv4Prefix | null {
    let local = this.first;
    while (local) {
      if (local.prefix.contains(address)) return local.prefix;
      local = local.next;
    }
    return null;
  }

  /** Which address of ours to speak from to a host on the link: one of its own network, else the primary one. */
  sourceFor(neighbour: Ipv4Address): Ipv4Address {
    const prefix = this.networkOf(neighbour);
    return prefix ? prefix.address : this.primary;
  }
}
