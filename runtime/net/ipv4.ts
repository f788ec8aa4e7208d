/**
 * The IPv4 layer of a host with one interface (RFC 791, RFC 1122): takes the datagrams that are for us to the protocol
 * of their number, and sends datagrams to the link's hosts, or to routers for all others. It forwards nothing.
 *
 * Addresses and routes can be added and removed at any time. Without an address it hears broadcasts, and sends them from
 * 0.0.0.0, as DHCP needs it.
 */

import { Report } from "../flow/report";
import { DESTINATION_UNREACHABLE, PARAMETER_PROBLEM, PROTOCOL_UNREACHABLE } from "../wire/icmpv4";
import * as wire from "../wire/ipv4";
import { IPV4_ANY, IPV4_BROADCAST, Ipv4Address, isUnicast } from "../wire/ipv4address";
import { checkOptions } from "../wire/ipv4options";
import { Arp } from "./arp";
import { Ethernet } from "./ethernet";
import { Ipv4Output } from "./ipv4output";
import { ErrorReporter, ProtocolHandler } from "./protocol";
import { Reassembly } from "./reassembly";

export class Ipv4 extends Ipv4Output {
  /** Puts fragments together. */
  readonly reassembly: Reassembly = new Reassembly();
  /** Whether what is being handed up was put together from fragments. */
  private assembled: bool = false;
  /** Reports what nothing here takes. */
  private reporter: ErrorReporter | null = null;
  /** Whether broadcasts of hosts that have no address yet are taken, from 0.0.0.0: for a DHCP server. */
  hearsNewcomers: bool = false;

  // Counters, named after RFC 4293's ipSystemStatsTable.
  ipInReceives: u64 = 0;
  /** Wrong version, lengths, checksum or options, a route that its sender chose, or a source that cannot be a host. */
  ipInHdrErrors: u64 = 0;
  /** The destination is not us. */
  ipInAddrErrors: u64 = 0;
  ipInUnknownProtos: u64 = 0;
  /** The frame is shorter than the datagram says. */
  ipInTruncatedPkts: u64 = 0;
  ipInDelivers: u64 = 0;

  constructor(ethernet: Ethernet, arp: Arp) {
    super(ethernet, arp);
    ethernet.serve(this);
  }

  /**
   * Of the datagram that is being handed up, as of NetworkDevice. What the host says of a frame says nothing of a datagram
   * that came in many.
   */
  get verified(): bool {
    return this.ethernet.verified && !this.assembled;
  }

  get datagramSize(): u32 {
    return this.assembled ? 0 : this.ethernet.datagramSize;
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
    const destination = wire.destinationAddress(ptr);
    if (!wire.verifyHeader(ptr) || !(this.isOther(wire.sourceAddress(ptr)) || this.isNewcomer(ptr))) {
      this.ipInHdrErrors++;
      return;
    }
    // Who has no address hears what is sent to the one that it will have: passt, for one, does not mind a DHCP client's
    // wish for broadcasts. It is taken as such: nobody answers from an address that is not ours.
    const forAll = this.addresses.isBroadcast(destination) || !this.addresses.first;
    // RFC 1122, 3.3.6: what came to all stations without being for all hosts is silently discarded.
    if (!forAll && (broadcast || !this.addresses.has(destination))) {
      this.ipInAddrErrors++;
      return;
    }
    if (wire.headerLength(ptr) != wire.HEADER_LENGTH && !this.takesOptions(ptr, forAll)) return;
    if (!wire.isFragment(ptr)) {
      this.deliver(ptr, forAll);
      return;
    }
    const whole = this.reassembly.add(ptr);
    if (whole == 0) return;
    this.assembled = true;
    this.deliver(whole, forAll);
    this.assembled = false;
  }

  /** Sets what reports errors. Without it nobody is told. */
  reportBy(reporter: ErrorReporter): void {
    this.reporter = reporter;
    this.reassembly.reporter = reporter;
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
    if (!broadcast) this.complain(ip, DESTINATION_UNREACHABLE, code, 0);
  }

  /** As ErrorReporter.report. */
  complain(ip: usize, type: u32, code: u32, word: u32): void {
    const reporter = this.reporter;
    if (!reporter) return;
    // The report quotes the datagram.
    this.ethernet.complete();
    reporter.report(ip, type, code, word);
  }

  /** Tells the counters of this layer, and of the protocols over it. */
  report(to: Report): void {
    to.layer("ipv4");
    to.add("ipInReceives", this.ipInReceives);
    to.add("ipInHdrErrors", this.ipInHdrErrors);
    to.add("ipInAddrErrors", this.ipInAddrErrors);
    to.add("ipInUnknownProtos", this.ipInUnknownProtos);
    to.add("ipInTruncatedPkts", this.ipInTruncatedPkts);
    to.add("ipInDelivers", this.ipInDelivers);
    to.add("ipReasmReqds", this.reassembly.ipReasmReqds);
    to.add("ipReasmOKs", this.reassembly.ipReasmOKs);
    to.add("ipReasmFails", this.reassembly.ipReasmFails);
    to.add("ipOutRequests", this.ipOutRequests);
    to.add("ipOutNoRoutes", this.ipOutNoRoutes);
    to.add("ipOutDiscards", this.ipOutDiscards);
    to.add("ipOutFragReqds", this.ipOutFragReqds);
    to.add("ipOutFragOKs", this.ipOutFragOKs);
    to.add("ipOutFragFails", this.ipOutFragFails);
    to.add("ipOutFragCreates", this.ipOutFragCreates);
    let handler = this.handlers;
    while (handler) {
      handler.report(to);
      handler = handler.next;
    }
  }

  /** ErrorReporter.unsent of what reports errors. */
  get unsentErrors(): u64 {
    const reporter = this.reporter;
    return reporter ? reporter.unsent : 0;
  }

  /** Tells the counters of what reports errors. */
  reportErrors(to: Report): void {
    const reporter = this.reporter;
    if (reporter) reporter.describe(to);
  }

  /** Whether `address` may be another host's, which datagrams come from and connections go to (RFC 1122, 3.2.1.3). */
  isOther(address: Ipv4Address): bool {
    return isUnicast(address) && !this.addresses.has(address) && !this.addresses.isBroadcast(address);
  }

  /** Whether a host without an address speaks to all (RFC 1122, 3.2.1.3 (a)), and is heard here. */
  private isNewcomer(ptr: usize): bool {
    return this.hearsNewcomers && wire.sourceAddress(ptr) == IPV4_ANY && wire.destinationAddress(ptr) == IPV4_BROADCAST;
  }

  /**
   * Whether a header's options allow to take the datagram. What a sender routes itself is refused: it could get past
   * filters, and answers would take the same way (RFC 7126, 4.3 and 4.4).
   */
  private takesOptions(ptr: usize, broadcast: bool): bool {
    const wrong = checkOptions(ptr);
    if (wrong == 0) return true;
    this.ipInHdrErrors++;
    // RFC 1122, 3.2.2.5: the pointer tells which octet it was. Later fragments are no matter of errors (3.2.2).
    if (wrong > 0 && !broadcast && wire.fragmentOffset(ptr) == 0)
      this.complain(ptr, PARAMETER_PROBLEM, 0, (<u32>wrong) << 24);
    return false;
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
