/**
 * The options that a pool's clients get (RFC 2132), as they stand in one block of memory:
 *
 *      0     2       4
 *     |code |length |value ...
 */
import { store16be, store32be } from "../base/bytes";
import { decodeHex } from "../base/hex";
import { encodeUtf8 } from "../base/utf8";
import * as wire from "../wire/dhcp";
import { Ipv4Address } from "../wire/ipv4address";

/** Octets of all options of a pool together: more would not fit into the messages of most clients. */
const ROOM: u32 = 1024;
const HEADER: u32 = 4;

export class DhcpOptions {
  private block: usize = heap.alloc(ROOM);
  private used: u32 = 0;

  /** Adds an option of four octets. @returns whether there was room; so below */
  addNumber(code: u32, value: u32): bool {
    return this.addAddresses(code, [value]);
  }

  /** Adds an option of two octets. */
  addShort(code: u32, value: u32): bool {
    const at = this.add(code, 2);
    if (at) store16be(at, value as u16);
    return at != 0;
  }

  /** Adds a list of addresses, the best one first; nothing when it is empty. */
  addAddresses(code: u32, addresses: Ipv4Address[]): bool {
    const count = addresses.length;
    if (count == 0) return true;
    const at = this.add(code, count << 2);
    if (at) for (let i = 0; i < count; i++) store32be(at + (i << 2), addresses[i]);
    return at != 0;
  }

  /** Adds a text; nothing when it is empty. */
  addText(code: u32, text: string): bool {
    const length = encodeUtf8(text, this.block + this.used + HEADER, max<i32>(ROOM - HEADER - this.used, 0));
    return length == 0 || (length > 0 && this.add(code, length) != 0);
  }

  /**
   * Adds an option that is given as a text, `CODE=HEX`: 66=74667470.
   * @returns whether it is such a one, not the server's own, and there was room
   */
  addFrom(text: string): bool {
    const equals = text.indexOf("=");
    const code = codeIn(text, equals);
    // "pad" and "end" are none.
    if (code <= wire.OPTION_PAD || code >= wire.OPTION_END || isOurs(code)) return false;
    const at = this.block + this.used + HEADER;
    const length = decodeHex(text, equals + 1, text.length, false, at, max<i32>(ROOM - HEADER - this.used, 0));
    return length >= 0 && this.add(code, length) != 0;
  }

  /** Adds an option whose octets the caller writes. @returns where to, or 0 without room */
  add(code: u32, length: u32): usize {
    if (HEADER + length > ROOM - this.used) return 0;
    const at = this.block + this.used;
    store<u16>(at, code as u16);
    store<u16>(at, length as u16, 2);
    this.used += HEADER + length;
    return at + HEADER;
  }

  /** The first option behind `at`, or the first of all with 0; 0 when there is none. */
  following(at: usize): usize {
    const next = at ? at + HEADER + optionLength(at) : this.block;
    return next - this.block < this.used ? next : 0;
  }

  /** The option of a code, or 0. */
  find(code: u32): usize {
    let at = this.following(0);
    while (at && optionCode(at) != code) at = this.following(at);
    return at;
  }
}

/** Whether it is the server's or the client's to say it in each message (RFC 2131, table 3): twice, it would be two parts. */
function isOurs(code: u32): bool {
  if (code == wire.OPTION_CLIENT_IDENTIFIER || code == wire.OPTION_RELAY_AGENT) return true;
  return code >= wire.OPTION_REQUESTED_ADDRESS && code <= wire.OPTION_REBINDING_TIME;
}

/** The number of one to three digits in text[0, end); 0 when there is none. */
function codeIn(text: string, end: i32): u32 {
  let code: u32 = 0;
  for (let i = 0; i < end; i++) {
    const digit: u32 = text.charCodeAt(i) - 0x30;
    if (digit > 9 || i == 3) return 0;
    code = code * 10 + digit;
  }
  return code;
}

export function optionCode(at: usize): u32 {
  return load<u16>(at);
}

export function optionLength(at: usize): u32 {
  return load<u16>(at, 2);
}

/** Writes an option of a pool into a message. @returns where the next one goes */
export function copyOption(to: usize, at: usize): usize {
  return wire.putOption(to, optionCode(at), at + HEADER, optionLength(at));
}
