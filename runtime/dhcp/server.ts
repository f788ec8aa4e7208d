/**
 * A DHCP server (RFC 2131). It is a fiber that takes one message after the other:
 *
 *     const server = new DhcpServer(stack);
 *     server.add(new DhcpPool(Ipv4Prefix.parse("192.168.1.5/24")!, first, last));
 *     server.keepOn(disk);
 *     server.spawn();
 *
 * Without keepOn, leases are forgotten with the image. With it, nobody is told of a lease before it is durable: answers
 * wait until the queue of messages is empty, and are then made durable together.
 *
 * Nothing here is authenticated: any station on the link can pass for any number of clients, and lease all addresses. So
 * all is bounded: the bindings by the pools, offers by their places, and what is done for strangers by a rate. An address
 * that is only promised is whoever's asks for it first.
 */
import { E_CANCELLED, E_CLOSED, E_TIMEOUT, OK, resultName } from "../base/result";
import { BlockStore } from "../block/store";
import { Stack } from "../net/stack";
import { TokenBucket } from "../net/tokenbucket";
import { UdpSocket } from "../net/udpsocket";
import { Fiber, remaining } from "../sched/fiber";
import { now } from "../sys/clock";
import { LEVEL_DEBUG, LogSource } from "../sys/log";
import { E_INVALID, E_NO_SPACE } from "../sys/results";
import * as wire from "../wire/dhcp";
import { formatIpv4, IPV4_ANY, Ipv4Address } from "../wire/ipv4address";
import { formatMac, MacAddress } from "../wire/macaddress";
import { Binding, BOUND, FREE, OFFERED } from "./binding";
import { DhcpCounters } from "./counters";
import { JOURNAL_DAMAGED, JOURNAL_NEW, Journal } from "./journal";
import { Offers } from "./offers";
import { Outlet } from "./outlet";
import { DhcpPool, isHolder, NOBODY, UNSUITABLE } from "./pool";
import { Pools } from "./pools";
import { Reply } from "./reply";
import { Request } from "./request";
import { addressIn, ownerIn } from "./reservation";

const SECOND: u64 = 1000000000;
/** Octets of messages that may wait: a few dozen. */
const QUEUE_SIZE: u32 = 32 * 1024;
/** How long an address is promised to who does not ask for it. */
const OFFER_TIME: u64 = 15 * SECOND;
/** How long an address is set aside that somebody else was found to have. */
const DECLINED_FOR: u64 = 600 * SECOND;
/** Shortest lease that is given to who wants a short one, in seconds. */
const LEASE_MIN: u32 = 60;
/** Changes that are made durable together, at most: so many fit into any block. */
const NOTES: u32 = 15;
/** Addresses in a second, on average and at once, that are offered to who has none. */
const RATE: u32 = 100;
const BURST: u32 = 200;
/** Least time between two warnings that no address is left, or that the disk fails. */
const WARN_INTERVAL: u64 = 60 * SECOND;

export class DhcpServer extends Fiber {
  readonly counters: DhcpCounters = new DhcpCounters();
  private pools: Pools = new Pools();
  private socket: UdpSocket;
  private outlet: Outlet;
  private offers: Offers;
  private journal: Journal | null = null;
  private request: Request = new Request();
  /** Answers that wait for the disk, and those that are free. */
  private waiting: Reply | null = null;
  private idle: Reply = new Reply();
  /** Changes that are not durable yet. */
  private notes: u32 = 0;
  private bucket: TokenBucket = new TokenBucket(RATE, BURST);
  private log: LogSource = new LogSource("dhcp");
  private warnAt: u64 = 0;

  /** @param net a stack with an address of its own; nothing else on it may use port 67 */
  constructor(private net: Stack) {
    super();
    const socket = new UdpSocket(net.udp, QUEUE_SIZE);
    this.socket = socket;
    const outlet = new Outlet(net, socket);
    this.outlet = outlet;
    this.offers = new Offers(net, outlet);
    if (socket.bind(wire.SERVER_PORT) != OK) this.log.error("Something else uses port 67");
    net.ipv4.hearsNewcomers = true;
    net.ethernet.addReporter(this.counters);
  }

