/** A lease: what a DHCP server gives to a client for a time (RFC 2131, 4.3.1), read from its offer or acknowledgement. */
import { load32be } from "../../base/bytes";
import * as wire from "../../wire/dhcp";
import { formatIpv4, IPV4_ANY, Ipv4Address, Ipv4Prefix, isUnicast } from "../../wire/ipv4address";
import { Ipv4 } from "../ipv4";

const SECOND: u64 = 1000000000;
/** A lease time that means "infinity" (RFC 2131, 3.3). */
const FOREVER: u32 = 0xffffffff;
/** Most name servers that are kept. */
const DNS_SERVERS_MAX: u32 = 4;
/** Most routes that are kept. */
const ROUTES_MAX: u32 = 16;
/** Words of a route. */
const ROUTE: u32 = 3;
/** Room for an option's value: a longest classless route has nine octets. */
const VALUE_ROOM: u32 = 256;

/** The value of the option that is being read, and the routes of one. */
const value: usize = memory.data(256);
const found: usize = memory.data(4 * 3 * 16);

export class Lease {
  /** The router for all other networks, or IPV4_ANY. */
  gateway: Ipv4Address = IPV4_ANY;
  /** Further routes: network's address, prefix length and router of each, one after the other. */
  routes: StaticArray<u32> = new StaticArray<u32>(0);
  /** Name servers, the preferred ones first. */
  dnsServers: StaticArray<Ipv4Address> = new StaticArray<Ipv4Address>(0);
  /** When to ask for more time, when to ask any server, when it ends: in ns on `now`'s clock, the greatest u64 for never. */
  renewAt: u64 = u64.MAX_VALUE;
  rebindAt: u64 = u64.MAX_VALUE;
  expiresAt: u64 = u64.MAX_VALUE;

  private constructor(
    /** Our address and the link's network. */
    readonly prefix: Ipv4Prefix,
    /** The server's address, its identifier. */
    readonly server: Ipv4Address,
    /** Seconds; FOREVER for a lease that does not end. */
    readonly duration: u32,
  ) {}

  /**
   * Reads a DHCPOFFER or DHCPACK that passed the check of wire/dhcp.
   * @param since when the lease begins: when it was asked for, in ns on `now`'s clock
   * @returns null when it cannot be used: the address is not a host's, or what must be there (RFC 2131, table 3) is not
   */
  static read(message: usize, length: u32, since: u64): Lease | null {
    const address = wire.yourAddress(message);
    const server = wire.option32(message, length, wire.OPTION_SERVER_IDENTIFIER, IPV4_ANY);
    const duration = wire.option32(message, length, wire.OPTION_LEASE_TIME, 0);
    const mask = wire.option32(message, length, wire.OPTION_SUBNET_MASK, classMask(address));
    if (!isUnicast(address) || !isUnicast(server) || duration == 0 || !isMask(mask)) return null;
    const prefix = new Ipv4Prefix(address, popcnt(mask) as i32);
    if (!prefix.isNeighbour(address)) return null;
    const lease = new Lease(prefix, server, duration);
    lease.readTimes(message, length, since);
    lease.readRoutes(message, length);
    lease.readDnsServers(message, length);
    return lease;
  }

  /** Whether the address, the network and the routes are another lease's, so that nothing is to be configured anew. */
  configuresAs(other: Lease): bool {
    if (this.prefix.address != other.prefix.address || this.prefix.length != other.prefix.length) return false;
    if (this.gateway != other.gateway || this.routes.length != other.routes.length) return false;
    for (let i = 0; i < this.routes.length; i++) if (unchecked(this.routes[i] != other.routes[i])) return false;
    return true;
  }

  /** Makes the address ours, with the routes. */
  apply(ipv4: Ipv4): void {
    ipv4.addAddress(this.prefix);
    const routes = this.routes;
    for (let i = 0; i < routes.length; i += ROUTE) ipv4.routes.add(this.networkAt(i), unchecked(routes[i + 2]));
    if (this.gateway != IPV4_ANY) ipv4.setGateway(this.gateway);
  }

  /** Undoes apply. */
  withdraw(ipv4: Ipv4): void {
    this.withdrawRoutes(ipv4);
    ipv4.removeAddress(this.prefix.address);
  }

  /** Undoes apply, but for the address and the way to the link's network. */
  withdrawRoutes(ipv4: Ipv4): void {
    ipv4.removeGateway();
    for (let i = 0; i < this.routes.length; i += ROUTE) ipv4.routes.remove(this.networkAt(i));
    // One of them may have led there.
    ipv4.routes.add(this.prefix, IPV4_ANY);
  }

