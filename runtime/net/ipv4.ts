/**
 * The IPv4 layer of a host with one interface (RFC 791, RFC 1122): takes the datagrams that are for us to the protocol
 * of their number, and sends datagrams to the link's hosts, or to the gateway for all others. It forwards nothing.
 *
 * Fragments are counted and dropped: there is no reassembly, and what is sent is never larger than the MTU.
 */
import { E_UNREACHABLE, OK } from "../base/result";
import { randomU32 } from "../sys/random";
import { TYPE_IPV4 } from "../wire/ethernet";
import { PROTOCOL_UNREACHABLE } from "../wire/icmpv4";
import * as wire from "../wire/ipv4";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix, isUnicast } from "../wire/ipv4address";
import { MAC_BROADCAST } from "../wire/macaddress";
import { Arp } from "./arp";
import { Ethernet, PayloadHandler } from "./ethernet";

/** The recommended default (RFC 1700, "IP TIME TO LIVE PARAMETER"). */
const TIME_TO_LIVE: u32 = 64;

/** A protocol over IPv4. */
export abstract class ProtocolHandler {
  /** The next handler of the same IPv4 layer. */
  next: ProtocolHandler | null = null;

  /** @param protocol the datagrams it takes, by the header's protocol number */
  constructor(readonly protocol: u32) {}

  /**
   * Takes a whole, checked datagram from a unicast source; must not suspend.
   * @param ip its IPv4 header, valid during the call only
   * @param broadcast whether it was sent to all hosts, which forbids to answer it with an error
   */
  abstract datagram(ip: usize, broadcast: bool): void;
}

/** What reports that a datagram could not be delivered. */
export abstract class ErrorReporter {
  /**
   * Reports to the datagram's source that its destination is unreachable; must not suspend.
   * @param ip a datagram from a unicast source to our own address, no fragment and no ICMP
   * @param code which of ICMP's codes for that
   */
  abstract unreachable(ip: usize, code: u32): void;
}

export class Ipv4 extends PayloadHandler {
  private handlers: ProtocolHandler | null = null;
  /** Reports what nothing here takes. */
  reporter: ErrorReporter | null = null;
  /** Drawn at random at first, so that a stranger cannot count our datagrams from the start. */
  private identification: u32 = randomU32();

  // Counters, named after RFC 4293's ipSystemStatsTable.
  ipInReceives: u64 = 0;
  /** Wrong version, lengths or checksum, or a source that cannot be a host. */
  ipInHdrErrors: u64 = 0;
  /** The destination is not us. */
  ipInAddrErrors: u64 = 0;
  ipInUnknownProtos: u64 = 0;
  /** The frame is shorter than the datagram says. */
  ipInTruncatedPkts: u64 = 0;
  ipInDelivers: u64 = 0;
  /** Fragments received, all of which count in ipReasmFails as well. */
  ipReasmReqds: u64 = 0;
  ipReasmFails: u64 = 0;
  ipOutRequests: u64 = 0;
  ipOutNoRoutes: u64 = 0;
  /** Not sent, as there was no buffer or nobody answered for the next hop. */
  ipOutDiscards: u64 = 0;

  /**
   * @param prefix our address and the link's network
   * @param gateway the router for all other networks, or IPV4_ANY
   */
  constructor(
    private ethernet: Ethernet,
    private arp: Arp,
    readonly prefix: Ipv4Prefix,
    readonly gateway: Ipv4Address,
  ) {
    super(TYPE_IPV4);
    assert(ethernet.mtu >= wire.MTU_MIN, "the MTU is too small for IPv4");
    ethernet.serve(this);
  }

  /** Our address. */
  get address(): Ipv4Address {
    return this.prefix.address;
  }

  /** Most octets of a datagram's payload. */
  get payloadMax(): u32 {
    return this.ethernet.mtu - wire.HEADER_LENGTH;
  }

  /** As of NetworkDevice: about the datagram that is being handed up, and the one in the reserved buffer. */
  get verified(): bool {
    return this.ethernet.verified;
  }

  get datagramSize(): u32 {
    return this.ethernet.datagramSize;
  }

  get leavesChecksums(): bool {
    return this.ethernet.leavesChecksums;
  }

