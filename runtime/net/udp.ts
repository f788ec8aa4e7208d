/** UDP (RFC 768) as a protocol over IPv4: hands datagrams to the sockets of their ports. */
import { setElement } from "../base/elements";
import { E_AGAIN, E_TOO_LONG } from "../base/result";
import { Report } from "../flow/report";
import { randomBelow } from "../sys/random";
import { DESTINATION_UNREACHABLE, PORT_UNREACHABLE } from "../wire/icmpv4";
import * as ipv4 from "../wire/ipv4";
import { Ipv4Address } from "../wire/ipv4address";
import * as wire from "../wire/udp";
import { Ipv4 } from "./ipv4";
import { ProtocolHandler } from "./protocol";
import { UdpPort } from "./udpport";

/** Octets of the largest datagram, header included. */
const SIZE_MAX: u32 = ipv4.DATAGRAM_MAX - ipv4.HEADER_LENGTH;
/** Lists of bound sockets, chosen by the port's low bits. */
const LISTS: u32 = 32;
/** Ports for sockets that do not care which (RFC 6335, 6: Dynamic Ports). */
const EPHEMERAL_FIRST: u32 = 49152;
const EPHEMERAL_COUNT: u32 = 16384;

export class Udp extends ProtocolHandler {
  private sockets: StaticArray<UdpPort | null> = new StaticArray<UdpPort | null>(LISTS);

  /** Room for a header. */
  private head: usize = heap.alloc(wire.HEADER_LENGTH);

  // Counters, named after RFC 4113's.
  udpInDatagrams: u64 = 0;
  udpNoPorts: u64 = 0;
  /** Wrong length or checksum, or the socket's queue was full. */
  udpInErrors: u64 = 0;
  udpOutDatagrams: u64 = 0;

  constructor(private ip: Ipv4) {
    super(ipv4.PROTOCOL_UDP);
    ip.serve(this);
  }

  datagram(ip: usize, broadcast: bool): void {
    const header = ipv4.headerLength(ip);
    const ptr = ip + header;
    const source = ipv4.sourceAddress(ip);
    const sound = wire.check(ptr, ipv4.totalLength(ip) - header);
    if (!sound || !(this.ip.verified || wire.verify(ptr, source, ipv4.destinationAddress(ip)))) {
      this.udpInErrors++;
      return;
    }
    const port = wire.sourcePort(ptr);
    const socket = this.find(wire.destinationPort(ptr));
    if (!socket || !socket.hears(source, port)) {
      this.udpNoPorts++;
      this.ip.reject(ip, broadcast, PORT_UNREACHABLE);
      return;
    }
    const local = broadcast ? this.ip.sourceFor(source) : ipv4.destinationAddress(ip);
    // One datagram, or many behind one header, of which the last may be shorter.
    let at = ptr + wire.HEADER_LENGTH;
    let left = wire.length(ptr) - wire.HEADER_LENGTH;
    let length = this.ip.datagramSize;
    if (length == 0 || length > left) length = left;
    do {
      if (socket.deliver(source, port, local, at, length)) this.udpInDatagrams++;
      else this.udpInErrors++;
      at += length;
      left -= length;
      length = min(length, left);
    } while (left != 0);
  }

  /** Tells the socket that has sent the datagram. */
  error(quoted: usize, type: u32, code: u32, mtu: u32): void {
    const ptr = quoted + ipv4.headerLength(quoted);
    const destination = ipv4.destinationAddress(quoted);
    const socket = this.find(wire.sourcePort(ptr));
    // RFC 1122, 4.1.3.3; of other types the codes mean something else: that it was not delivered.
    const kind = type == DESTINATION_UNREACHABLE ? code : 0;
    if (!socket || !socket.hearError(destination, wire.destinationPort(ptr), kind)) return;
    if (mtu) this.ip.lowerPathMtu(destination, mtu);
  }

  report(to: Report): void {
    to.layer("udp");
    to.add("udpInDatagrams", this.udpInDatagrams);
    to.add("udpNoPorts", this.udpNoPorts);
    to.add("udpInErrors", this.udpInErrors);
    to.add("udpOutDatagrams", this.udpOutDatagrams);
  }