  /** The network of a route. @param index of its first word */
  private networkAt(index: i32): Ipv4Prefix {
    const routes = this.routes;
    return new Ipv4Prefix(unchecked(routes[index]), unchecked(routes[index + 1]) as i32);
  }

  toString(): string {
    const gateway = this.gateway ? ", gateway " + formatIpv4(this.gateway) : "";
    const time = this.duration == FOREVER ? "ever" : this.duration.toString() + " s";
    return this.prefix.toString() + gateway + ", by DHCP from " + formatIpv4(this.server) + " for " + time;
  }

  /** RFC 2131, 4.4.5: T1 is half of the lease and T2 seven eighths, unless the server says otherwise. */
  private readTimes(message: usize, length: u32, since: u64): void {
    const duration = this.duration;
    if (duration == FOREVER) return;
    const half = duration / 2;
    const most = (((duration as u64) * 7) / 8) as u32;
    let t1 = wire.option32(message, length, wire.OPTION_RENEWAL_TIME, half);
    let t2 = wire.option32(message, length, wire.OPTION_REBINDING_TIME, most);
    // "T1 MUST be earlier than T2, which, in turn, MUST be earlier than the time at which the client's lease will expire."
    if (t1 == 0 || t1 >= t2 || t2 >= duration) {
      t1 = half;
      t2 = most;
    }
    // Of the shortest leases these are 0: nobody is to make us ask without a pause.
    this.renewAt = since + SECOND * max<u32>(t1, 1);
    this.rebindAt = since + SECOND * t2;
    this.expiresAt = since + SECOND * duration;
  }

  /** RFC 3442: the classless routes, which "MUST" be taken instead of the router option where both are. */
  private readRoutes(message: usize, length: u32): void {
    const size = wire.option(message, length, wire.OPTION_CLASSLESS_ROUTES, value, VALUE_ROOM);
    if (size < 0) {
      this.readRouter(message, length);
      return;
    }
    const end = value + min(size, VALUE_ROOM);
    let words: u32 = 0;
    // Width of the prefix, its octets without those that are zero anyway, router.
    for (let at = value; at < end && words < ROUTE * ROUTES_MAX; ) {
      const width = <u32>load<u8>(at++);
      const octets = (width + 7) >> 3;
      if (width > 32 || end - at < octets + 4) break;
      let network: u32 = 0;
      for (let i: u32 = 0; i < octets; i++) network |= (<u32>load<u8>(at + i)) << (24 - 8 * i);
      const router = load32be(at + octets);
      at += octets + 4;
      if (width == 0) {
        this.gateway = router;
        continue;
      }
      const route = found + 4 * words;
      store<u32>(route, network);
      store<u32>(route, width, 4);
      store<u32>(route, router, 8);
      words += ROUTE;
    }
    this.routes = copyOf(found, words);
  }

  /** The first of the routers, "listed in order of preference" (RFC 2132, 3.5). */
  private readRouter(message: usize, length: u32): void {
    if (wire.option(message, length, wire.OPTION_ROUTER, value, 4) < 4) return;
    const router = load32be(value);
    if (isUnicast(router) && router != this.prefix.address) this.gateway = router;
  }

  private readDnsServers(message: usize, length: u32): void {
    const size = wire.option(message, length, wire.OPTION_DNS_SERVERS, value, DNS_SERVERS_MAX * 4);
    if (size < 4) return;
    const count = min<u32>(size / 4, DNS_SERVERS_MAX);
    for (let i: u32 = 0; i < count; i++) store<u32>(found + 4 * i, load32be(value + 4 * i));
    this.dnsServers = copyOf(found, count);
  }
}

/** Words, as an array. */
function copyOf(words: usize, count: u32): StaticArray<u32> {
  const array = new StaticArray<u32>(count);
  memory.copy(changetype<usize>(array), words, 4 * count);
  return array;
}

/** Whether the bits that are set are the highest ones. */
function isMask(mask: u32): bool {
  return (~mask & (~mask + 1)) == 0;
}

/** The mask that an address had by its class, for servers that give none (RFC 950). */
function classMask(address: Ipv4Address): u32 {
  const first = address >> 24;
  return first < 128 ? 0xff000000 : first < 192 ? 0xffff0000 : 0xffffff00;
}
