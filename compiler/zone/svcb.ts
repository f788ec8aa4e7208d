/** The parameters of SVCB and HTTPS records (RFC 9460, 2.1 and 7; "dohpath": RFC 9461, "ohttp": RFC 9540). */
import type { Field, Words } from "./fields.ts";
import { nameEnd } from "./names.ts";
import {
  DataError,
  octet,
  parseBase64,
  parseIpv4,
  parseIpv6,
  parseNumber,
  parseOctets,
  shorten,
  u16,
  u16At,
} from "./text.ts";

const NAMES = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];
const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;
const OHTTP = 8;
/** "The key 65535 is reserved" (14.3.2). */
const KEY_MAX = 65534;

export const parameters: Field = { read: readParameters, end: (data) => data.length };

function readParameters(words: Words): string {
  const found = new Map<number, string>();
  while (!words.done) {
    const { text, quoted } = words.next("a parameter");
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const inQuotes = text.endsWith("=") ? words.nextJoined() : undefined;
    const value = equals < 0 ? undefined : (inQuotes?.text ?? text.slice(equals + 1));
    const key = quoted ? undefined : keyNumber(name);
    if (key === undefined)
      throw new DataError(`${shorten(name)} is no parameter; expected ${NAMES.join(", ")} or such as key667`);
    if (found.has(key)) throw new DataError(`the parameter ${name} is given twice`);
    found.set(key, readValue(key, name, value));
  }
  // "SvcParamKeys SHALL appear in increasing numeric order" (2.2).
  const keys = [...found.keys()].sort((a, b) => a - b);
  return keys.map((key) => u16(key) + u16(found.get(key)?.length ?? 0) + found.get(key)).join("");
}

function keyNumber(name: string): number | undefined {
  const known = NAMES.indexOf(name.toLowerCase());
  if (known >= 0) return known;
  const [, digits] = /^key(0|[1-9][0-9]{0,4})$/i.exec(name) ?? [];
  return digits !== undefined && Number(digits) <= KEY_MAX ? Number(digits) : undefined;
}

function readValue(key: number, name: string, value: string | undefined): string {
  if (key === NO_DEFAULT_ALPN || key === OHTTP) {
    if (value !== undefined) throw new DataError(`the parameter ${name} has no value`);
    return "";
  }
  if (/^key/i.test(name)) return value === undefined ? "" : parseOctets(value);
  if (value === undefined || value === "") throw new DataError(`the parameter ${name} needs a value: ${name}=...`);
  const octets = parseOctets(value);
  switch (NAMES[key]) {
    case "mandatory":
      return readMandatory(octets);
    case "alpn":
      return splitList(octets).map(readProtocol).join("");
    case "port":
      return u16(parseNumber(octets, "the port", 0xffff));
    case "ipv4hint":
      return octets.split(",").map(parseIpv4).join("");
    case "ipv6hint":
      return octets.split(",").map(parseIpv6).join("");
    case "ech":
      return parseBase64(octets, name);
    default:
      return octets;
  }
}

function readMandatory(list: string): string {
  const keys = list.split(",").map((name) => {
    const key = keyNumber(name);
    if (key === undefined || key === MANDATORY) throw new DataError(`mandatory=: ${shorten(name)} cannot be mandatory`);
    return key;
  });
  if (new Set(keys).size !== keys.length) throw new DataError("mandatory= names a parameter twice");
  return keys
    .sort((a, b) => a - b)
    .map(u16)
    .join("");
}

/** A list with commas between; in an item itself they are written \\, (Appendix A.1). */
function splitList(list: string): string[] {
  const items = [""];
  for (const [part] of list.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (part === ",") items.push("");
    else items.push(items.pop() + part.slice(-1));
  }
  return items;
}

function readProtocol(id: string): string {
  if (id.length === 0 || id.length > 255)
    throw new DataError(`alpn= names a protocol of ${id.length} octets; expected 1 to 255`);
  return octet(id.length) + id;
}

/** What must be true of all data, also of those that were given as octets (2.2). @throws DataError, NameError */
export function checkSvcb(data: string): void {
  const priority = u16At(data, 0);
  const keys: number[] = [];
  let mandatory = "";
  for (let at = nameEnd(data, 2); at < data.length; ) {
    const [key, length] = [u16At(data, at), u16At(data, at + 2)];
    if (!(at + 4 + length <= data.length)) throw new DataError("the data ends within a parameter");
    if (key <= (keys.at(-1) ?? -1)) throw new DataError("the parameters are not in ascending order");
    if (key === MANDATORY) mandatory = data.slice(at + 4, at + 4 + length);
    keys.push(key);
    at += 4 + length;
  }
  // "Recipients MUST ignore any SvcParams that are present" (2.4.2): who writes them has meant something else.
  if (priority === 0 && keys.length > 0) throw new DataError("with priority 0, an alias, there can be no parameters");
  for (let at = 0; at < mandatory.length; at += 2) {
    const key = u16At(mandatory, at);
    if (!keys.includes(key)) throw new DataError(`${NAMES[key] ?? `key${key}`} is mandatory and missing`);
  }
  if (keys.includes(NO_DEFAULT_ALPN) && !keys.includes(ALPN))
    throw new DataError("no-default-alpn is there without alpn");
}
