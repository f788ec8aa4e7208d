/**
 * The sending half of the IPv4 layer: our addresses, the ways to others, and datagrams on those ways, in fragments where one
 * is too large.
 */
import { E_AGAIN, E_UNREACHABLE, OK } from "../base/result";
import { SIPHASH_KEY, sipHash } from "../crypto/siphash";
import { now } from "../sys/clock";
import { randomFill, randomU32 } from "../sys/random";
import { TYPE_IPV4 } from "../wire/ethernet";
import * as wire from "../wire/ipv4";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix, isUnicast } from "../wire/ipv4address";
import { MAC_BROADCAST } from "../wire/macaddress";
import { GSO_TCPV4 } from "../wire/vnet";
import { LocalAddresses } from "./addresses";
import { Arp } from "./arp";
import { Ethernet, PayloadHandler } from "./ethernet";
import { PATH_MTU_MIN, PathMtuCache } from "./pathmtu";
import { ProtocolHandler } from "./protocol";
import { RoutingTable } from "./routes";

export abstract class Ipv4Output extends PayloadHandler {
  protected handlers: ProtocolHandler | null = null;
  private paths: PathMtuCache = new PathMtuCache();
  /** Our addresses: to be changed by addAddress and removeAddress only. */
  readonly addresses: LocalAddresses;
  /** The ways to other networks. */
  readonly routes: RoutingTable = new RoutingTable();
  private identification: u32 = randomU32();
  /** The key that offsets of identifications are made with, and behind it room for the destination. */
  private secret: usize = heap.alloc(SIPHASH_KEY + sizeof<Ipv4Address>());
  /** The destination that the last offset was for, and that. */
  private identified: Ipv4Address = IPV4_ANY;
  private offset: u32 = 0;

  // Counters, named after RFC 4293's ipSystemStatsTable.
  ipOutRequests: u64 = 0;
  ipOutNoRoutes: u64 = 0;
  /** Not sent, as there was no buffer or nobody answered for the next hop. */
  ipOutDiscards: u64 = 0;
  /** Datagrams that were too large to be sent in one piece. */
  ipOutFragReqds: u64 = 0;
  ipOutFragOKs: u64 = 0;
  ipOutFragFails: u64 = 0;
  /** Fragments sent. */
  ipOutFragCreates: u64 = 0;

  constructor(
    protected ethernet: Ethernet,
    private arp: Arp,
  ) {
    super(TYPE_IPV4);
    assert(ethernet.mtu >= wire.MTU_MIN, "the MTU is too small for IPv4");
    this.addresses = arp.addresses;
    randomFill(this.secret, SIPHASH_KEY);
  }

  /**
   * Makes an address ours, announces it on the link, and makes its network's hosts neighbours. One that is ours already
   * keeps its network.
   */
  addAddress(prefix: Ipv4Prefix): void {
    if (this.addresses.has(prefix.address)) return;
    this.addresses.add(prefix);
    this.routes.add(prefix, IPV4_ANY);
    this.arp.announce(prefix.address);
  }

  /** Gives an address up, with its network unless another address of ours lies in it. The protocols are told. */
  removeAddress(address: Ipv4Address): void {
    const prefix = this.addresses.remove(address);
    if (!prefix) return;
    this.routes.remove(prefix);
    let local = this.addresses.first;
    while (local) {
      this.routes.add(local.prefix, IPV4_ANY);
      local = local.next;
    }
    let handler = this.handlers;
    while (handler) {
      handler.addressRemoved(address);
      handler = handler.next;
    }
  }

  /** Sets the router for all networks without a route of their own. @param gateway a router on the link */
  setGateway(gateway: Ipv4Address): void {
    this.routes.add(new Ipv4Prefix(IPV4_ANY, 0), gateway);
  }