  leaveChecksum(start: usize, field: u32): void {
    this.ethernet.leaveChecksum(start, field);
  }

  /** Hands datagrams of the handler's protocol to it. */
  serve(handler: ProtocolHandler): void {
    handler.next = this.handlers;
    this.handlers = handler;
  }

  linkChanged(_up: bool): void {}

  payload(ptr: usize, length: u32, broadcast: bool): void {
    this.ipInReceives++;
    if (!wire.check(ptr, length)) {
      if (wire.isTruncated(ptr, length)) this.ipInTruncatedPkts++;
      else this.ipInHdrErrors++;
      return;
    }
    if (!wire.verifyHeader(ptr) || !this.isSource(wire.sourceAddress(ptr))) {
      this.ipInHdrErrors++;
      return;
    }
    const destination = wire.destinationAddress(ptr);
    // RFC 1122, 3.3.6: what came to all stations without being for all hosts is silently discarded.
    const forAll = this.prefix.isBroadcast(destination);
    if (destination == this.prefix.address ? broadcast : !forAll) {
      this.ipInAddrErrors++;
      return;
    }
    if (wire.isFragment(ptr)) {
      this.ipReasmReqds++;
      this.ipReasmFails++;
      return;
    }
    this.deliver(ptr, forAll);
  }

  /**
   * Reports a datagram that was handed up to its source as unreachable, unless it must not be.
   * @param broadcast as the datagram was handed up with; @param code which of ICMP's codes
   */
  reject(ip: usize, broadcast: bool, code: u32): void {
    const reporter = this.reporter;
    if (!reporter || broadcast) return;
    // The report quotes the datagram.
    this.ethernet.complete();
    reporter.unreachable(ip, code);
  }

  /** As NetworkDevice.reserve, but gives the address for the datagram's payload, with room for payloadMax. */
  reserve(): usize {
    const packet = this.ethernet.reserve();
    if (packet == 0) {
      this.ipOutDiscards++;
      return 0;
    }
    return packet + wire.HEADER_LENGTH;
  }

  /**
   * Sends the datagram whose payload is in the buffer that reserve gave.
   * @param payload that address; @param length the payload's octets, at most payloadMax
   * @returns OK, or E_UNREACHABLE: no route, or nobody answers at the next hop
   */
  send(payload: usize, length: u32, protocol: u32, destination: Ipv4Address): i32 {
    this.ipOutRequests++;
    const ptr = payload - wire.HEADER_LENGTH;
    const total = wire.HEADER_LENGTH + length;
    const own = this.prefix.address;
    wire.emit(ptr, total, this.identification++, 0, TIME_TO_LIVE, protocol, own, destination);
    if (this.prefix.isBroadcast(destination)) {
      this.ethernet.commit(ptr, total, MAC_BROADCAST, TYPE_IPV4);
      return OK;
    }
    const hop = this.nextHop(destination);
    if (hop == IPV4_ANY) {
      this.ipOutNoRoutes++;
      return E_UNREACHABLE;
    }
    const result = this.arp.send(hop, ptr, total);
    if (result < 0) this.ipOutDiscards++;
    return result;
  }

  /** Where to send what is for `destination`; IPV4_ANY when nowhere. Our own address is not on the link. */
  private nextHop(destination: Ipv4Address): Ipv4Address {
    if (!isUnicast(destination) || destination == this.prefix.address) return IPV4_ANY;
    return this.prefix.contains(destination) ? destination : this.gateway;
  }

  /** Whether a datagram may come from `address`: RFC 1122, 3.2.1.3, and not from ourselves. */
  private isSource(address: Ipv4Address): bool {
    return isUnicast(address) && address != this.prefix.address && !this.prefix.isBroadcast(address);
  }

  private deliver(ptr: usize, broadcast: bool): void {
    const protocol = wire.protocol(ptr);
    let handler = this.handlers;
    while (handler && handler.protocol != protocol) handler = handler.next;
    if (handler) {
      this.ipInDelivers++;
      handler.datagram(ptr, broadcast);
    } else {
      this.ipInUnknownProtos++;
      this.reject(ptr, broadcast, PROTOCOL_UNREACHABLE);
    }
  }
}
