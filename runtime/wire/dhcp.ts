/**
 * DHCP messages (RFC 2131, 2; options: RFC 2132), which are UDP's payload between port 67 of servers and 68 of clients.
 *
 *      0       1       2       3       4               8       10      12
 *     |op     |htype  |hlen   |hops   |xid            |secs   |flags  |ciaddr         |
 *      16              20              24              28       44      108      236            240
 *     |yiaddr         |siaddr         |giaddr         |chaddr  |sname   |file    |magic cookie   |options ...
 *
 * An option is a code, a length and a value. The same code may come several times: the values are then parts of one, in
 * the order of options, file, sname (RFC 3396, 5), the latter two where option 52 says that they hold options, too.
 */
import { load16be, load32be, store16be, store32be } from "../base/bytes";
import { Ipv4Address } from "./ipv4address";
import { loadMac, MAC_LENGTH, MacAddress, storeMac } from "./macaddress";

const OP: usize = 0;
const HTYPE: usize = 1;
const HLEN: usize = 2;
const XID: usize = 4;
const SECS: usize = 8;
const FLAGS: usize = 10;
const CIADDR: usize = 12;
const YIADDR: usize = 16;
const SIADDR: usize = 20;
const GIADDR: usize = 24;
const CHADDR: usize = 28;
const SNAME: usize = 44;
const FILE: usize = 108;
const COOKIE: usize = 236;
/** Where the options begin: octets of the fixed fields. */
export const OPTIONS: u32 = 240;
/** "The first four octets of the 'options' field", 99.130.83.99. */
const MAGIC_COOKIE: u32 = 0x63825363;
const HTYPE_ETHERNET: u32 = 1;

/** Octets of the largest message that we send or take: what a datagram holds on any Ethernet. */
export const MESSAGE_MAX: u32 = 1472;

export const SERVER_PORT: u32 = 67;
export const CLIENT_PORT: u32 = 68;

export const BOOTREQUEST: u32 = 1;
export const BOOTREPLY: u32 = 2;
/** In flags: the answer is to be broadcast, for the client cannot be reached by its address yet. */
export const FLAG_BROADCAST: u32 = 0x8000;

// Message types, values of OPTION_MESSAGE_TYPE.
export const DHCPDISCOVER: u32 = 1;
export const DHCPOFFER: u32 = 2;
export const DHCPREQUEST: u32 = 3;
export const DHCPDECLINE: u32 = 4;
export const DHCPACK: u32 = 5;
export const DHCPNAK: u32 = 6;
export const DHCPRELEASE: u32 = 7;
export const DHCPINFORM: u32 = 8;

export const OPTION_PAD: u32 = 0;
export const OPTION_SUBNET_MASK: u32 = 1;
export const OPTION_ROUTER: u32 = 3;
export const OPTION_DNS_SERVERS: u32 = 6;
export const OPTION_HOST_NAME: u32 = 12;
export const OPTION_DOMAIN_NAME: u32 = 15;
export const OPTION_MTU: u32 = 26;
export const OPTION_BROADCAST_ADDRESS: u32 = 28;
export const OPTION_NTP_SERVERS: u32 = 42;
export const OPTION_REQUESTED_ADDRESS: u32 = 50;
export const OPTION_LEASE_TIME: u32 = 51;
export const OPTION_OVERLOAD: u32 = 52;
export const OPTION_MESSAGE_TYPE: u32 = 53;
export const OPTION_SERVER_IDENTIFIER: u32 = 54;
export const OPTION_PARAMETER_REQUEST_LIST: u32 = 55;
export const OPTION_MESSAGE: u32 = 56;
export const OPTION_MESSAGE_SIZE: u32 = 57;
export const OPTION_RENEWAL_TIME: u32 = 58;
export const OPTION_REBINDING_TIME: u32 = 59;
export const OPTION_CLIENT_IDENTIFIER: u32 = 61;
/** Relay Agent Information (RFC 3046). */
export const OPTION_RELAY_AGENT: u32 = 82;
/** RFC 3442. */
export const OPTION_CLASSLESS_ROUTES: u32 = 121;
export const OPTION_END: u32 = 255;
/** Most octets of one part of an option. */
export const PART_MAX: u32 = 255;

