/**
 * IPv6 addresses and prefixes. The functions that take or make text are for arguments and messages, not for the packet
 * path.
 */
import { hexDigit, hexValue } from "../base/hex";
import { formatIpv4, parseIpv4 } from "./ipv4address";

const GROUPS: i32 = 8;

/** 128 bits: `high` holds the first four groups that are written, the first of them in its highest bits. */
export class Ipv6Address {
  constructor(
    readonly high: u64,
    readonly low: u64,
  ) {}

  /**
   * Reads an address as RFC 4291, 2.2 has it: eight groups of hex digits, of which `::` may stand for one or more that are
   * zero, and an IPv4 address for the last two.
   * @returns null when malformed
   */
  static parse(text: string): Ipv6Address | null {
    const reader = new GroupReader(text);
    return reader.read() ? reader.address() : null;
  }

  /** One of the eight groups, counted from 0 as they are written. */
  group(index: i32): u32 {
    const half = index < 4 ? this.high : this.low;
    return <u32>(half >> ((3 - (index & 3)) << 4)) & 0xffff;
  }

  equals(other: Ipv6Address): bool {
    return this.high == other.high && this.low == other.low;
  }

  /** As RFC 5952, 4 has it: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
  toString(): string {
    // ::ffff:0:0/96, IPv4-mapped: RFC 5952, 5
    if (this.high == 0 && this.low >> 32 == 0xffff) return "::ffff:" + formatIpv4(<u32>this.low);
    let gap = GROUPS;
    let gapEnd = GROUPS;
    for (let start = 0; start < GROUPS; start++) {
      let end = start;
      while (end < GROUPS && this.group(end) == 0) end++;
      if (end - start > 1 && (gap == GROUPS || end - start > gapEnd - gap)) {
        gap = start;
        gapEnd = end;
      }
    }
    if (gap == GROUPS) return this.join(0, GROUPS);
    return this.join(0, gap) + "::" + this.join(gapEnd, GROUPS);
  }

  private join(from: i32, to: i32): string {
    let text = "";
    for (let i = from; i < to; i++) {
      if (i > from) text += ":";
      const group = this.group(i);
      let digits = 1;
      while (digits < 4 && group >> (digits << 2) != 0) digits++;
      while (digits-- > 0) text += String.fromCharCode(hexDigit(group >> (digits << 2)));
    }
    return text;
  }
}

/** A network with a host's address in it, such as fd00::2/64. */
export class Ipv6Prefix {
  /** @param address the host's; @param length the network's bits, 0 to 128 */
  constructor(
    readonly address: Ipv6Address,
    readonly length: i32,
  ) {}

  /** Reads `ADDRESS/LENGTH`; null when malformed. */
  static parse(text: string): Ipv6Prefix | null {
    const slash = text.indexOf("/");
    if (slash < 0) return null;
    const address = Ipv6Address.parse(text.substring(0, slash));
    const length = decimal(text, slash + 1);
    if (address === null || length < 0 || length > 128) return null;
    return new Ipv6Prefix(address, length);
  }

  /** Whether `address` lies in the network. */
  contains(address: Ipv6Address): bool {
    const high = address.high ^ this.address.high;
    const low = address.low ^ this.address.low;
    if (this.length == 0) return true;
    if (this.length <= 64) return high >> (64 - this.length) == 0;
    return high == 0 && low >> (128 - this.length) == 0;
  }

  toString(): string {
    return this.address.toString() + "/" + this.length.toString();
  }
}

/** Reads groups from the front, and remembers where the `::` stood. */
class GroupReader {
  private groups: StaticArray<u16> = new StaticArray<u16>(GROUPS);
  private count: i32 = 0;
  /** Index of the group that the `::` stands before, or -1. */
  private gap: i32 = -1;

  constructor(private text: string) {}

  /** Whether the whole text is an address. */
  read(): bool {
    const text = this.text;
    let at = 0;
    if (text.startsWith("::")) {
      this.gap = 0;
      at = 2;
    }
    while (at < text.length) {
      const end = this.groupEnd(at);
      if (end == text.length && text.indexOf(".", at) >= 0) return this.pushIpv4(at) && this.isWhole();
      if (!this.pushGroup(at, end)) return false;
      at = end;
      if (at == text.length) break;
      at++; // the colon
      if (at == text.length) return false;
      if (text.charCodeAt(at) != 0x3a) continue;
      if (this.gap >= 0) return false;
      this.gap = this.count;
      at++;
    }
    return this.isWhole();
  }

  /** The address, when `read` has found one. */
  address(): Ipv6Address {
    let high: u64 = 0;
    let low: u64 = 0;
    const zeros = GROUPS - this.count;
    for (let i = 0; i < GROUPS; i++) {
      let group: u64 = 0;
      if (this.gap < 0 || i < this.gap) group = this.groups[i];
      else if (i >= this.gap + zeros) group = this.groups[i - zeros];
      high = (high << 16) | (low >> 48);
      low = (low << 16) | group;
    }
    return new Ipv6Address(high, low);
  }

  private isWhole(): bool {
    return this.gap < 0 ? this.count == GROUPS : this.count < GROUPS;
  }

  private groupEnd(start: i32): i32 {
    const colon = this.text.indexOf(":", start);
    return colon < 0 ? this.text.length : colon;
  }

  private push(group: u32): bool {
    if (this.count == GROUPS) return false;
    this.groups[this.count++] = <u16>group;
    return true;
  }

  private pushGroup(start: i32, end: i32): bool {
    if (end == start || end > start + 4) return false;
    let group: u32 = 0;
    for (let i = start; i < end; i++) {
      const digit = hexValue(this.text.charCodeAt(i));
      if (digit < 0) return false;
      group = (group << 4) | digit;
    }
    return this.push(group);
  }

  private pushIpv4(start: i32): bool {
    const address = parseIpv4(this.text.substring(start));
    return address >= 0 && this.push(<u32>(address >> 16)) && this.push(<u32>(address & 0xffff));
  }
}

/** The number of one to three digits from `begin` to the end, or -1. */
function decimal(text: string, begin: i32): i32 {
  const digits = text.length - begin;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(begin) == 0x30)) return -1;
  let value = 0;
  for (let i = begin; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
