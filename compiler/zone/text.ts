/** Numbers, times and texts as master files have them, and octets as texts of one character an octet. */
import { isIPv4, isIPv6 } from "node:net";
import { readEscape } from "./names.ts";

/** What is wrong with a record's data, for messages. */
export class DataError extends Error {}

const STRING_MAX = 255;
/** Seconds of the units of BIND, which all servers know. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
/** "A TTL value is an unsigned number, with a minimum value of 0, and a maximum value of 2147483647" (RFC 2181, 8). */
const TIME_MAX = 2 ** 31 - 1;

/** @param what it is, for messages; @param max the largest one */
export function parseNumber(text: string, what: string, max: number): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new DataError(`${what} is ${shorten(text)}; expected a number from 0 to ${max}`);
  return value;
}

/** Whether a word looks like a time: 3600, 1h, 1h30m. */
export function isTime(text: string): boolean {
  return /^[0-9]+$/.test(text) || /^([0-9]+[smhdw])+$/i.test(text);
}

/** Seconds of a time. */
export function parseTime(text: string, what: string): number {
  const parts = isTime(text) ? [...text.matchAll(/([0-9]+)([a-z]?)/gi)] : [];
  const seconds = parts.reduce((sum, [, n, unit = ""]) => sum + Number(n) * (UNITS[unit.toLowerCase() || "s"] ?? 1), 0);
  if (parts.length === 0 || seconds > TIME_MAX)
    throw new DataError(`${what} is ${shorten(text)}; expected seconds, at most ${TIME_MAX}, or such as 1h30m`);
  return seconds;
}

export function octet(value: number): string {
  return String.fromCharCode(value);
}

/** Two octets, the greater one first. */
export function u16(value: number): string {
  return octet(value >>> 8) + octet(value & 255);
}

/** Four octets, the greatest one first. */
export function u32(value: number): string {
  return u16(value >>> 16) + u16(value & 0xffff);
}

export function u16At(data: string, at: number): number {
  return (data.charCodeAt(at) << 8) | data.charCodeAt(at + 1);
}

export function u32At(data: string, at: number): number {
  return u16At(data, at) * 0x10000 + u16At(data, at + 2);
}

/** The octets of a text with escapes. */
export function parseOctets(text: string): string {
  let octets = "";
  for (let i = 0; i < text.length; ) {
    const next = text.indexOf("\\", i);
    if (next < 0) return octets + text.slice(i);
    const { octet, length } = readEscape(text, next);
    octets += text.slice(i, next) + octet;
    i = next + length;
  }
  return octets;
}

/** A character-string (RFC 1035, 3.3): its length, and its octets. */
export function parseString(text: string): string {
  const octets = parseOctets(text);
  if (octets.length > STRING_MAX)
    throw new DataError(
      `a text of ${octets.length} octets; at most ${STRING_MAX} are allowed, so break it: "..." "..." (RFC 1035, 3.3)`,
    );
  return octet(octets.length) + octets;
}

export function parseIpv4(text: string): string {
  if (!isIPv4(text)) throw new DataError(`${shorten(text)} is no IPv4 address; expected such as 192.0.2.1`);
  return String.fromCharCode(...text.split(".").map(Number));
}

export function parseIpv6(text: string): string {
  if (!isIPv6(text) || text.includes("%"))
    throw new DataError(`${shorten(text)} is no IPv6 address; expected such as 2001:db8::1`);
  // An IPv4 address at the end is two groups.
  const plain = text.replace(/[0-9.]+\.[0-9.]+$/, (ipv4) => {
    const octets = parseIpv4(ipv4);
    return `${u16At(octets, 0).toString(16)}:${u16At(octets, 2).toString(16)}`;
  });
  const [left = "", right] = plain.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [head, tail] = [groups(left), groups(right ?? "")];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...(right === undefined ? [] : zeros), ...tail]
    .map((group) => u16(Number.parseInt(group, 16)))
    .join("");
}

/** @param what it is, for messages */
export function parseHex(text: string, what: string): string {
  if (!/^([0-9a-f]{2})*$/i.test(text))
    throw new DataError(`${what} is ${shorten(text)}; expected pairs of hexadecimal digits`);
  return Buffer.from(text, "hex").toString("latin1");
}

/** @param what it is, for messages */
export function parseBase64(text: string, what: string): string {
  const bytes = Buffer.from(text, "base64");
  if (text.length % 4 !== 0 || bytes.toString("base64") !== text)
    throw new DataError(`${what} is ${shorten(text)}; expected base64 (RFC 4648)`);
  return bytes.toString("latin1");
}

/** A text for a message. */
export function shorten(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 56)}..."` : quoted;
}
