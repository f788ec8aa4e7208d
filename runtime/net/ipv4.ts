/**
 * The IPv4 layer of a host with one interface (RFC 791, RFC 1122): takes the datagrams that are for us to the protocol
 * of their number, and sends datagrams to the link's hosts, or to routers for all others. It forwards nothing.
 *
 * Addresses and routes can be added and removed at any time. Without an address it hears broadcasts, and sends them from
 * 0.0.0.0, as DHCP needs it.
 */
import { E_UNREACHABLE, OK } from "../base/result";
import { now } from "../sys/clock";
import { randomU32 } from "../sys/random";
import { TYPE_IPV4 } from "../wire/ethernet";
import { DESTINATION_UNREACHABLE, PROTOCOL_UNREACHABLE } from "../wire/icmpv4";
import * as wire from "../wire/ipv4";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix, isUnicast } from "../wire/ipv4address";
import { MAC_BROADCAST } from "../wire/macaddress";
import { GSO_TCPV4 } from "../wire/vnet";
import { LocalAddresses } from "./addresses";
import { Arp } from "./arp";
import { Ethernet, PayloadHandler } from "./ethernet";
import { PATH_MTU_MIN, PathMtuCache } from "./pathmtu";
import { ErrorReporter, ProtocolHandler } from "./protocol";
import { RoutingTable } from "./routes";

export class Ipv4 extends PayloadHandler {
  private handlers: ProtocolHandler | null = null;
  private paths: PathMtuCache = new PathMtuCache();
  /** Our addresses: to be changed by addAddress and removeAddress only. */
  readonly addresses: LocalAddresses;
  /** The ways to other networks. */
  readonly routes: RoutingTable = new RoutingTable();
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

  constructor(
    private ethernet: Ethernet,
    private arp: Arp,
  ) {
    super(TYPE_IPV4);
    assert(ethernet.mtu >= wire.MTU_MIN, "the MTU is too small for IPv4");
    this.addresses = arp.addresses;
    ethernet.serve(this);
  }

  /**
   * Makes an address ours, announces it on the link, and makes its network's hosts neighbours. An address that is ours
   * already gets the new network.
   */
  addAddress(prefix: Ipv4Prefix): void {
    this.forget(prefix.address);
    this.addresses.add(prefix);
    this.routes.add(prefix, IPV4_ANY);
    this.arp.announce(prefix.address);
  }

  /** Gives an address up, with its network unless another address of ours lies in it. The protocols are told. */
  removeAddress(address: Ipv4Address): void {
    if (!this.forget(address)) return;
    let handler = this.handlers;
    while (handler) {
      handler.addressRemoved(address);
      handler = handler.next;
    }
  }

  /**
   * Sets the router for all networks without a route of their own.
   * @param gateway a router on the link, or IPV4_ANY for none
   */
  setGateway(gateway: Ipv4Address): void {
    const everywhere = new Ipv4Prefix(IPV4_ANY, 0);
    if (gateway == IPV4_ANY) this.routes.remove(everywhere);
    else this.routes.add(everywhere, gateway);
  }

  /** Our address that datagrams to `destination` come from unless told otherwise (RFC 1122, 3.3.4.3); IPV4_ANY: none. */
  sourceFor(destination: Ipv4Address): Ipv4Address {
    const hop = this.addresses.isBroadcast(destination) ? destination : this.routes.nextHop(destination);
    return this.addresses.sourceFor(hop);
  }

  /** Most octets of a datagram to `destination` that passes in one piece, as far as known: the header and its payload. */
  pathMtu(destination: Ipv4Address): u32 {
    const known = this.paths.find(destination, now());
    return known ? min(known, this.ethernet.mtu) : this.ethernet.mtu;
  }

