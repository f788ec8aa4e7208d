/** What the IPv4 layer and the protocols over it know of each other. */

import { Report } from "../flow/report";
import { Ipv4Address } from "../wire/ipv4address";

/** A protocol over IPv4. */
export abstract class ProtocolHandler {
  /** The next handler of the same IPv4 layer. */
  next: ProtocolHandler | null = null;

  /** @param protocol the datagrams it takes, by the header's protocol number */
  constructor(readonly protocol: u32) {}

  /**
   * Takes a whole, checked datagram from a unicast source, or, where Ipv4.hearsNewcomers, a broadcast from 0.0.0.0; must not
   * suspend.
   * @param ip its IPv4 header, valid during the call only
   * @param broadcast whether it was sent to all hosts, which forbids to answer it with an error
   */
  abstract datagram(ip: usize, broadcast: bool): void;

  /**
   * Hears that a datagram sent from here was not delivered; must not suspend. Anyone can have forged that: the handler
   * compares what is quoted with what it has sent (RFC 5927, 4.1), and only then believes it, and tells
   * Ipv4.lowerPathMtu.
   * @param quoted the datagram's IPv4 header, from an address of ours, followed by the first 8 octets of its payload or
   *   more; its lengths may say more than is there. Valid during the call only
   * @param type ICMP's DESTINATION_UNREACHABLE, TIME_EXCEEDED or PARAMETER_PROBLEM; @param code that type's
   * @param mtu with FRAGMENTATION_NEEDED the largest datagram that passes, less than the quoted one; else 0
   */
  error(_quoted: usize, _type: u32, _code: u32, _mtu: u32): void {}

  /** Tells its counters. */
  report(_to: Report): void {}

  /** An address is no longer ours: nothing may be sent from it any more. */
  addressRemoved(_address: Ipv4Address): void {}
}

/** What reports to senders that their datagrams were not taken. */
export abstract class ErrorReporter {
  /** Errors not sent for want of a buffer. */
  unsent: u64 = 0;

  /**
   * Reports an error about a datagram to its source; must not suspend.
   * @param ip a datagram from a unicast source to an address of ours, no fragment but a first one
   * @param type which of ICMP's errors; @param code that type's; @param word what follows, as wire/icmpv4's emitError
   */
  abstract report(ip: usize, type: u32, code: u32, word: u32): void;
  /** Tells its counters, behind those of ICMP. */
  abstract describe(to: Report): void;
}
