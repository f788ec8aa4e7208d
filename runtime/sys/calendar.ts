/**
 * Unix time as a date and a time of day (UTC) and back, by days in eras of 400 years that begin on 1 March, so that leap
 * days end their years (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
import { putOctets } from "./console";

const DAYS_PER_ERA: u32 = 146097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH: u32 = 719468;

/**
 * The date of a day.
 * @param days since 1970-01-01, up to the end of the year 9999
 * @returns year << 9 | month << 5 | day, months and days from 1 on
 */
export function dateOf(days: u32): u32 {
  days += EPOCH;
  const era = days / DAYS_PER_ERA;
  const dayOfEra = days % DAYS_PER_ERA;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  // Months from March have 31 30 31 30 31 days, again and again: 153 in five.
  const month = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * month + 2) / 5 + 1;
  const year = era * 400 + yearOfEra + u32(month >= 10);
  return (year << 9) | ((month < 10 ? month + 3 : month - 9) << 5) | day;
}

/**
 * The day of a date.
 * @param year 0 to 9999; @param month 1 to 12, or 13, the next January; @param day 1 to 31; one that the month does not have is of the next
 * @returns days since 1970-01-01, below 0 before it
 */
export function dayOf(year: u32, month: u32, day: u32): i32 {
  // 400 years more, for January of the year 0 is before the first era's beginning.
  const from = year + 400 - u32(month < 3);
  const yearOfEra = from % 400;
  const dayOfYear = (153 * (month < 3 ? month + 9 : month - 3) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return <i32>((from / 400 - 1) * DAYS_PER_ERA + dayOfEra - EPOCH);
}

/** Octets of a time. */
export const TIME_SIZE: usize = 20;
const text: usize = memory.data(20);

/** Puts `2026-11-21T07:35:00Z` (RFC 3339) on the console. @param seconds since 1970, up to the end of the year 9999 */
export function putTime(seconds: u64): void {
  storeTime(text, seconds);
  putOctets(text, TIME_SIZE);
}

/** Writes the same, TIME_SIZE octets. @param to where to */
export function storeTime(to: usize, seconds: u64): void {
  const date = dateOf(<u32>(seconds / 86400));
  const second: u32 = <u32>(seconds % 86400);
  // From the end of each number.
  storeDigits(to + 4, date >> 9, 4, 0x2d);
  storeDigits(to + 7, (date >> 5) & 15, 2, 0x2d);
  storeDigits(to + 10, date & 31, 2, 0x54);
  storeDigits(to + 13, second / 3600, 2, 0x3a);
  storeDigits(to + 16, (second / 60) % 60, 2, 0x3a);
  storeDigits(to + 19, second % 60, 2, 0x5a);
}

/** Writes a number that ends before `end`, and a character behind it. */
function storeDigits(end: usize, value: u32, digits: u32, behind: u32): void {
  store<u8>(end, behind as u8);
  for (; digits > 0; digits--) {
    store<u8>(--end, (0x30 + (value % 10)) as u8);
    value /= 10;
  }
}
