/**
 * Dates in fields (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT` is written, and two forms more are read, which old
 * programs still send: `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 850) and `Sun Nov  6 08:49:37 1994` (asctime of ANSI C).
 */

import { unitAt } from "../base/characters";
import { dateOf, dayOf } from "../sys/calendar";

/** Octets of a date as it is written. */
export const DATE_SIZE: usize = 29;
/** What is read of a text that is no date. */
export const NO_DATE: i64 = i64.MIN_VALUE;

const DAY_SECONDS: u64 = 86400;
/** Seconds of 50 years: a two-digit year that is farther in the future is one of the past. */
const FIFTY_YEARS: i64 = 1577847600;
const SPACE: u32 = 0x20;

/** Names of three letters, one behind the other. 1970-01-01 was a Thursday. */
const DAYS: string = "ThuFriSatSunMonTueWed";
const MONTHS: string = "JanFebMarAprMayJunJulAugSepOctNovDec";

/**
 * Forms: 1 stands for a digit of the day, 2 of the year, 3 of the hour, 4 of the minute, 5 of the second, 9 for one of the
 * day that may be a space instead; abc for the name of the day, klm for that of the month; all else for itself.
 */
const FORM: string = "abc, 11 klm 2222 33:44:55 GMT";
const RFC_850: string = ", 11-klm-22 33:44:55 GMT";
const ASCTIME: string = "abc klm 91 33:44:55 2222";
/** Of the Common Log Format. */
export const LOG_FORM: string = "11/klm/2222:33:44:55 +0000";

/** What 1 to 5 stand for, and the month from 0 on: u32 each, at 4 to 24. */
const numbers: usize = memory.data(28);
const MONTH: u32 = 6;

function numberAt(index: u32): u32 {
  return load<u32>(numbers + ((<usize>index) << 2));
}

function setNumber(index: u32, value: u32): void {
  store<u32>(numbers + ((<usize>index) << 2), value);
}

/**
 * Writes a date in its DATE_SIZE octets.
 * @param seconds since 1970, up to the end of the year 9999
 */
export function storeDate(ptr: usize, seconds: u64): void {
  storeForm(ptr, FORM, seconds);
}

/** Writes a date in a form. @returns the address behind it */
export function storeForm(ptr: usize, form: string, seconds: u64): usize {
  const day = <u32>(seconds / DAY_SECONDS);
  const second = <u32>(seconds % DAY_SECONDS);
  const date = dateOf(day);
  const month = ((date >> 5) & 15) - 1;
  setNumber(1, date & 31);
  setNumber(2, date >> 9);
  setNumber(3, second / 3600);
  setNumber(4, (second / 60) % 60);
  setNumber(5, second % 60);
  // From behind: so numbers end where they should, whatever digits the form has for them.
  for (let i = form.length - 1; i >= 0; i--) {
    let unit = unitAt(form, i);
    if (unit - 0x31 < 5) {
      const value = numberAt(unit - 0x30);
      setNumber(unit - 0x30, value / 10);
      unit = 0x30 + (value % 10);
    } else if (unit - 0x61 < 3) unit = unitAt(DAYS, (day % 7) * 3 + unit - 0x61);
    else if (unit - 0x6b < 3) unit = unitAt(MONTHS, month * 3 + unit - 0x6b);
    store<u8>(ptr + i, unit);
  }
  return ptr + form.length;
}

/**
 * Reads a date.
 * @param now seconds since 1970, by which a year of two digits is told
 * @returns seconds since 1970, below 0 before it; NO_DATE when it is none
 */
export function loadDate(ptr: usize, length: usize, now: i64): i64 {
  const end = ptr + length;
  if (isOf(ASCTIME, ptr, end) || isOf(FORM, ptr, end)) return secondsRead();
  // Sunday, 06-Nov-94 08:49:37 GMT
  if (length < 30 || length > 33 || indexOfName(ptr, DAYS) < 0) return NO_DATE;
  let at = ptr + 3;
  while (<u32>load<u8>(at) - 0x61 < 26) at++;
  if (!isOf(RFC_850, at, end)) return NO_DATE;
  // In this century, unless that is more than 50 years from now.
  const year = ((dateOf(<u32>(max<i64>(now, 0) / DAY_SECONDS)) >> 9) / 100) * 100 + numberAt(2);
  setNumber(2, year);
  const seconds = secondsRead();
  if (seconds <= now + FIFTY_YEARS) return seconds;
  setNumber(2, year - 100);
  return secondsRead();
}

/** Whether [at, end) is of a form: then its numbers are set. */
function isOf(form: string, at: usize, end: usize): bool {
  const length = form.length;
  if (end - at != <usize>length) return false;
  memory.fill(numbers, 0, 28);
  for (let i = 0; i < length; i++) {
    const octet = <u32>load<u8>(at++);
    let unit = unitAt(form, i);
    if (unit == 0x39) unit = octet == SPACE ? SPACE : 0x31;
    if (unit - 0x31 < 5) {
      if (octet - 0x30 > 9) return false;
      setNumber(unit - 0x30, numberAt(unit - 0x30) * 10 + octet - 0x30);
    } else if (unit - 0x61 < 26) {
      const index = indexOfName(at - 1, unit == 0x61 ? DAYS : MONTHS);
      if (index < 0) return false;
      setNumber(unit == 0x61 ? 0 : MONTH, index);
      i += 2;
      at += 2;
    } else if (octet != unit) return false;
  }
  return true;
}

/** The index of the name of three letters that stands there, or -1. */
function indexOfName(ptr: usize, names: string): i32 {
  for (let i = 0; i < names.length; i += 3) {
    let same = 0;
    while (same < 3 && <u32>load<u8>(ptr + same) == unitAt(names, i + same)) same++;
    if (same == 3) return i / 3;
  }
  return -1;
}

/** The seconds of the numbers that were read. A second 60 is a leap second. */
function secondsRead(): i64 {
  const day = <i32>numberAt(1);
  const year = numberAt(2);
  const month = numberAt(MONTH) + 1;
  const first = dayOf(year, month, 1);
  if (numberAt(3) > 23 || numberAt(4) > 59 || numberAt(5) > 60) return NO_DATE;
  // The month behind December is the next January.
  if (day < 1 || first + day > dayOf(year, month + 1, 1)) return NO_DATE;
  return <i64>(first + day - 1) * DAY_SECONDS + numberAt(3) * 3600 + numberAt(4) * 60 + numberAt(5);
}
