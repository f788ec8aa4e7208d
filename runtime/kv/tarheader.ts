/**
 * The headers of a tar archive: ustar (POSIX.1-1988) with the extensions of pax (POSIX.1-2001) and GNU tar. Whatever the
 * bytes are, these functions end and read nothing but them.
 *
 *     0 name (100)    100 mode  108 uid  116 gid  124 size (12)  136 mtime (12)  148 sum (8)  156 type
 *     157 link (100)  257 "ustar\0" 263 "00"      345 prefix (155)
 */
import { loadUtf8, utf8Size } from "../base/utf8";

export const TAR_BLOCK: u32 = 512;
export const TAR_SIZE: usize = 124;
export const TAR_MODIFIED: usize = 136;
const SUM: usize = 148;
const SUM_SIZE: usize = 8;
export const TAR_TYPE: usize = 156;
export const TAR_LINK: usize = 157;
const MAGIC: usize = 257;
const PREFIX: usize = 345;
export const TAR_NAME_SIZE: usize = 100;
const PREFIX_SIZE: usize = 155;
/** Bytes of size and mtime. */
export const TAR_NUMBER_SIZE: usize = 12;

const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** Whether a block holds only zeros: the archive's end. */
export function isTarEnd(block: usize): bool {
  for (let i: usize = 0; i < TAR_BLOCK; i += 8) {
    if (load<u64>(block + i)) return false;
  }
  return true;
}

/** Whether a header's sum is right. Old programs took the bytes for signed ones. */
export function isTarHeader(block: usize): bool {
  let sum: i64 = 0;
  let signed: i64 = 0;
  for (let i: usize = 0; i < TAR_BLOCK; i++) {
    const blank = i - SUM < SUM_SIZE;
    sum += blank ? 0x20 : load<u8>(block + i);
    signed += blank ? 0x20 : <i64>load<i8>(block + i);
  }
  const wanted = tarNumber(block + SUM, SUM_SIZE);
  return wanted == sum || wanted == signed;
}

/** A number: octal digits in blanks, or GNU's big-endian binary, marked by the first bit. @returns -1 for what is none */
export function tarNumber(ptr: usize, length: usize): i64 {
  const first = load<u8>(ptr);
  const end = ptr + length;
  if (first & 0x80) {
    if (first != 0x80) return -1; // negative, or with more bits than there are
    let value: u64 = 0;
    while (++ptr < end) {
      if (value >> 55) return -1;
      value = (value << 8) | load<u8>(ptr);
    }
    return value;
  }
  while (ptr < end && load<u8>(ptr) == 0x20) ptr++;
  let value: i64 = 0;
  for (; ptr < end; ptr++) {
    const digit: u32 = load<u8>(ptr) - 0x30;
    if (digit > 7) break;
    value = (value << 3) | digit;
  }
  return ptr == end || !load<u8>(ptr) || load<u8>(ptr) == 0x20 ? value : -1;
}

/** Bytes of a text that a zero ends, if it is shorter than its field. */
export function tarTextLength(ptr: usize, most: usize): usize {
  let length: usize = 0;
  while (length < most && load<u8>(ptr + length)) length++;
  return length;
}

/**
 * The name in a header, with the prefix of ustar.
 * @param to room for 256 bytes
 * @returns its bytes
 */
export function tarName(block: usize, to: usize): usize {
  let length: usize = 0;
  // GNU tar's own magic ends in two blanks, and has other things where the prefix is.
  if (load<u32>(block + MAGIC) == 0x61747375 && load<u16>(block + MAGIC, 4) == 0x0072) {
    length = tarTextLength(block + PREFIX, PREFIX_SIZE);
    memory.copy(to, block + PREFIX, length);
    if (length) store<u8>(to + length++, SLASH);
  }
  const rest = tarTextLength(block, TAR_NAME_SIZE);
  memory.copy(to + length, block, rest);
  return length + rest;
}

/**
 * Turns an entry's name into a key, in place: "./a//b/" is "a/b".
 * @returns its bytes; -1 for what can be none: with "..", zeros or what is not UTF-8
 */
export function tarKey(name: usize, length: usize): i32 {
  const end = name + length;
  for (let at = name; at < end; ) {
    const code = loadUtf8(at, end);
    if (code <= 0) return -1;
    at += utf8Size(code);
  }
  let to = name;
  let at = name;
  while (at < end) {
    let next = at;
    while (next < end && load<u8>(next) != SLASH) next++;
    const part = next - at;
    const dots = part > 0 && part <= 2 && load<u8>(at) == DOT && load<u8>(next - 1) == DOT;
    if (dots && part == 2) return -1;
    if (part && !dots) {
      if (to > name) store<u8>(to++, SLASH);
      memory.copy(to, at, part);
      to += part;
    }
    at = next + 1;
  }
  return <i32>(to - name);
}