  /** Undoes setGateway. */
  removeGateway(): void {
    this.routes.remove(new Ipv4Prefix(IPV4_ANY, 0));
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

  /** Whether a payload of so many octets goes to `destination` in one piece. */
  fits(length: u32, destination: Ipv4Address): bool {
    return wire.HEADER_LENGTH + length <= this.pathMtu(destination);
  }

  /**
   * For protocols that have believed an error: notes that only smaller datagrams pass, for ten minutes.
   * @param mtu what the error said; PATH_MTU_MIN if that is larger
   */
  lowerPathMtu(destination: Ipv4Address, mtu: u32): void {
    // RFC 1191, 3: "A host MUST NOT increase its estimate in response to the contents of a Datagram Too Big message."
    if (mtu < this.pathMtu(destination)) this.paths.note(destination, mtu, now());
  }

  /** Most octets of the payload of a datagram that is sent in one piece. */
  get payloadMax(): u32 {
    return this.ethernet.mtu - wire.HEADER_LENGTH;
  }

  /** As of NetworkDevice: about the datagram in the reserved buffer. */
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

  /** As reserve, of a datagram that `append` makes longer, to DATAGRAM_MAX octets at most, where canSegment. */
  reserveLarge(): usize {
    const packet = this.ethernet.reserveLarge();
    if (packet == 0) {
      this.ipOutDiscards++;
      return 0;
    }
    return packet + wire.HEADER_LENGTH;
  }

  append(ptr: usize, length: u32): void {
    this.ethernet.append(ptr, length);
  }

  get isSending(): bool {
    return this.ethernet.isSending;
  }

  /**
   * Has the host cut the segment in the reserved buffer, which needs leaveChecksum, too.
   * @param header octets of TCP's header; @param size octets of data in each segment but the last
   */
  cut(header: u32, size: u32): void {
    this.ethernet.cut(GSO_TCPV4, wire.HEADER_LENGTH + header, size);
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
    flags: u32,
    timeToLive: u32 = wire.TIME_TO_LIVE_DEFAULT,
  ): i32 {
    this.ipOutRequests++;
    // A path that is smaller than anything believed: routers have to cut what passes it.
    if (flags != 0 && this.paths.find(destination, now()) == PATH_MTU_MIN) flags = 0;
    // What nobody may cut needs no identification (RFC 6864, 4.1).
    const identification = flags != 0 ? 0 : this.identify(destination);
    return this.transmit(payload, length, identification, flags, timeToLive, protocol, source, destination);
  }

  /**
   * Sends a datagram of any length, without a buffer from reserve: in as many fragments as the path needs.
   * @param head address of its payload's first octets; @param headLength how many: at most 40
   * @param data address of those behind them; @param length how many: at most DATAGRAM_MAX with the headers
   * @returns as send; or E_AGAIN: too much on the way already
   */
  sendLarge(
    head: usize,
    headLength: u32,
    data: usize,
    length: u32,
    protocol: u32,
    source: Ipv4Address,
    destination: Ipv4Address,
    timeToLive: u32,
  ): i32 {
    this.ipOutRequests++;
    this.ipOutFragReqds++;
    const most = (this.pathMtu(destination) - wire.HEADER_LENGTH) & ~7;
    const total = headLength + length;
    const identification = this.identify(destination);
    for (let at: u32 = 0; at < total; at += most) {
      const piece = min(most, total - at);
      const ptr = this.reserve();
      let result = E_AGAIN;
      if (ptr) {
        const before = at == 0 ? headLength : 0;
        memory.copy(ptr, head, before);
        memory.copy(ptr + before, data + at + before - headLength, piece - before);
        const flags = (at + piece < total ? wire.FLAG_MF : 0) | (at >> 3);
        result = this.transmit(ptr, piece, identification, flags, timeToLive, protocol, source, destination);
      }
      if (result < 0) {
        this.ipOutFragFails++;
        return result;
      }
      this.ipOutFragCreates++;
    }
    this.ipOutFragOKs++;
    return OK;
  }

  /**
   * Tells a datagram from others to the same destination, of which the lower 16 bits are sent. Each destination sees an
   * offset of its own, so that from what it gets it cannot tell what others get, and forge fragments of that (RFC 7739, 5.3).
   */
  private identify(destination: Ipv4Address): u32 {
    if (destination != this.identified) {
      const secret = this.secret;
      store<u32>(secret + SIPHASH_KEY, destination);
      this.offset = sipHash(secret, secret + SIPHASH_KEY, sizeof<Ipv4Address>() as u32) as u32;
      this.identified = destination;
    }
    return this.offset + this.identification++;
  }

  /** Puts a header before what is in the reserved buffer, and sends it on its way. */
  private transmit(
    payload: usize,
    length: u32,
    identification: u32,
    flags: u32,
    timeToLive: u32,
    protocol: u32,
    source: Ipv4Address,
    destination: Ipv4Address,
  ): i32 {
    const ptr = payload - wire.HEADER_LENGTH;
    const total = wire.HEADER_LENGTH + length;
    wire.emit(ptr, total, identification, flags, timeToLive, protocol, source, destination);
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
}
