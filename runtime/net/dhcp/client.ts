/**
 * The DHCP client (RFC 2131): asks for an address, checks that nobody else has it, keeps it as long as the servers let it,
 * and asks again, for ever. It is a fiber, so that the states of the RFC's figure 5 are places in its code:
 *
 *     INIT, SELECTING     discover     REQUESTING    request
 *     BOUND               hold         RENEWING, REBINDING    extend
 *
 * Nothing here is authenticated: any station on the link can play the server. What it says is checked for being possible,
 * and no answer makes the client send more often than once in a while.
 */
import { E_CANCELLED, E_REFUSED, E_TIMEOUT, OK } from "../../base/result";
import { Fiber, remaining, sleep, WaitQueue } from "../../sched/fiber";
import { now } from "../../sys/clock";
import { LogSource } from "../../sys/log";
import { randomU32 } from "../../sys/random";
import * as wire from "../../wire/dhcp";
import { formatIpv4, IPV4_ANY, IPV4_BROADCAST, Ipv4Address } from "../../wire/ipv4address";
import { formatMac, MacAddress } from "../../wire/macaddress";
import { Arp } from "../arp";
import { Ipv4 } from "../ipv4";
import { Udp } from "../udp";
import { UdpSocket } from "../udpsocket";
import { backoff } from "./backoff";
import { Lease } from "./lease";
import { Messages } from "./message";

const SECOND: u64 = 1000000000;
const MILLISECOND: u64 = 1000000;
/** Octets of datagrams that may wait: some answers. */
const QUEUE_SIZE: u32 = 8192;
/** Unanswered requests for an offered address until it is given up. */
const REQUESTS_MAX: u32 = 4;
/** Discoveries without an offer after which the log says so, and from then on each time. */
const QUIET_ATTEMPTS: u32 = 3;
/** "The client SHOULD wait a minimum of ten seconds before restarting" after it declined an address (RFC 2131, 3.1 (5)). */
const DECLINED_FOR: u64 = 10000;
/** Least time between two requests for more time (RFC 2131, 4.4.5). */
const EXTEND_INTERVAL: u64 = 60 * SECOND;
/** How long the end waits, at most, until the server's station is known, which is to be told: ARP asks twice meanwhile. */
const FAREWELL_MS: i32 = 2000;
/** ARP probes for an address before it is used, and the ms after each (docs/adr/0021-dhcp-in-a-hurry.md). */
const PROBES: i32 = 3;
const PROBE_INTERVAL: u64 = 200;

export class DhcpClient extends Fiber {
  /** What we have; null as long as that is nothing. */
  lease: Lease | null = null;
  private socket: UdpSocket;
  private messages: Messages;
  private bound: WaitQueue = new WaitQueue();
  private log: LogSource = new LogSource("dhcp");
  /** When we began to ask, in ns on `now`'s clock. */
  private since: u64 = 0;
  /** Seconds that we had been asking for when we asked last, as messages tell. */
  private secs: u32 = 0;
  /** The lease that verdict found. */
  private granted: Lease | null = null;
  /** Times in a row that the servers, or the link, did not let us have what they offered. */
  private failures: u32 = 0;

  /**
   * @param name of the interface, for the log
   * @param mac the interface's address; @param hostName that the servers are told, up to HOST_NAME_MAX characters; or empty
   */
  constructor(
    private name: string,
    private arp: Arp,
    private ipv4: Ipv4,
    udp: Udp,
    mac: MacAddress,
    hostName: string,
  ) {
    super();
    this.messages = new Messages(mac, hostName);
    this.socket = new UdpSocket(udp, QUEUE_SIZE);
    this.socket.bind(wire.CLIENT_PORT);
  }

  /** Waits until there is an address. @returns OK or E_CANCELLED */
  ready(): i32 {
    let outcome = OK;
    while (outcome == OK && !this.lease) outcome = this.bound.wait();
    return outcome;
  }

  run(): void {
    this.log.info("Asking for an address for " + this.name);
    while (!this.cancelled) {
      const lease = this.obtain();
      if (lease) this.hold(lease);
      // After a lease was held, at once; after failures, less and less often.
      else if (this.failures > 0) sleep(backoff(this.failures - 1, randomU32()) / MILLISECOND);
    }
  }

