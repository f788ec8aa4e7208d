/**
 * ARP (RFC 826): finds the station that has an IPv4 address on the link, and answers for our own.
 *
 * A packet whose next hop is unknown waits in a short queue while the link is asked, once a second and a few times; if
 * nobody answers, packets are refused for a while. An entry holds for `lifetime` after its last confirmation. While it
 * is used, the station itself is asked shortly before that end, so that traffic does not stop (RFC 1122, 2.3.2.1 (2)).
 *
 * Nothing here is authenticated: any station on the link can claim any address. So only what we asked for, or who asks
 * for us, gets into the cache, and nothing that cannot be a neighbour.
 */
import { E_UNREACHABLE, OK } from "../base/result";
import { Report } from "../flow/report";
import { Timer } from "../sched/timer";
import { now } from "../sys/clock";
import { LogSource } from "../sys/log";
import * as wire from "../wire/arp";
import { TYPE_ARP, TYPE_IPV4 } from "../wire/ethernet";
import { formatIpv4, IPV4_ANY, Ipv4Address } from "../wire/ipv4address";
import { formatMac, isStationMac, MAC_BROADCAST, MacAddress } from "../wire/macaddress";
import { LocalAddresses } from "./addresses";
import { Ethernet, PayloadHandler } from "./ethernet";
import { FAILED, INCOMPLETE, Neighbour, NeighbourCache, REACHABLE } from "./neighbours";
import { PendingPool } from "./pending";
import { AddressWatcher } from "./watcher";

const SECOND: u64 = 1000000000;
/** Time between two requests for one address: "the recommended maximum rate is 1 per second" (RFC 1122, 2.3.2.1). */
const RETRY: u64 = SECOND;
/** Requests until nobody is thought to be there. */
const REQUESTS_MAX: u32 = 3;
/** How long nobody is asked again after that. */
const FAILED_FOR: u64 = 3 * SECOND;
/** From an address's first announcement to its second and last (RFC 5227, 2.3, ANNOUNCE_INTERVAL). */
const ANNOUNCE_INTERVAL: u64 = 2 * SECOND;
/** Least time between two defences of our address (RFC 5227, 2.4, DEFEND_INTERVAL). */
const DEFEND_INTERVAL: u64 = 10 * SECOND;

/** Asks again for the addresses that are not yet known, and announces again what is ours. */
class RetryTimer extends Timer {
  constructor(private arp: Arp) {
    super();
  }

  fire(): void {
    this.arp.retry();
  }
}

export class Arp extends PayloadHandler {
  private cache: NeighbourCache = new NeighbourCache();
  private pool: PendingPool;
  private timer!: Timer;
  private log: LogSource = new LogSource("arp");
  private defendAt: u64 = 0;
  /** When to announce our addresses again; the greatest u64: never. */
  private announceAt: u64 = u64.MAX_VALUE;
  /** How long an entry holds after its last confirmation, in ns. */
  lifetime: u64 = 60 * SECOND;

  // Counters.
  arpInRequests: u64 = 0;
  arpInReplies: u64 = 0;
  /** Packets that were malformed or named impossible senders. */
  arpInErrors: u64 = 0;
  /** Packets of another station that claims our address. */
  arpInConflicts: u64 = 0;
  arpOutRequests: u64 = 0;
  arpOutReplies: u64 = 0;
  /** IP packets dropped while they waited for their next hop's address. */
  arpOutDiscards: u64 = 0;

  /** The addresses that are ours, shared with the IPv4 layer. */
  readonly addresses: LocalAddresses = new LocalAddresses();
  /** The address that probe asks for; IPV4_ANY: none. */
  private probed: Ipv4Address = IPV4_ANY;
  private probedBy: MacAddress = 0;

  /** Hears what stations say of their addresses; null: nobody. */
  watcher: AddressWatcher | null = null;

  constructor(private ethernet: Ethernet) {
    super(TYPE_ARP);
    this.pool = new PendingPool(ethernet.mtu);
    this.timer = new RetryTimer(this);
    ethernet.serve(this);
  }