// Values of OPTION_OVERLOAD, as bits.
const OVERLOAD_FILE: u32 = 1;
const OVERLOAD_SNAME: u32 = 2;

/** Octets that a message has at least: BOOTP's relays drop shorter ones (RFC 1542, 2.1). */
const LENGTH_MIN: u32 = 300;

/**
 * Whether `length` octets at `ptr` hold a message of a station of Ethernet whose options lie within their fields. The last
 * option need not be "end". All functions below take only what passed this.
 */
export function check(ptr: usize, length: u32): bool {
  if (length < OPTIONS || load32be(ptr + COOKIE) != MAGIC_COOKIE) return false;
  const op = load<u8>(ptr + OP);
  if (op != BOOTREQUEST && op != BOOTREPLY) return false;
  if (load<u8>(ptr + HTYPE) != HTYPE_ETHERNET || load<u8>(ptr + HLEN) != MAC_LENGTH) return false;
  if (!holdsOptions(ptr + OPTIONS, ptr + length)) return false;
  const overload = overloadOf(ptr, length);
  if (overload & OVERLOAD_FILE && !holdsOptions(ptr + FILE, ptr + COOKIE)) return false;
  return !(overload & OVERLOAD_SNAME) || holdsOptions(ptr + SNAME, ptr + FILE);
}

/** BOOTREQUEST or BOOTREPLY. */
export function op(ptr: usize): u32 {
  return load<u8>(ptr + OP);
}

/** The transaction: an answer has its request's. */
export function xid(ptr: usize): u32 {
  return load32be(ptr + XID);
}

/** Seconds since the client began to ask. */
export function secs(ptr: usize): u32 {
  return load16be(ptr + SECS);
}

export function flags(ptr: usize): u32 {
  return load16be(ptr + FLAGS);
}

/** The client's address, which it has and answers for. */
export function clientAddress(ptr: usize): Ipv4Address {
  return load32be(ptr + CIADDR);
}

/** The address that the server gives to the client. */
export function yourAddress(ptr: usize): Ipv4Address {
  return load32be(ptr + YIADDR);
}

/** The next server to boot from. */
export function nextServerAddress(ptr: usize): Ipv4Address {
  return load32be(ptr + SIADDR);
}

/** The relay that the message came through, or IPV4_ANY. */
export function relayAddress(ptr: usize): Ipv4Address {
  return load32be(ptr + GIADDR);
}

export function clientHardware(ptr: usize): MacAddress {
  return loadMac(ptr + CHADDR);
}

/** The message's type, DHCPDISCOVER to DHCPINFORM; 0 when it says none, as BOOTP's do not. */
export function messageType(ptr: usize, length: u32): u32 {
  return optionLength(ptr, length, OPTION_MESSAGE_TYPE) == 1 ? octetOf(ptr, length, OPTION_MESSAGE_TYPE) : 0;
}

/** Octets of an option's value, all parts together; -1 when the message has no such option. */
export function optionLength(ptr: usize, length: u32, code: u32): i32 {
  return option(ptr, length, code, 0, 0);
}

/** The value of an option of four octets; `fallback` when the message has none of that length. */
export function option32(ptr: usize, length: u32, code: u32, fallback: u32): u32 {
  if (option(ptr, length, code, word, 4) != 4) return fallback;
  return load32be(word);
}
const word: usize = memory.data(4);

/**
 * Copies the value of an option, its parts put together.
 * @param to where to; @param room most octets to copy
 * @returns octets of the whole value, however many were copied; -1 when the message has no such option
 */
export function option(ptr: usize, length: u32, code: u32, to: usize, room: u32): i32 {
  // First: both may use the same four octets.
  const overload = overloadOf(ptr, length);
  let total = gather(ptr + OPTIONS, ptr + length, code, to, room, -1);
  if (overload & OVERLOAD_FILE) total = gather(ptr + FILE, ptr + COOKIE, code, to, room, total);
  if (overload & OVERLOAD_SNAME) total = gather(ptr + SNAME, ptr + FILE, code, to, room, total);
  return total;
}

/**
 * Writes the fixed fields, OPTIONS octets, with addresses and names empty.
 * @param op BOOTREQUEST or BOOTREPLY
 * @param secs seconds since the client began to ask
 * @param flags FLAG_BROADCAST or 0
 * @returns where the first option goes
 */