  /** Adds a pool, before anything else is done with the server. Its addresses are in no other. */
  add(pool: DhcpPool): void {
    const own = this.net.ipv4.addresses.primary;
    if (pool.find(own)) pool.reserve(NOBODY, own);
    this.pools.add(pool);
  }

  /**
   * Keeps an address for one client, as `02:00:00:00:00:01=192.168.1.10` or, by its client identifier in hexadecimal digits,
   * `id:ff00112233=192.168.1.10`. It lies in a pool's network, and need not lie in its range.
   * @returns whether the text is such a one, and the address nobody else's
   */
  reserve(text: string): bool {
    const owner = ownerIn(text);
    const address = addressIn(text);
    if (owner == 0 || address < 0) return false;
    if (this.isUs(<u32>address)) return false;
    // Of several pools of one network, that in whose range it lies.
    const pool = this.pools.find(<u32>address) ? this.pools.pool : this.pools.on(<u32>address);
    return pool !== null && pool.reserve(owner, <u32>address);
  }

  /**
   * Keeps the leases on a disk, and takes over those that are there. To be called once, after add and before run.
   * @returns OK; or E_NO_SPACE, E_READ_ONLY, E_INVALID (the disk holds something else), or what the disk reports; the log
   *   tells what to do then
   */
  keepOn(disk: BlockStore): i32 {
    const journal = new Journal(disk, this.pools);
    const outcome = journal.open(now());
    const log = this.log;
    if (outcome >= 0) this.journal = journal;
    if (outcome == OK) log.info(`The disk holds ${journal.leases} leases`);
    else if (outcome == JOURNAL_NEW) log.info("The disk was empty; leases are kept there from now on");
    else if (outcome == JOURNAL_DAMAGED) log.error("The leases on the disk are damaged; all begins anew");
    else if (outcome == E_NO_SPACE && disk.size >= journal.needed)
      log.error(`Blocks of ${disk.blockSize} bytes have no room for leases of ${this.pools.size} addresses`);
    else if (outcome == E_NO_SPACE)
      log.error(`The disk for leases has ${disk.size} bytes; expected at least ${journal.needed}`);
    else if (outcome == E_INVALID) log.error("The disk holds something other than leases; expected one of zeros");
    else log.error(`Leases cannot be kept on the disk: ${resultName(outcome)}`);
    return min(outcome, OK);
  }

  run(): void {
    const log = this.log;
    if (!this.journal) log.info("Leases are kept in memory only: a restart forgets them");
    log.info(`Serving ${this.pools.size} addresses as ${formatIpv4(this.net.ipv4.addresses.primary)}`);
    const request = this.request;
    for (;;) {
      // While changes wait for the disk, only what is there already is taken before them.
      const wait = this.notes ? 0 : remaining(this.offers.due);
      const length = this.socket.recvFrom(request.buffer, wait);
      if (length == E_CLOSED || length == E_CANCELLED) break;
      if (length >= 0) this.take(length);
      if (now() >= this.offers.due) this.settleOffers();
      if (this.notes == NOTES || (this.notes && length == E_TIMEOUT)) this.commit();
    }
    this.socket.close();
  }

  /** Takes a message. */
  private take(length: u32): void {
    const request = this.request;
    if (!request.read(length)) {
      this.counters.malformed++;
      return;
    }
    const type = request.type;
    if (type == wire.DHCPDISCOVER) this.discover(request);
    else if (type == wire.DHCPREQUEST) this.requested(request);
    else if (type == wire.DHCPDECLINE) this.declined(request);
    else if (type == wire.DHCPRELEASE) this.released(request);
    else if (type == wire.DHCPINFORM) this.informed(request);
    else this.counters.malformed++;
  }

  /** DHCPDISCOVER: offers an address (RFC 2131, 4.3.1). */
  private discover(request: Request): void {
    this.counters.discovers++;
    // It may be that it only asks again.
    if (!this.offers.again(request)) this.promise(request);
  }