  /** Gives the address back (RFC 2131, 4.4.6), and ends the client. */
  end(): void {
    const lease = this.lease;
    this.cancel();
    if (!lease) return;
    this.begin();
    this.send(wire.DHCPRELEASE, lease.prefix.address, IPV4_ANY, lease.server, lease.server);
    // It is a while since the server was heard of: the link may have to be asked for it.
    for (let i = 0; i < FAREWELL_MS && this.arp.holdsPackets; i += 10) sleep(10);
  }

  /** From nothing to an address that nobody else has (INIT, SELECTING, REQUESTING). @returns null when that failed */
  private obtain(): Lease | null {
    this.begin();
    const offer = this.discover();
    if (!offer) return null;
    const lease = this.request(offer);
    if (!lease) {
      this.failures++;
      return null;
    }
    if (this.isFree(lease)) return lease;
    if (!this.cancelled) {
      this.begin();
      this.send(wire.DHCPDECLINE, IPV4_ANY, lease.prefix.address, lease.server, IPV4_BROADCAST);
      sleep(DECLINED_FOR);
    }
    return null;
  }

  /** Asks for offers until there is one, and takes the first (SELECTING). @returns null when cancelled */
  private discover(): Lease | null {
    for (let attempt: u32 = 0; !this.cancelled; attempt++) {
      this.secs = this.elapsed();
      if (attempt >= QUIET_ATTEMPTS) {
        const seconds = this.secs.toString();
        this.log.warning("No DHCP server has answered on " + this.name + " for " + seconds + " s; asking on");
      }
      this.send(wire.DHCPDISCOVER, IPV4_ANY, IPV4_ANY, IPV4_ANY, IPV4_BROADCAST);
      const offer = this.offer(now() + backoff(attempt, randomU32()));
      if (offer) return offer;
    }
    return null;
  }

  /** Waits for an offer that can be used. @returns null when there is none, or the fiber was cancelled */
  private offer(deadline: u64): Lease | null {
    let length = this.receive(deadline);
    while (length >= 0) {
      if (this.messages.answer(length) == wire.DHCPOFFER) {
        const offer = Lease.read(this.messages.buffer.dataStart, length, now());
        if (offer) return offer;
      }
      length = this.receive(deadline);
    }
    return null;
  }

  /**
   * Asks for what was offered (REQUESTING); `secs` stays what it was, which relays choose servers by (RFC 2131, 3.1 (3)).
   * @returns null when it was refused, or nobody answers any more
   */
  private request(offer: Lease): Lease | null {
    const address = offer.prefix.address;
    for (let attempt: u32 = 0; attempt < REQUESTS_MAX; attempt++) {
      const asked = now();
      this.send(wire.DHCPREQUEST, IPV4_ANY, address, offer.server, IPV4_BROADCAST);
      const outcome = this.verdict(offer, asked, offer.server, asked + backoff(attempt, randomU32()));
      if (outcome == OK) return this.granted;
      if (outcome != E_TIMEOUT) return null;
    }
    this.log.warning(formatIpv4(offer.server) + " offered " + formatIpv4(address) + ", but does not answer any more");
    return null;
  }

  /**
   * Waits for what the servers say to a request.
   * @param wanted the lease that was asked for; @param asked when, in ns on `now`'s clock
   * @param server who may decide; IPV4_BROADCAST: anyone
   * @returns OK, and the lease is in `granted`; E_REFUSED; E_TIMEOUT; E_CANCELLED
   */
  private verdict(wanted: Lease, asked: u64, server: Ipv4Address, deadline: u64): i32 {
    const message = this.messages.buffer.dataStart;
    let length = this.receive(deadline);
    for (; length >= 0; length = this.receive(deadline)) {
      const type = this.messages.answer(length);
      if (type != wire.DHCPACK && type != wire.DHCPNAK) continue;
      const from = wire.option32(message, length, wire.OPTION_SERVER_IDENTIFIER, IPV4_ANY);
      if (server != IPV4_BROADCAST && from != server) continue;
      if (type == wire.DHCPNAK) {
        this.log.warning(formatIpv4(from) + " refuses " + formatIpv4(wanted.prefix.address));
        return E_REFUSED;
      }
      const lease = Lease.read(message, length, asked);
      // Another address than what was asked for is no answer to that.
      if (lease && lease.prefix.address == wanted.prefix.address) {
        this.granted = lease;
        return OK;
      }
    }
    return length;
  }

