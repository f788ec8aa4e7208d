/**
 * IPv4 addresses and prefixes. An address is a number whose highest octet is the first one written; in packets it is
 * stored big-endian. The functions that take or make text are for arguments and messages, not for the packet path.
 */

import { findUnit, unitAt } from "../base/characters";

export type Ipv4Address = u32;

/** 0.0.0.0: "this host", or no address at all. */
export const IPV4_ANY: Ipv4Address = 0;
/** 255.255.255.255: everyone on the link (RFC 1122, 3.2.1.3 (c)). */
export const IPV4_BROADCAST: Ipv4Address = 0xffffffff;

/**
 * Whether `address` may be one host's on some network: not 0.0.0.0/8 (RFC 1122, 3.2.1.3 (a) and (b)), loopback,
 * multicast (224.0.0.0/4: RFC 1112, 4), nor 240.0.0.0/4, where the limited broadcast address lies.
 */
export function isUnicast(address: Ipv4Address): bool {
  const first = address >> 24;
  return first != 0 && first != 127 && first < 224;
}

/** A network with a host's address in it, such as 10.0.0.2/24. */
export class Ipv4Prefix {
  /** The bits that all addresses of the network share. */
  readonly mask: u32;
  /** The network's directed broadcast address, or IPV4_BROADCAST for /31 and /32, which have none (RFC 3021, 2.1). */
  readonly broadcast: Ipv4Address;
  /** The all-zeros host, which is heard as broadcast too (RFC 1122, 3.3.6), or IPV4_BROADCAST likewise. */
  private readonly zeros: Ipv4Address;

  /** @param address the host's; @param length the network's bits, 0 to 32 */
  constructor(
    readonly address: Ipv4Address,
    readonly length: i32,
  ) {
    this.mask = length == 0 ? 0 : 0xffffffff << (32 - length);
    this.broadcast = length >= 31 ? IPV4_BROADCAST : address | ~this.mask;
    this.zeros = length >= 31 ? IPV4_BROADCAST : address & this.mask;
  }

  /** Reads `ADDRESS/LENGTH`; null when malformed. */
  static parse(text: string): Ipv4Prefix | null {
    const slash = findUnit(text, 0x2f, 0, text.length);
    const address = parsePart(text, slash);
    const length = decimal(text, slash + 1, text.length);
    if (address < 0 || length < 0 || length > 32) return null;
    return new Ipv4Prefix(address as u32, length);
  }

  /** Whether `address` lies in the network. */
  contains(address: Ipv4Address): bool {
    return (address & this.mask) == (this.address & this.mask);
  }

  /** Whether `address` reaches every host on the network. */
  isBroadcast(address: Ipv4Address): bool {
    return address == this.broadcast || address == this.zeros || address == IPV4_BROADCAST;
  }

  /** Whether `address` may be a host's on the network. */
  isNeighbour(address: Ipv4Address): bool {
    return this.contains(address) && isUnicast(address) && !this.isBroadcast(address);
  }

  toString(): string {
    return formatIpv4(this.address) + "/" + this.length.toString();
  }
}

/** Reads four decimal numbers with dots between, without leading zeros; -1 when malformed. */
export function parseIpv4(text: string): i64 {
  return parsePart(text, text.length);
}

/** The same of the first characters. */
function parsePart(text: string, length: i32): i64 {
  let address: u32 = 0;
  let begin = 0;
  for (let i = 0; i < 4; i++) {
    const dot = i < 3 ? findUnit(text, 0x2e, begin, length) : length;
    const octet = decimal(text, begin, dot);
    if (octet < 0 || octet > 255) return -1;
    address = (address << 8) | octet;
    begin = dot + 1;
  }
  return address;
}

/** `address` as four decimal numbers with dots between. */
export function formatIpv4(address: Ipv4Address): string {
  return (
    (address >> 24).toString() +
    "." +
    ((address >> 16) & 255).toString() +
    "." +
    ((address >> 8) & 255).toString() +
    "." +
    (address & 255).toString()
  );
}

/** The number of one to three digits in text[begin, end), or -1. A leading zero could mean octal: refused. */
function decimal(text: string, begin: i32, end: i32): i32 {
  const digits = end - begin;
  if (digits < 1 || digits > 3 || (digits > 1 && unitAt(text, begin) == 0x30)) return -1;
  let value = 0;
  for (let i = begin; i < end; i++) {
    const digit = <i32>unitAt(text, i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
