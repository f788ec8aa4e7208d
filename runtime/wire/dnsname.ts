/**
 * Domain names (RFC 1035, 3.1 and 4.1.4). A name is labels, each an octet with its length and so many octets, and the root
 * at the end, a length of 0. In a message a name may end with a pointer to one that stands before it:
 *
 *     |length |octets ... |length |octets ... | 0     |       |1 1 offset, 14 bits |
 *
 * Outside of messages, names here are in canonical form (RFC 4034, 6.2): whole, without pointers, in lower case. Then two
 * are the same name when their octets are the same.
 */
import { equal, load16be, store16be } from "../base/bytes";

/** Most octets of a name, the root's among them. */
export const NAME_MAX: u32 = 255;
/** Most octets of a label. */
export const LABEL_MAX: u32 = 63;
/** The two highest bits of a length: a pointer. The other values of the two, but 0, are reserved. */
export const POINTER: u32 = 0xc0;

/**
 * The end of a name as it stands in a message, pointers not followed.
 * @returns the address behind it, or 0 when it is malformed or reaches past `end`
 */
export function skipName(at: usize, end: usize): usize {
  while (at < end) {
    const length = <u32>load<u8>(at);
    if (length == 0) return at + 1;
    if (length >= POINTER) return end - at < 2 ? 0 : at + 2;
    if (length > LABEL_MAX) return 0;
    at += 1 + length;
  }
  return 0;
}

/**
 * Reads a name of a message, pointers followed. A pointer must lead to before the labels that it ends: so there is an end.
 * @param message where offsets count from; @param end the message's end; @param at where the name begins
 * @param to NAME_MAX octets, for the name in canonical form
 * @returns octets of the name, or 0 when it is malformed or too long
 */
export function readName(message: usize, end: usize, at: usize, to: usize): u32 {
  let written: u32 = 0;
  let start = at;
  while (at < end) {
    const length = <u32>load<u8>(at);
    if (length >= POINTER) {
      if (end - at < 2) return 0;
      const target = message + (load16be(at) & 0x3fff);
      if (target >= start) return 0;
      start = target;
      at = target;
      continue;
    }
    if (length > LABEL_MAX || end - at <= length || written + 1 + length > NAME_MAX) return 0;
    store<u8>(to + written, length as u8);
    for (let i: u32 = 1; i <= length; i++) store<u8>(to + written + i, lowerCase(load<u8>(at + i)));
    written += 1 + length;
    if (length == 0) return written;
    at += 1 + length;
  }
  return 0;
}

/** Octets of a name in canonical form. */
export function nameLength(name: usize): u32 {
  let at = name;
  for (let length = load<u8>(at); length; length = load<u8>(at)) at += 1 + length;
  return (at + 1 - name) as u32;
}

/** Whether two names in canonical form are the same. */
export function isSameName(a: usize, b: usize): bool {
  const length = nameLength(a);
  return length == nameLength(b) && equal(a, b, length);
}

/** Whether `name` is `zone` or below it; both in canonical form. */
export function isWithin(name: usize, zone: usize): bool {
  const length = nameLength(zone);
  let rest = nameLength(name);
  while (rest > length) {
    const label = 1 + <u32>load<u8>(name);
    name += label;
    rest -= label;
  }
  return rest == length && equal(name, zone, length);
}

/**
 * Writes a name at `at`: as it is, or with a pointer from where on it is equal to one that a question holds.
 * @param name in canonical form
 * @param message where offsets count from; @param known a whole name in that message, without pointers; 0 for none
 * @returns the address behind it
 */
export function emitName(at: usize, name: usize, message: usize, known: usize): usize {
  for (;;) {
    const label = <u32>load<u8>(name);
    if (label == 0) break;
    const place = known ? findSuffix(known, name) : 0;
    if (place) {
      store16be(at, ((POINTER << 8) | ((place - message) as u32)) as u16);
      return at + 2;
    }
    memory.copy(at, name, 1 + label);
    at += 1 + label;
    name += 1 + label;
  }
  store<u8>(at, 0);
  return at + 1;
}

/** Where in a name, of any case, one in canonical form stands as its end; 0 when it does not. */
function findSuffix(whole: usize, suffix: usize): usize {
  const length = nameLength(suffix);
  let rest = nameLength(whole);
  while (rest > length) {
    const label = 1 + <u32>load<u8>(whole);
    whole += label;
    rest -= label;
  }
  if (rest != length) return 0;
  for (let i: u32 = 0; i < length; i++) if (lowerCase(load<u8>(whole + i)) != load<u8>(suffix + i)) return 0;
  return whole;
}

/**
 * Reads a host's name: letters, digits, hyphens and underscores, with dots between; one more at the end changes nothing.
 * @param to NAME_MAX octets, for the name in canonical form
 * @returns octets of the name, or 0 when the text is none
 */
export function parseName(text: string, to: usize): u32 {
  let end = text.length;
  if (end > 1 && text.charCodeAt(end - 1) == 0x2e) end--;
  // A length before each label, and the root: two more octets than characters.
  if (end == 0 || end + 2 > <i32>NAME_MAX) return 0;
  let label = to;
  let at = to + 1;
  for (let i = 0; i <= end; i++) {
    const c = i < end ? text.charCodeAt(i) : 0x2e;
    if (c != 0x2e) {
      if (!isHostCharacter(c)) return 0;
      store<u8>(at++, lowerCase(c as u8));
      continue;
    }
    const length = at - label - 1;
    if (length == 0 || length > LABEL_MAX) return 0;
    store<u8>(label, length as u8);
    label = at++;
  }
  store<u8>(label, 0);
  return (label + 1 - to) as u32;
}

/** A name in canonical form as text, without a dot at the end; of the root, a dot. For messages, not for the packet path. */
export function formatName(name: usize): string {
  let text = "";
  for (let length = <u32>load<u8>(name); length; length = load<u8>(name)) {
    if (text.length) text += ".";
    text += String.UTF8.decodeUnsafe(name + 1, length);
    name += 1 + length;
  }
  return text.length ? text : ".";
}

function isHostCharacter(c: i32): bool {
  const letter = c | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (c >= 0x30 && c <= 0x39) || c == 0x2d || c == 0x5f;
}

/** "Comparisons ... are done in a case-insensitive manner" (RFC 1035, 2.3.3), for ASCII only (RFC 4343). */
function lowerCase(octet: u8): u8 {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