  /** Whether nobody on the link has the address that we got. */
  private isFree(lease: Lease): bool {
    const free = this.probe(lease.prefix.address);
    this.arp.stopProbing();
    return free;
  }

  /** Asks the link for an address (RFC 5227, 2.1.1). @returns whether nobody has it */
  private probe(address: Ipv4Address): bool {
    for (let probe = 0; probe < PROBES; probe++) {
      this.arp.probe(address);
      if (sleep(PROBE_INTERVAL) != OK) return false;
      const claimant = this.arp.claimant;
      if (claimant) {
        this.log.warning(formatMac(claimant) + " has " + formatIpv4(address) + " already; declining it");
        return false;
      }
    }
    return true;
  }

  /** Uses an address as long as the servers let us (BOUND, RENEWING, REBINDING). */
  private hold(first: Lease): void {
    let lease = first;
    this.failures = 0;
    this.lease = lease;
    lease.apply(this.ipv4);
    this.bound.wakeAll();
    this.log.info(this.name + " has " + lease.toString());
    let outcome = OK;
    while (outcome == OK) {
      sleep(remaining(lease.renewAt));
      this.begin();
      outcome = this.extend(lease, lease.server, lease.rebindAt);
      if (outcome == E_TIMEOUT) outcome = this.extend(lease, IPV4_BROADCAST, lease.expiresAt);
      if (outcome == OK) lease = this.renew(lease, this.granted!);
    }
    if (outcome == E_CANCELLED) return;
    this.lease = null;
    lease.withdraw(this.ipv4);
    this.log.warning(this.name + " has no address any more: the lease of " + lease.prefix.toString() + " ended");
  }

  /**
   * Asks for more time (RENEWING with the server, REBINDING with any).
   * @param to the server, or IPV4_BROADCAST; @param until when to give up, in ns on `now`'s clock
   * @returns as verdict
   */
  private extend(lease: Lease, to: Ipv4Address, until: u64): i32 {
    let outcome = E_TIMEOUT;
    for (let time = now(); outcome == E_TIMEOUT && time < until; time = now()) {
      if (this.cancelled) return E_CANCELLED;
      this.secs = this.elapsed();
      this.send(wire.DHCPREQUEST, lease.prefix.address, IPV4_ANY, IPV4_ANY, to);
      // RFC 2131, 4.4.5: "one-half of the remaining time ..., down to a minimum of 60 seconds".
      const next = time + max((until - time) / 2, EXTEND_INTERVAL);
      outcome = this.verdict(lease, time, to, min(until, next));
    }
    return outcome;
  }

  /** Goes over from a lease to the one that prolongs it. @returns the latter */
  private renew(from: Lease, to: Lease): Lease {
    this.lease = to;
    if (to.configuresAs(from)) this.log.debug(this.name + " goes on: " + to.toString());
    else {
      from.withdrawRoutes(this.ipv4);
      // To give the address up would end the connections from it.
      if (from.prefix.length != to.prefix.length) from.withdraw(this.ipv4);
      to.apply(this.ipv4);
      this.log.info(this.name + " now has " + to.toString());
    }
    return to;
  }

  /** Begins an exchange. */
  private begin(): void {
    this.messages.xid = randomU32();
    this.since = now();
    this.secs = 0;
  }

  /** Seconds since begin. */
  private elapsed(): u32 {
    return ((now() - this.since) / SECOND) as u32;
  }

  /** Sends a message; the parameters are those of Messages.write. What does not get through is asked again. */
  private send(type: u32, own: Ipv4Address, requested: Ipv4Address, server: Ipv4Address, to: Ipv4Address): void {
    const length = this.messages.write(type, min(this.secs, u16.MAX_VALUE), own, requested, server);
    this.socket.sendTo(this.messages.buffer, length, to, wire.SERVER_PORT);
  }

  /** The next datagram, into the buffer of the messages. @returns its octets, E_TIMEOUT or E_CANCELLED */
  private receive(deadline: u64): i32 {
    const wait = remaining(deadline);
    // Also where datagrams come without end.
    return wait ? this.socket.recvFrom(this.messages.buffer, wait) : E_TIMEOUT;
  }
}