  /**
   * Sends the IP packet in the buffer that ethernet.reserve gave, now or when the next hop is known.
   * @param ptr that address; @param length octets of the packet
   * @returns OK, or E_UNREACHABLE when nobody answered for the next hop
   */
  send(nextHop: Ipv4Address, ptr: usize, length: u32): i32 {
    const time = now();
    const neighbour = this.cache.find(nextHop);
    if (neighbour && neighbour.state != INCOMPLETE && time < neighbour.expires) {
      if (neighbour.state == FAILED) return E_UNREACHABLE;
      neighbour.usedAt = time;
      this.ethernet.commit(ptr, length, neighbour.mac, TYPE_IPV4);
      if (time >= neighbour.askAt) this.ask(neighbour, neighbour.mac, time);
      return OK;
    }
    this.hold(neighbour, nextHop, ptr, length, time);
    return OK;
  }

  /**
   * Tells the link who has an address of ours, so that stale entries there are mended: now, and once more two seconds later
   * (RFC 5227, 2.3), for Linux believes nobody else within a second of the last change.
   */
  announce(address: Ipv4Address): void {
    this.claim(address);
    this.announceLater();
  }

  /**
   * Asks whether somebody has an address that we want (RFC 5227, 2.1.1: an ARP Probe). `claimant` tells who has said so
   * since the first probe for it, until stopProbing.
   */
  probe(address: Ipv4Address): void {
    if (address != this.probed) this.probedBy = 0;
    this.probed = address;
    this.emit(wire.OP_REQUEST, MAC_BROADCAST, IPV4_ANY, 0, address);
  }

  /** Whether packets wait for the address of their next hop. */
  get holdsPackets(): bool {
    for (let i: u32 = 0; i < this.cache.size; i++) if (this.cache.at(i).count > 0) return true;
    return false;
  }

  /** Ends what probe began. */
  stopProbing(): void {
    this.probed = IPV4_ANY;
  }

  /** The station that has the address that was probed for, or wants it too; 0 when none was heard of. */
  get claimant(): MacAddress {
    return this.probedBy;
  }

  report(to: Report): void {
    to.layer("arp");
    to.add("arpInRequests", this.arpInRequests);
    to.add("arpInReplies", this.arpInReplies);
    to.add("arpInErrors", this.arpInErrors);
    to.add("arpInConflicts", this.arpInConflicts);
    to.add("arpOutRequests", this.arpOutRequests);
    to.add("arpOutReplies", this.arpOutReplies);
    to.add("arpOutDiscards", this.arpOutDiscards);
  }

  linkChanged(up: bool): void {
    if (!up) return;
    this.claimAll();
    this.announceLater();
  }

  payload(ptr: usize, length: u32, _broadcast: bool): void {
    if (!wire.check(ptr, length)) {
      this.arpInErrors++;
      return;
    }
    const operation = wire.operation(ptr);
    const hardware = wire.senderHardware(ptr);
    const sender = wire.senderProtocol(ptr);
    if ((operation != wire.OP_REQUEST && operation != wire.OP_REPLY) || !isStationMac(hardware)) {
      this.arpInErrors++;
      return;
    }
    // Some bridges send our own broadcasts back.
    if (hardware == this.ethernet.mac) return;
    const target = wire.targetProtocol(ptr);
    // RFC 5227, 2.1.1: a packet from the address, or another probe for it.
    if (this.probed && (sender == this.probed || (sender == IPV4_ANY && target == this.probed)))
      this.probedBy = hardware;
    const watcher = this.watcher;
    if (watcher) watcher.claimed(sender == IPV4_ANY ? target : sender, hardware);
    if (this.addresses.has(sender)) {
      this.conflict(sender, hardware);
      return;
    }
    if (operation == wire.OP_REPLY) this.arpInReplies++;
    else this.arpInRequests++;

    // RFC 826, "Packet Reception": an entry that is there is updated, whatever the packet is about. Sender 0.0.0.0
    // only asks whether an address is taken (RFC 5227, 1.1: an ARP Probe), and never has an entry.
    const known = this.cache.find(sender);
    if (known) this.learn(known, hardware);
    if (operation != wire.OP_REQUEST || !this.addresses.has(target)) return;
    // Who asks for us will be answered, and mostly more than once.
    if (!known && this.addresses.isNeighbour(sender)) this.learn(this.take(sender), hardware);
    this.emit(wire.OP_REPLY, hardware, target, hardware, sender);
    this.arpOutReplies++;
  }