  /** Finds an address for a client, and offers it once nobody else is known to have it. */
  private promise(request: Request): void {
    const time = now();
    const binding = this.pools.choose(request, this.networkOf(request), time);
    if (!binding) {
      this.counters.dropped++;
      if (this.mayWarn(time)) this.log.warning(`No address is left for ${formatMac(request.hardware)}`);
      return;
    }
    const pool = this.pools.pool!;
    if (isHolder(binding, request) && binding.state != FREE) {
      if (binding.state == OFFERED) binding.until = time + OFFER_TIME;
      this.offer(request, binding, pool);
      return;
    }
    if (!this.bucket.take(time)) {
      this.counters.dropped++;
      return;
    }
    // What is behind a relay may still be used by who had it last: that is no conflict, and an echo does not tell.
    const known = binding.state != FREE || (request.relay != IPV4_ANY && isHolder(binding, request));
    binding.give(OFFERED, request.client, request.hardware, time + OFFER_TIME);
    if (known || !this.offers.begin(request, binding, pool, time)) this.offer(request, binding, pool);
  }

  /** Goes on with the offers whose address was looked for. */
  private settleOffers(): void {
    const time = now();
    for (let offer = this.offers.next(time); offer; offer = this.offers.next(time)) {
      const binding = offer.binding!;
      const request = offer.request;
      offer.binding = null;
      // Meanwhile somebody may have asked for it, and got it: who answers for it then has it from us.
      if (offer.taken && binding.state != BOUND) {
        this.log.warning(`${describe(offer.takenBy)} has ${formatIpv4(binding.address)}, which is set aside`);
        binding.setAside(time + DECLINED_FOR);
        this.note(binding);
        this.promise(request);
      } else if (binding.state == OFFERED && binding.client == request.client)
        this.offer(request, binding, offer.pool!);
    }
  }

  private offer(request: Request, binding: Binding, pool: DhcpPool): void {
    this.counters.offers++;
    this.answer(wire.DHCPOFFER, request, pool, binding.address);
  }

  /** DHCPREQUEST, of which there are three kinds (RFC 2131, 4.3.2). */
  private requested(request: Request): void {
    this.counters.requests++;
    const time = now();
    const selecting = request.server != IPV4_ANY;
    if (selecting && !this.isUs(request.server)) {
      this.forget(request, time);
      return;
    }
    const renewing = !selecting && request.own != IPV4_ANY;
    const address = renewing ? request.own : request.requested;
    const network = this.networkOf(request);
    if (address == IPV4_ANY) {
      this.counters.malformed++;
      return;
    }
    const binding = this.pools.find(address);
    const pool = this.pools.pool;
    if (binding && pool && (pool.network.contains(network) || (renewing && request.relay == IPV4_ANY))) {
      const rank = pool.rank(binding, request, time);
      const grants = selecting || renewing || binding.owner != 0 || isHolder(binding, request);
      if (rank != UNSUITABLE && grants) this.grant(request, binding, pool, time);
      // A client that is not known may have it from another server: "it MUST remain silent" (INIT-REBOOT).
      else if (selecting || renewing || this.pools.knows(request.client, network, time)) this.refuse(request, address);
      return;
    }
    // Not ours to give: wrong where we know the network better (INIT-REBOOT), or where it was said to come from us.
    const local = this.pools.on(network);
    if (!local || renewing) return;
    if (selecting || !local.network.contains(address) || this.pools.knows(request.client, network, time))
      this.refuse(request, address);
  }

  /** The client has chosen another server, or another address: what it was offered is free again (RFC 2131, 3.1 (4)). */
  private forget(request: Request, time: u64): void {
    const binding = this.pools.choose(request, this.networkOf(request), time);
    if (binding && binding.state == OFFERED && isHolder(binding, request)) binding.free(0);
  }

  /** Gives an address to a client, or gives it for longer. */
  private grant(request: Request, binding: Binding, pool: DhcpPool, time: u64): void {
    const seconds = leaseOf(request, pool);
    const fresh = binding.state != BOUND;
    binding.give(BOUND, request.client, request.hardware, time + SECOND * seconds);
    if (fresh || this.log.enabled(LEVEL_DEBUG)) {
      const text = `${formatIpv4(binding.address)} is leased to ${formatMac(request.hardware)} for ${seconds} s`;
      if (fresh) this.log.info(text);
      else this.log.debug(text);
    }
    this.counters.acks++;
    this.note(binding);
    this.answer(wire.DHCPACK, request, pool, binding.address);
  }