export function emit(ptr: usize, op: u32, xid: u32, secs: u32, flags: u32, hardware: MacAddress): usize {
  memory.fill(ptr, 0, OPTIONS);
  store<u8>(ptr + OP, op as u8);
  store<u8>(ptr + HTYPE, HTYPE_ETHERNET as u8);
  store<u8>(ptr + HLEN, MAC_LENGTH as u8);
  store32be(ptr + XID, xid);
  store16be(ptr + SECS, secs as u16);
  store16be(ptr + FLAGS, flags as u16);
  storeMac(ptr + CHADDR, hardware);
  store32be(ptr + COOKIE, MAGIC_COOKIE);
  return ptr + OPTIONS;
}

export function setClientAddress(ptr: usize, address: Ipv4Address): void {
  store32be(ptr + CIADDR, address);
}

export function setYourAddress(ptr: usize, address: Ipv4Address): void {
  store32be(ptr + YIADDR, address);
}

export function setNextServerAddress(ptr: usize, address: Ipv4Address): void {
  store32be(ptr + SIADDR, address);
}

export function setRelayAddress(ptr: usize, address: Ipv4Address): void {
  store32be(ptr + GIADDR, address);
}

/** Writes an option of one octet. @returns where the next one goes; so below */
export function putOption8(at: usize, code: u32, value: u32): usize {
  store<u8>(word, value as u8);
  return putOption(at, code, word, 1);
}

/** Writes an option of two octets. */
export function putOption16(at: usize, code: u32, value: u32): usize {
  store16be(word, value as u16);
  return putOption(at, code, word, 2);
}

/** Writes an option of four octets. */
export function putOption32(at: usize, code: u32, value: u32): usize {
  store32be(word, value);
  return putOption(at, code, word, 4);
}

/** Writes an option: in parts where it is longer than 255 octets (RFC 3396, 6), each with two octets of its own. */
export function putOption(at: usize, code: u32, value: usize, length: u32): usize {
  do {
    const part = min(length, PART_MAX);
    store<u8>(at, code as u8);
    store<u8>(at + 1, part as u8);
    memory.copy(at + 2, value, part);
    at += 2 + part;
    value += part;
    length -= part;
  } while (length > 0);
  return at;
}

/** Ends a message behind its last option. @returns its octets, at least 300: one more than the options, padded */
export function finish(ptr: usize, at: usize): u32 {
  store<u8>(at, OPTION_END as u8);
  const length = (at + 1 - ptr) as u32;
  if (length >= LENGTH_MIN) return length;
  memory.fill(at + 1, OPTION_PAD as u8, LENGTH_MIN - length);
  return LENGTH_MIN;
}

/** Whether all options between `at` and `end` lie there. */
function holdsOptions(at: usize, end: usize): bool {
  while (at < end) {
    const code = load<u8>(at);
    if (code == OPTION_END) return true;
    if (code == OPTION_PAD) {
      at++;
      continue;
    }
    if (end - at < 2) return false;
    const length = <usize>load<u8>(at + 1);
    if (end - at - 2 < length) return false;
    at += 2 + length;
  }
  return true;
}

/** Which of file and sname hold options. */
function overloadOf(ptr: usize, length: u32): u32 {
  return gather(ptr + OPTIONS, ptr + length, OPTION_OVERLOAD, word, 1, -1) == 1 ? load<u8>(word) : 0;
}

function octetOf(ptr: usize, length: u32, code: u32): u32 {
  option(ptr, length, code, word, 1);
  return load<u8>(word);
}

/**
 * Appends the values of an option in one field to what was gathered before.
 * @param total octets of the value so far, -1 for none @returns the same with this field
 */
function gather(at: usize, end: usize, code: u32, to: usize, room: u32, total: i32): i32 {
  while (at < end) {
    const found = load<u8>(at);
    if (found == OPTION_END) break;
    if (found == OPTION_PAD) {
      at++;
      continue;
    }
    const length = <u32>load<u8>(at + 1);
    if (found == code) {
      const have = <u32>max(total, 0);
      if (have < room) memory.copy(to + have, at + 2, min(length, room - have));
      total = have + length;
    }
    at += 2 + length;
  }
  return total;
}
