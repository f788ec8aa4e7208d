/**
 * Unix time as a date and a time of day (UTC), by days in eras of 400 years that begin on 1 March, so that leap days end
 * their years (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
import { putCharacter, putDecimal } from "./console";

const DAYS_PER_ERA: u32 = 146097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH: u32 = 719468;

/** Puts `2026-11-21T07:35:00Z` (RFC 3339) on the console. @param seconds since 1970, up to the end of the year 9999 */
export function putTime(seconds: u64): void {
  const days: u32 = <u32>(seconds / 86400) + EPOCH;
  const era = days / DAYS_PER_ERA;
  const dayOfEra = days % DAYS_PER_ERA;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  // Months from March have 31 30 31 30 31 days, again and again: 153 in five.
  const month = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * month + 2) / 5 + 1;
  putDecimal(era * 400 + yearOfEra + u32(month >= 10), 4);
  putCharacter(0x2d);
  putDecimal(month < 10 ? month + 3 : month - 9, 2);
  putCharacter(0x2d);
  putDecimal(day, 2);
  putCharacter(0x54);
  const second: u32 = <u32>(seconds % 86400);
  putDecimal(second / 3600, 2);
  putCharacter(0x3a);
  putDecimal((second / 60) % 60, 2);
  putCharacter(0x3a);
  putDecimal(second % 60, 2);
  putCharacter(0x5a);
}