  /** For the timer: asks again where it is time, gives up where it was asked often enough; and sets the timer. */
  retry(): void {
    const time = now();
    if (time >= this.announceAt) {
      this.announceAt = u64.MAX_VALUE;
      this.claimAll();
    }
    let next = this.announceAt;
    for (let i: u32 = 0; i < this.cache.size; i++) {
      const neighbour = this.cache.at(i);
      if (neighbour.state != INCOMPLETE) continue;
      if (time >= neighbour.askAt) {
        if (neighbour.asked == REQUESTS_MAX) {
          neighbour.state = FAILED;
          neighbour.expires = time + FAILED_FOR;
          this.arpOutDiscards += this.pool.clear(neighbour);
          continue;
        }
        this.ask(neighbour, MAC_BROADCAST, time);
      }
      next = min(next, neighbour.askAt);
    }
    this.timer.arm(next);
  }

  /** Keeps a packet until its next hop is known, and asks for that unless this is under way. */
  private hold(known: Neighbour | null, nextHop: Ipv4Address, ptr: usize, length: u32, time: u64): void {
    const neighbour = known ? known : this.take(nextHop);
    this.ethernet.completeReserved(length);
    this.arpOutDiscards += this.pool.push(neighbour, ptr, length);
    if (neighbour.state == INCOMPLETE) return;
    neighbour.state = INCOMPLETE;
    neighbour.asked = 0;
    neighbour.usedAt = time;
    this.ask(neighbour, MAC_BROADCAST, time);
    this.retry();
  }

  /** Makes room for an address; the caller sets the state. */
  private take(address: Ipv4Address): Neighbour {
    const neighbour = this.cache.victim(address);
    this.arpOutDiscards += this.pool.clear(neighbour);
    neighbour.state = FAILED;
    neighbour.address = address;
    return neighbour;
  }

  /** Notes a neighbour's station, and sends what waited for it. */
  private learn(neighbour: Neighbour, mac: MacAddress): void {
    const time = now();
    neighbour.state = REACHABLE;
    neighbour.mac = mac;
    neighbour.asked = 0;
    neighbour.expires = time + this.lifetime;
    neighbour.askAt = time + (this.lifetime / 4) * 3;
    neighbour.usedAt = time;
    while (neighbour.count > 0) {
      const ptr = this.ethernet.reserve();
      if (ptr == 0) {
        this.arpOutDiscards += this.pool.clear(neighbour);
        return;
      }
      const length = this.pool.frontLength(neighbour);
      memory.copy(ptr, this.pool.front(neighbour), length);
      this.ethernet.commit(ptr, length, mac, TYPE_IPV4);
      this.pool.shift(neighbour);
    }
  }

  /** Asks for a neighbour's address: the whole link, or only the station that had it. */
  private ask(neighbour: Neighbour, to: MacAddress, time: u64): void {
    neighbour.asked++;
    neighbour.askAt = time + RETRY;
    this.emit(wire.OP_REQUEST, to, this.addresses.sourceFor(neighbour.address), 0, neighbour.address);
    this.arpOutRequests++;
  }

  /** Another station says that it has an address of ours. We keep it, and say so now and then (RFC 5227, 2.4 (b)). */
  private conflict(address: Ipv4Address, mac: MacAddress): void {
    this.arpInConflicts++;
    const time = now();
    if (time < this.defendAt) return;
    this.defendAt = time + DEFEND_INTERVAL;
    this.log.warning(formatMac(mac) + " also claims our address " + formatIpv4(address));
    this.claim(address);
  }

  /** Sends an ARP Announcement (RFC 5227, 1.1). */
  private claim(address: Ipv4Address): void {
    this.emit(wire.OP_REQUEST, MAC_BROADCAST, address, 0, address);
  }

  private claimAll(): void {
    let local = this.addresses.first;
    while (local) {
      this.claim(local.prefix.address);
      local = local.next;
    }
  }

  private announceLater(): void {
    this.announceAt = now() + ANNOUNCE_INTERVAL;
    this.retry();
  }

  private emit(operation: u32, to: MacAddress, spa: Ipv4Address, tha: MacAddress, tpa: Ipv4Address): void {
    const ptr = this.ethernet.reserve();
    if (ptr == 0) return;
    wire.emit(ptr, operation, this.ethernet.mac, spa, tha, tpa);
    this.ethernet.commit(ptr, wire.PACKET_LENGTH, to, TYPE_ARP);
  }
}
