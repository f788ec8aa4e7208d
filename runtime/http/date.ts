/**
 * Dates in fields (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT` is written, and two forms more are read, which old
 * programs still send: `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 850) and `Sun Nov  6 08:49:37 1994` (asctime of ANSI C).
 */

import { dateOf, dayOf } from "../sys/calendar";

/** Octets of a date as it is written. */
export const DATE_SIZE: usize = 29;
/** What is read of a text that is no date. */
export const NO_DATE: i64 = i64.MIN_VALUE;

const DAY_SECONDS: u64 = 86400;
/** Seconds of 50 years: a two-digit year that is farther in the future is one of the past. */
const FIFTY_YEARS: i64 = 1577847600;
const SPACE: u8 = 0x20;
const COLON: u8 = 0x3a;
const COMMA: u8 = 0x2c;
const DASH: u8 = 0x2d;
/** " GMT" in the order of memory. */
const GMT: u32 = 0x544d4720;

/** Names of three letters, one behind the other. 1970-01-01 was a Thursday. */
const DAYS: string = "ThuFriSatSunMonTueWed";
export const MONTHS: string = "JanFebMarAprMayJunJulAugSepOctNovDec";

/**
 * Writes a date in its DATE_SIZE octets.
 * @param seconds since 1970, up to the end of the year 9999
 */
export function storeDate(ptr: usize, seconds: u64): void {
  const day = <u32>(seconds / DAY_SECONDS);
  const date = dateOf(day);
  const second = <u32>(seconds % DAY_SECONDS);
  storeName(ptr, DAYS, day % 7);
  store<u8>(ptr, COMMA, 3);
  store<u8>(ptr, SPACE, 4);
  storeTwo(ptr + 5, date & 31, SPACE);
  storeName(ptr + 8, MONTHS, ((date >> 5) & 15) - 1);
  store<u8>(ptr, SPACE, 11);
  storeTwo(ptr + 12, (date >> 9) / 100, SPACE);
  storeTwo(ptr + 14, (date >> 9) % 100, SPACE);
  storeTwo(ptr + 17, second / 3600, COLON);
  storeTwo(ptr + 20, (second / 60) % 60, COLON);
  storeTwo(ptr + 23, second % 60, SPACE);
  store<u32>(ptr, GMT, 25);
}

/** Writes a name of a list. */
function storeName(ptr: usize, names: string, index: u32): void {
  const name = changetype<usize>(names) + <usize>index * 6;
  for (let i: usize = 0; i < 3; i++) store<u8>(ptr + i, load<u16>(name + (i << 1)));
}

/** Writes two digits and what stands behind them. */
function storeTwo(ptr: usize, value: u32, behind: u8): void {
  store<u8>(ptr, 0x30 + value / 10);
  store<u8>(ptr, 0x30 + (value % 10), 1);
  store<u8>(ptr, behind, 2);
}

/**
 * Reads a date.
 * @param now seconds since 1970, by which a year of two digits is told
 * @returns seconds since 1970, below 0 before it; NO_DATE when it is none
 */
export function loadDate(ptr: usize, length: usize, now: i64): i64 {
  if (length < 24 || length > 33) return NO_DATE;
  const end = ptr + length;
  if (indexOfName(ptr, DAYS) < 0) return NO_DATE;
  if (load<u8>(ptr, 3) == SPACE) {
    // Sun Nov  6 08:49:37 1994
    if (length != 24 || load<u8>(ptr, 7) != SPACE || load<u8>(ptr, 10) != SPACE || load<u8>(ptr, 19) != SPACE) {
      return NO_DATE;
    }
    const day = load<u8>(ptr, 8) == SPACE ? loadDigits(ptr + 9, 1) : loadDigits(ptr + 8, 2);
    return secondsOf(loadDigits(ptr + 20, 4), ptr + 4, day, ptr + 11);
  }
  if (load<u32>(end - 4) != GMT) return NO_DATE;
  let at = ptr + 3;
  if (load<u8>(at) == COMMA) {
    // Sun, 06 Nov 1994 08:49:37 GMT
    if (length != DATE_SIZE || !isBetween(ptr + 4, SPACE, SPACE, SPACE) || load<u8>(ptr, 16) != SPACE) return NO_DATE;
    return secondsOf(loadDigits(ptr + 12, 4), ptr + 8, loadDigits(ptr + 5, 2), ptr + 17);
  }
  // Sunday, 06-Nov-94 08:49:37 GMT
  at = end - 24;
  for (let letter = ptr + 3; letter < at; letter++) if (load<u8>(letter) - 0x61 > 25) return NO_DATE;
  if (load<u8>(at) != COMMA || !isBetween(at + 1, SPACE, DASH, DASH) || load<u8>(at, 11) != SPACE) return NO_DATE;
  const two = loadDigits(at + 9, 2);
  if (two < 0) return NO_DATE;
  // In this century, unless that is more than 50 years from now.
  const century = (dateOf(<u32>(max<i64>(now, 0) / DAY_SECONDS)) >> 9) / 100;
  const seconds = secondsOf(century * 100 + two, at + 5, loadDigits(at + 2, 2), at + 12);
  const past = seconds > now + FIFTY_YEARS;
  return past ? secondsOf(century * 100 + two - 100, at + 5, loadDigits(at + 2, 2), at + 12) : seconds;
}

/** Whether these stand before the day, the month and the year. */
function isBetween(ptr: usize, day: u8, month: u8, year: u8): bool {
  return load<u8>(ptr) == day && load<u8>(ptr, 3) == month && load<u8>(ptr, 7) == year;
}

/** The index of the name of three letters that stands there, or -1. */
function indexOfName(ptr: usize, names: string): i32 {
  for (let i = 0; i < names.length; i += 3) {
    const name = changetype<usize>(names) + ((<usize>i) << 1);
    const same = load<u8>(ptr) == load<u16>(name) && load<u8>(ptr, 1) == load<u16>(name, 2);
    if (same && load<u8>(ptr, 2) == load<u16>(name, 4)) return i / 3;
  }
  return -1;
}

/** A number of so many digits, or -1. */
function loadDigits(ptr: usize, digits: usize): i32 {
  let value: u32 = 0;
  for (let i: usize = 0; i < digits; i++) {
    const digit = <u32>load<u8>(ptr + i) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** @param month where its name is; @param time where the time of day is: 08:49:37. A second 60 is a leap second. */
function secondsOf(year: i32, month: usize, day: i32, time: usize): i64 {
  const monthIndex = indexOfName(month, MONTHS);
  const hour = loadDigits(time, 2);
  const minute = loadDigits(time + 3, 2);
  const second = loadDigits(time + 6, 2);
  if (load<u8>(time, 2) != COLON || load<u8>(time, 5) != COLON) return NO_DATE;
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>second > 60 || year < 0 || monthIndex < 0) return NO_DATE;
  const first = dayOf(year, monthIndex + 1, 1);
  const next = monthIndex < 11 ? dayOf(year, monthIndex + 2, 1) : first + 31;
  if (day < 1 || first + day > next) return NO_DATE;
  return <i64>(first + day - 1) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}
