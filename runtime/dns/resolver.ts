/**
 * Finds the addresses of names, in direct style:
 *
 *     const addresses = resolver.lookup("example.org", 5000);
 *     if (!addresses) return log.error(resultName(resolver.error));
 *     const flow = resolver.connect("example.org", 80, 5000);
 *
 * It asks servers that do the searching themselves (RFC 1034, 5.3.1: a stub resolver), and keeps what they say as long as it
 * holds (docs/network.md, Names).
 */
import { E_CANCELLED, OK } from "../base/result";
import { Names } from "../flow/names";
import { Flow, Transport } from "../flow/stream";
import { after, remaining } from "../sched/fiber";
import { now } from "../sys/clock";
import { E_INVALID } from "../sys/results";
import { isSameName, parseName } from "../wire/dnsname";
import { Ipv4Address, parseIpv4 } from "../wire/ipv4address";
import { Cache, CacheEntry } from "./cache";
import { Query } from "./query";
import { Servers } from "./servers";

/** Most names that are searched for at a time; more wait. */
const QUERIES_MAX: i32 = 16;

/** The name that is being looked up. */
const scratch: usize = memory.data(255);

export class Resolver extends Names {
  private cache: Cache = new Cache();
  private servers: Servers;
  /** The searches that are under way, and some that have ended. */
  private latest: Query | null = null;
  /** As of underWay: how many have not ended, and which of them began first. */
  private running: i32 = 0;
  private oldest: Query | null = null;

  /**
   * @param transport how servers are reached
   * @param servers addresses of the name servers; when empty, those that the network tells of (DHCP)
   */
  constructor(
    private transport: Transport,
    servers: Ipv4Address[],
  ) {
    super();
    this.servers = new Servers(transport, servers);
  }

  /**
   * Finds the addresses of a host.
   * @param name a domain name; an address as text stands for itself
   * @param ms milliseconds after which to give up; the greatest u64: when all servers have been asked often enough
   * @returns at least one address, or null, with the reason in `error`: E_NOT_FOUND (the name does not exist, or has no
   *   address), E_INVALID (the text is no name), E_REFUSED (the servers do not know), E_TIMEOUT, E_UNREACHABLE (no server is
   *   known, or none can be reached), E_CANCELLED
   */
  lookup(name: string, ms: u64 = u64.MAX_VALUE): StaticArray<Ipv4Address> | null {
    const address = parseIpv4(name);
    if (address >= 0) return [<Ipv4Address>address];
    const length = parseName(name, scratch);
    if (length == 0) return this.fail(E_INVALID);
    const known = this.cache.find(scratch, now());
    if (known) return this.tell(known);
    const own = new StaticArray<u8>(length);
    memory.copy(changetype<usize>(own), scratch, length);
    return this.search(own, after(ms));
  }

  /**
   * Opens a connection to a host: to the first of its addresses that lets us.
   * @param name as lookup; @param port 1 to 65535; @param ms milliseconds after which to give up
   * @returns null, with the reason in `error`: as lookup, or Transport.connect
   */
  connect(name: string, port: u32, ms: u64 = u64.MAX_VALUE): Flow | null {
    const deadline = after(ms);
    const addresses = this.lookup(name, ms);
    if (!addresses) return null;
    for (let i = 0; i < addresses.length; i++) {
      const flow = this.transport.connect(addresses[i], port, remaining(deadline));
      if (flow) return flow;
      this.error = this.transport.error;
      if (this.error == E_CANCELLED) break;
    }
    return null;
  }

  /** Waits for the search for a name, which may be under way already. */
  private search(name: StaticArray<u8>, deadline: u64): StaticArray<Ipv4Address> | null {
    let query = this.underWay(name);
    while (!query && this.running >= QUERIES_MAX) {
      const outcome = this.oldest!.waiters.waitUntil(deadline);
      if (outcome != OK) return this.fail(outcome);
      query = this.underWay(name);
    }
    if (!query) {
      query = new Query(this.servers, this.cache, name);
      query.before = this.latest;
      this.latest = query;
      query.spawn();
    }
    while (!query.outcome) {
      const outcome = query.waiters.waitUntil(deadline);
      if (outcome != OK) return this.fail(outcome);
    }
    return this.tell(query.outcome!);
  }

  /** The search for a name that is under way, or null; forgets those that have ended, and counts the others. */
  private underWay(name: StaticArray<u8>): Query | null {
    let match: Query | null = null;
    let after: Query | null = null;
    this.running = 0;
    let next: Query | null = null;
    for (let query = this.latest; query; query = next) {
      next = query.before;
      if (query.outcome) {
        if (after) after.before = query.before;
        else this.latest = query.before;
        continue;
      }
      this.running++;
      this.oldest = query;
      after = query;
      if (isSameName(changetype<usize>(query.name), changetype<usize>(name))) match = query;
    }
    return match;
  }

  private tell(entry: CacheEntry): StaticArray<Ipv4Address> | null {
    return entry.error == OK ? entry.addresses : this.fail(entry.error);
  }

  private fail(error: i32): StaticArray<Ipv4Address> | null {
    this.error = error;
    return null;
  }
}
