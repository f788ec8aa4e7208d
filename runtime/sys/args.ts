/**
 * Image arguments, which the tender hands over as `--name=value`. They are few and read once each, so none is kept:
 * every question walks through the list. A value that does not fit ends the image with one line and exit status 64.
 */
import { argv, NAME_MAX } from "../abi/tender";
import { decodeUtf8 } from "../base/utf8";
import { flushConsole, putCharacter, putText, putVisible } from "./console";
import { exit } from "./exit";

/** Exit status of a command line that cannot be (EX_USAGE of sysexits.h). */
const USAGE: i32 = 64;
/** Room for `--`, the longest name and `=`. */
const PREFIX_ROOM: usize = 3 + NAME_MAX;
const prefix: usize = memory.data(67);

/**
 * The value of an argument.
 * @param name without the hyphens
 * @returns the value as it was given, the last one if it was given twice; null if it was not given
 */
export function argument(name: string): string | null {
  let last: i32 = -1;
  let lastLength: i32 = 0;
  for (let index = 0; ; index++) {
    const length = argv(index, prefix, PREFIX_ROOM);
    if (length < 0) break;
    if (isArgument(name, length)) {
      last = index;
      lastLength = length;
    }
  }
  if (last < 0) return null;
  const copy = heap.alloc(lastLength);
  argv(last, copy, lastLength);
  const start = name.length + 3;
  const value = decodeUtf8(copy + start, lastLength - start);
  heap.free(copy);
  if (value === null) badArgument(name, "?", "text in UTF-8");
  return value;
}

/** Whether the argument whose first bytes lie in `prefix`, `length` bytes long, is `--name=`. Names are ASCII. */
function isArgument(name: string, length: i32): bool {
  const end = name.length + 2;
  if (length <= end || end >= <i32>PREFIX_ROOM) return false;
  if (load<u16>(prefix) != 0x2d2d || load<u8>(prefix + end) != 0x3d) return false;
  for (let i = 2; i < end; i++) {
    if (load<u8>(prefix + i) != load<u16>(changetype<usize>(name) + ((i - 2) << 1))) return false;
  }
  return true;
}

/**
 * Ends the image because of a value: prints `--name: "value" is not EXPECTED` and leaves with status 64.
 * @param expected what would have been right, to be read after `is not `
 */
export function badArgument(name: string, value: string, expected: string): void {
  putText("--");
  putText(name);
  putText(': "');
  putVisible(value);
  putText('" is not ');
  putText(expected);
  putCharacter(0x0a);
  flushConsole();
  exit(USAGE);
}

/** The value of a text argument, or `fallback` when it was not given. */
export function stringArgument(name: string, fallback: string): string {
  const value = argument(name);
  return value === null ? fallback : value;
}

/** The value of an argument that is `true` or `false`, or `fallback` when it was not given. */
export function boolArgument(name: string, fallback: bool): bool {
  const value = argument(name);
  if (value === null) return fallback;
  if (value != "true" && value != "false") badArgument(name, value, "true or false");
  return value == "true";
}

/**
 * The value of a whole number, or `fallback` when it was not given.
 * @param min @param max the numbers allowed, both included
 */
export function i32Argument(name: string, fallback: i32, min: i32 = i32.MIN_VALUE, max: i32 = i32.MAX_VALUE): i32 {
  const value = argument(name);
  return value === null ? fallback : toI32(name, value, min, max);
}

/** Milliseconds of a duration such as 500ms, 30s, 5m, 2h or 7d. @param fallback the text when it was not given */
export function durationArgument(name: string, fallback: string): u64 {
  return toDuration(name, stringArgument(name, fallback));
}

/** The texts of a list, which have commas between them; of the empty text there are none. */
export function stringListArgument(name: string, fallback: string): string[] {
  const text = stringArgument(name, fallback);
  return text.length == 0 ? [] : text.split(",");
}

/** As i32Argument, for a list. */
export function i32ListArgument(
  name: string,
  fallback: string,
  min: i32 = i32.MIN_VALUE,
  max: i32 = i32.MAX_VALUE,
): i32[] {
  const texts = stringListArgument(name, fallback);
  const numbers: i32[] = [];
  for (let i = 0; i < texts.length; i++) numbers.push(toI32(name, texts[i], min, max));
  return numbers;
}

/** As durationArgument, for a list. */
export function durationListArgument(name: string, fallback: string): u64[] {
  const texts = stringListArgument(name, fallback);
  const durations: u64[] = [];
  for (let i = 0; i < texts.length; i++) durations.push(toDuration(name, texts[i]));
  return durations;
}

function toI32(name: string, text: string, min: i32, max: i32): i32 {
  const number = parseDecimal(text, 10);
  if (number < min || number > max) {
    badArgument(name, text, "a number; expected " + min.toString() + " to " + max.toString());
  }
  return <i32>number;
}

/** A hundred years in milliseconds: in nanoseconds they are a u64. */
const DURATION_MAX: i64 = 3153600000000;

function toDuration(name: string, text: string): u64 {
  let unit: i64 = 0;
  let digits = text.length - 1;
  if (text.endsWith("ms")) {
    unit = 1;
    digits--;
  } else if (text.endsWith("s")) unit = 1000;
  else if (text.endsWith("m")) unit = 60000;
  else if (text.endsWith("h")) unit = 3600000;
  else if (text.endsWith("d")) unit = 86400000;
  const number = unit ? parseDecimal(text.substring(0, digits), 13) : -1;
  if (number < 0 || number > DURATION_MAX / unit) {
    badArgument(name, text, "a duration; expected one such as 500ms, 30s, 5m, 2h or 7d, of at most 36500d");
  }
  return number * unit;
}

/** Reads an optional minus sign and up to `most` digits. @returns i64.MIN_VALUE when the text is anything else */
function parseDecimal(text: string, most: i32): i64 {
  const negative = text.length > 0 && text.charCodeAt(0) == 0x2d;
  const start = i32(negative);
  if (text.length == start || text.length > start + most) return i64.MIN_VALUE;
  let value: i64 = 0;
  for (let i = start; i < text.length; i++) {
    const digit: u32 = text.charCodeAt(i) - 0x30;
    if (digit > 9) return i64.MIN_VALUE;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