  private refuse(request: Request, address: Ipv4Address): void {
    this.counters.naks++;
    if (this.log.enabled(LEVEL_DEBUG))
      this.log.debug(`${formatMac(request.hardware)} cannot have ${formatIpv4(address)}`);
    this.answer(wire.DHCPNAK, request, null, IPV4_ANY);
  }

  /** DHCPDECLINE: the client has found that somebody else has the address (RFC 2131, 4.3.3). */
  private declined(request: Request): void {
    this.counters.declines++;
    const binding = this.pools.find(request.requested);
    if (!binding || !this.isUs(request.server) || !isHolder(binding, request)) return;
    const time = now();
    binding.settle(time);
    if (binding.state != BOUND && binding.state != OFFERED) return;
    const who = formatMac(request.hardware);
    this.log.warning(`${who} declines ${formatIpv4(binding.address)}: somebody has it; it is set aside`);
    binding.setAside(time + DECLINED_FOR);
    this.note(binding);
  }

  /** DHCPRELEASE: the client gives its address back, and gets no answer (RFC 2131, 4.3.4). */
  private released(request: Request): void {
    this.counters.releases++;
    const binding = this.pools.find(request.own);
    if (!binding || !this.isUs(request.server) || !isHolder(binding, request) || binding.state != BOUND) return;
    const time = now();
    binding.free(max<u64>(time, 1));
    this.log.info(`${formatMac(request.hardware)} gives ${formatIpv4(binding.address)} back`);
    this.note(binding);
  }

  /** DHCPINFORM: a client that has an address wants to be told the rest (RFC 2131, 4.3.5). */
  private informed(request: Request): void {
    this.counters.informs++;
    // Only into our networks: anyone can write any address there.
    const pool = this.pools.on(request.own);
    if (!pool) return;
    this.counters.acks++;
    this.answer(wire.DHCPACK, request, pool, IPV4_ANY);
  }

  /** Sends an answer, at once or when what was noted is durable. */
  private answer(type: u32, request: Request, pool: DhcpPool | null, given: Ipv4Address): void {
    const seconds = pool && given != IPV4_ANY ? leaseOf(request, pool) : 0;
    const relay = request.relay;
    const server = this.net.ipv4.sourceFor(relay ? relay : given ? given : request.own);
    const reply = this.idle;
    const primary = this.net.ipv4.addresses.primary;
    reply.write(type, request, pool, given, seconds, server ? server : primary, this.net.ethernet.mtu);
    if (type != wire.DHCPACK || given == IPV4_ANY || !this.journal) {
      this.outlet.send(reply);
      return;
    }
    const next = reply.next;
    this.idle = next ? next : new Reply();
    reply.next = this.waiting;
    this.waiting = reply;
  }

  /** Notes a change for the disk. */
  private note(binding: Binding): void {
    const journal = this.journal;
    if (!journal) return;
    journal.note(binding, now());
    this.notes++;
  }

  /** Makes durable what was noted, and sends the answers that wait for that. */
  private commit(): void {
    const journal = this.journal!;
    const outcome = journal.commit(now());
    if (outcome != OK && this.mayWarn(now()))
      this.log.error(`Leases cannot be written: ${resultName(outcome)}; nobody gets one meanwhile`);
    for (let reply = this.waiting; reply; reply = this.waiting) {
      // Who gets no answer asks again.
      if (outcome == OK) this.outlet.send(reply);
      this.waiting = reply.next;
      reply.next = this.idle;
      this.idle = reply;
    }
    this.notes = 0;
  }

  /** An address of the network that a message came from. */
  private networkOf(request: Request): Ipv4Address {
    return request.relay != IPV4_ANY ? request.relay : this.net.ipv4.addresses.primary;
  }

  private isUs(server: Ipv4Address): bool {
    return this.net.ipv4.addresses.has(server);
  }

  private mayWarn(time: u64): bool {
    if (time < this.warnAt) return false;
    this.warnAt = time + WARN_INTERVAL;
    return true;
  }
}

/** Seconds that a client gets an address for. */
function leaseOf(request: Request, pool: DhcpPool): u32 {
  const wanted = wire.option32(request.octets, request.length, wire.OPTION_LEASE_TIME, u32.MAX_VALUE);
  return min(max(wanted, LEASE_MIN), pool.leaseTime);
}

function describe(hardware: MacAddress): string {
  return hardware ? formatMac(hardware) : "Somebody";
}