  /** For sockets: hands the datagrams of a port to one. @param port 1 to 65535 @returns whether the port was free */
  bind(socket: UdpPort, port: u32): bool {
    if (this.find(port)) return false;
    const list = port % LISTS;
    socket.next = unchecked(this.sockets[list]);
    socket.port = port;
    setElement(this.sockets, list, socket);
    return true;
  }

  /**
   * For sockets: as bind, with a port that is hard to guess (RFC 6056, 3.3.1: a random one, then the ones after it).
   * @returns false when all of them are taken
   */
  bindEphemeral(socket: UdpPort): bool {
    const start = randomBelow(EPHEMERAL_COUNT);
    for (let i: u32 = 0; i < EPHEMERAL_COUNT; i++) {
      if (this.bind(socket, EPHEMERAL_FIRST + ((start + i) % EPHEMERAL_COUNT))) return true;
    }
    return false;
  }

  /** For sockets: undoes bind. */
  unbind(socket: UdpPort): void {
    const list = socket.port % LISTS;
    let before = unchecked(this.sockets[list])!;
    if (before === socket) {
      setElement(this.sockets, list, socket.next);
      return;
    }
    while (before.next !== socket) before = before.next!;
    before.next = socket.next;
  }

  /**
   * For sockets: sends a datagram.
   * @param local our address that it is to come from, or IPV4_ANY for any
   * @returns length or an error, as DatagramFlow.sendTo
   */
  send(from: UdpPort, local: Ipv4Address, address: Ipv4Address, port: u32, octets: usize, length: u32): i32 {
    const size = wire.HEADER_LENGTH + length;
    if (size > SIZE_MAX) return E_TOO_LONG;
    const source = local ? local : this.ip.sourceFor(address);
    if (!this.ip.fits(size, address)) {
      if (from.dontFragment) return E_TOO_LONG;
      const head = this.head;
      wire.emit(head, from.port, port, size, source, address, octets);
      const result = this.ip.sendLarge(
        head,
        wire.HEADER_LENGTH,
        octets,
        length,
        ipv4.PROTOCOL_UDP,
        source,
        address,
        from.timeToLive,
      );
      if (result < 0) return result;
      this.udpOutDatagrams++;
      return length;
    }
    const ptr = this.reserve();
    if (ptr == 0) return E_AGAIN;
    memory.copy(ptr, octets, length);
    return this.commit(from, source, address, port, ptr, length);
  }

  /** Most octets of a datagram to `address` that go in one piece. */
  room(address: Ipv4Address): u32 {
    return this.ip.pathMtu(address) - ipv4.HEADER_LENGTH - wire.HEADER_LENGTH;
  }

  /** For sockets: where the octets of a datagram go that is sent by commit; 0 when too much is on its way already. */
  reserve(): usize {
    const ptr = this.ip.reserve();
    return ptr ? ptr + wire.HEADER_LENGTH : 0;
  }

  /**
   * For sockets: sends the datagram whose octets are where reserve said.
   * @param source our address that it comes from
   * @returns length, or E_UNREACHABLE
   */
  commit(from: UdpPort, source: Ipv4Address, address: Ipv4Address, port: u32, octets: usize, length: u32): i32 {
    const ptr = octets - wire.HEADER_LENGTH;
    const size = wire.HEADER_LENGTH + length;
    if (this.ip.leavesChecksums) {
      wire.emitPartial(ptr, from.port, port, size, source, address);
      this.ip.leaveChecksum(ptr, wire.CHECKSUM);
    } else wire.emit(ptr, from.port, port, size, source, address, octets);
    const flags = from.dontFragment ? ipv4.FLAG_DF : 0;
    const result = this.ip.send(ptr, size, ipv4.PROTOCOL_UDP, source, address, flags, from.timeToLive);
    if (result < 0) return result;
    this.udpOutDatagrams++;
    return length;
  }

  /** The socket that is bound to a port. */
  private find(port: u32): UdpPort | null {
    let socket = unchecked(this.sockets[port % LISTS]);
    while (socket && socket.port != port) socket = socket.next;
    return socket;
  }
}