  /**
   * For protocols that have believed an error: notes that only smaller datagrams pass, for ten minutes.
   * @param mtu what the error said; PATH_MTU_MIN if that is larger
   */
  lowerPathMtu(destination: Ipv4Address, mtu: u32): void {
    // RFC 1191, 3: "A host MUST NOT increase its estimate in response to the contents of a Datagram Too Big message."
    if (mtu < this.pathMtu(destination)) this.paths.note(destination, mtu, now());
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

  /** Whether the link is up. */
  get link(): bool {
    return this.ethernet.link;
  }

  /** Whether TCP segments larger than the MTU may be sent, for the host to cut. */
  get canSegment(): bool {
    return this.ethernet.canSegment(GSO_TCPV4);
  }

  /** As reserve, but with room for a datagram of DATAGRAM_MAX octets, where canSegment. */
  reserveLarge(): usize {
    const packet = this.ethernet.reserveLarge();
    if (packet == 0) {
      this.ipOutDiscards++;
      return 0;
    }
    return packet + wire.HEADER_LENGTH;
  }

  /**
   * Has the host cut the segment in the reserved buffer, which needs leaveChecksum, too.
   * @param header octets of TCP's header; @param size octets of data in each segment but the last
   */
  cut(header: u32, size: u32): void {
    this.ethernet.cut(GSO_TCPV4, wire.HEADER_LENGTH + header, size);
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
    const forAll = this.addresses.isBroadcast(destination);
    // RFC 1122, 3.3.6: what came to all stations without being for all hosts is silently discarded.
    if (!forAll && (broadcast || !this.addresses.has(destination))) {
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

  /** What takes the datagrams of a protocol number, or null. */
  handlerOf(protocol: u32): ProtocolHandler | null {
    let handler = this.handlers;
    while (handler && handler.protocol != protocol) handler = handler.next;
    return handler;
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
    reporter.report(ip, DESTINATION_UNREACHABLE, code, 0);
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
   * @param source an address of ours, see sourceFor; IPV4_ANY only in broadcasts
   * @param flags FLAG_DF: routers must not cut it, which is for who listens to ProtocolHandler.error, and sends no more
   *   than pathMtu; else 0
   * @returns OK, or E_UNREACHABLE: no route, nobody answers at the next hop, or the source is no longer ours
   */
  send(
    payload: usize,
    length: u32,
    protocol: u32,
    source: Ipv4Address,
    destination: Ipv4Address,
    flags: u32 = 0,
    timeToLive: u32 = wire.TIME_TO_LIVE_DEFAULT,
  ): i32 {
    this.ipOutRequests++;
    const ptr = payload - wire.HEADER_LENGTH;
    const total = wire.HEADER_LENGTH + length;
    // A path that is smaller than anything believed: routers have to cut what passes it.
    if (flags != 0 && this.paths.find(destination, now()) == PATH_MTU_MIN) flags = 0;
    wire.emit(ptr, total, this.identification++, flags, timeToLive, protocol, source, destination);
    if (this.addresses.isBroadcast(destination)) {
      this.ethernet.commit(ptr, total, MAC_BROADCAST, TYPE_IPV4);
      return OK;
    }
    const hop = this.nextHop(source, destination);
    if (hop == IPV4_ANY) {
      this.ipOutNoRoutes++;
      return E_UNREACHABLE;
    }
    const result = this.arp.send(hop, ptr, total);
    if (result < 0) this.ipOutDiscards++;
    return result;
  }

  /** Where to send what is for `destination`; IPV4_ANY when nowhere. Our own addresses are not on the link. */
  private nextHop(source: Ipv4Address, destination: Ipv4Address): Ipv4Address {
    const local = this.addresses;
    if (!isUnicast(destination) || local.has(destination) || !local.has(source)) return IPV4_ANY;
    return this.routes.nextHop(destination);
  }

  /** Whether a datagram may come from `address`: RFC 1122, 3.2.1.3, and not from ourselves. */
  private isSource(address: Ipv4Address): bool {
    return isUnicast(address) && !this.addresses.has(address) && !this.addresses.isBroadcast(address);
  }

  /** Removes an address and its network. @returns whether it was ours */
  private forget(address: Ipv4Address): bool {
    const prefix = this.addresses.remove(address);
    if (!prefix) return false;
    this.routes.remove(prefix);
    let local = this.addresses.first;
    while (local) {
      this.routes.add(local.prefix, IPV4_ANY);
      local = local.next;
    }
    return true;
  }

  private deliver(ptr: usize, broadcast: bool): void {
    const handler = this.handlerOf(wire.protocol(ptr));
    if (handler) {
      this.ipInDelivers++;
      handler.datagram(ptr, broadcast);
    } else {
      this.ipInUnknownProtos++;
      this.reject(ptr, broadcast, PROTOCOL_UNREACHABLE);
    }
  }
}
