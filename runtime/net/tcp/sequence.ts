/**
 * Sequence numbers (RFC 9293, 3.4): "all arithmetic dealing with sequence numbers must be performed modulo 2^32". Two
 * numbers compare rightly as long as less than 2^31 lies between them, which no window does (RFC 7323, 2.3).
 */

/** "<": whether `a` comes before `b`. */
export function isBefore(a: u32, b: u32): bool {
  return ((a - b) as i32) < 0;
}

/** ">": whether `a` comes after `b`. */
export function isAfter(a: u32, b: u32): bool {
  return ((a - b) as i32) > 0;
}

/** "left =< number < left + size": whether a number lies in a window. */
export function isWithin(number: u32, left: u32, size: u32): bool {
  return number - left < size;
}

/** The one of two numbers that comes later. */
export function later(a: u32, b: u32): u32 {
  return isBefore(a, b) ? b : a;
}

/** The one of two numbers that comes earlier. */
export function earlier(a: u32, b: u32): u32 {
  return isBefore(a, b) ? a : b;
}
