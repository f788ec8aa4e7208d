/** The types of records: their names, and what their data are made of. */

import {
  base64,
  byte,
  type Field,
  hex,
  ipv4,
  ipv6,
  long,
  longText,
  name,
  short,
  tag,
  text,
  texts,
  time,
} from "./fields.ts";
import { canonical } from "./names.ts";
import { checkSvcb, parameters } from "./svcb.ts";
import { DataError, u16At } from "./text.ts";

export const TYPE_A = 1;
export const TYPE_NS = 2;
export const TYPE_CNAME = 5;
export const TYPE_SOA = 6;
export const TYPE_MX = 15;
export const TYPE_AAAA = 28;
export const TYPE_SRV = 33;
export const TYPE_DNAME = 39;
export const TYPE_DS = 43;
export const TYPE_RRSIG = 46;
export const TYPE_NSEC = 47;
export const TYPE_NSEC3 = 50;
export const TYPE_SVCB = 64;
export const TYPE_HTTPS = 65;
export const TYPE_ANY = 255;

interface Type {
  readonly number: number;
  readonly mnemonic: string;
  readonly fields: readonly Field[];
  /** Whether names in its data may be compressed: "only ... [those] of RFC 1035" (RFC 3597, 4). */
  readonly compressed?: boolean;
  /** What else is to be true of its data. @throws DataError */
  readonly check?: (data: string) => void;
}

const dsFields = [short("the key's tag"), byte("the algorithm"), byte("the digest's type"), hex("the digest")];
const keyFields = [short("the flags"), byte("the protocol"), byte("the algorithm"), base64("the key")];
const tlsaFields = [byte("the usage"), byte("the selector"), byte("the matching type"), hex("the data")];
const svcbFields = [short("the priority"), name("the target"), parameters];

const TYPES: readonly Type[] = [
  { number: TYPE_A, mnemonic: "A", fields: [ipv4] },
  { number: TYPE_NS, mnemonic: "NS", fields: [name("a server's name")], compressed: true },
  { number: TYPE_CNAME, mnemonic: "CNAME", fields: [name("a name")], compressed: true },
  {
    number: TYPE_SOA,
    mnemonic: "SOA",
    fields: [
      name("the first server's name"),
      name("the mailbox's name"),
      long("the serial"),
      ...["refresh", "retry", "expire", "minimum"].map((what) => time(`the time ${what}`)),
    ],
    compressed: true,
  },
  { number: 12, mnemonic: "PTR", fields: [name("a name")], compressed: true },
  { number: 13, mnemonic: "HINFO", fields: [text("the machine"), text("the system")] },
  {
    number: TYPE_MX,
    mnemonic: "MX",
    fields: [short("the preference"), name("a mail server's name")],
    compressed: true,
  },
  { number: 16, mnemonic: "TXT", fields: [texts] },
  { number: 17, mnemonic: "RP", fields: [name("the mailbox's name"), name("a name")] },
  { number: 18, mnemonic: "AFSDB", fields: [short("the kind"), name("a server's name")] },
  { number: TYPE_AAAA, mnemonic: "AAAA", fields: [ipv6] },
  {
    number: TYPE_SRV,
    mnemonic: "SRV",
    fields: [short("the priority"), short("the weight"), short("the port"), name("the target")],
  },
  {
    number: 35,
    mnemonic: "NAPTR",
    fields: [
      short("the order"),
      short("the preference"),
      ...[text("the flags"), text("the service"), text("the expression")],
      name("the replacement"),
    ],
  },
  { number: TYPE_DNAME, mnemonic: "DNAME", fields: [name("a name")] },
  { number: TYPE_DS, mnemonic: "DS", fields: dsFields, check: checkDigest },
  {
    number: 44,
    mnemonic: "SSHFP",
    fields: [byte("the algorithm"), byte("the fingerprint's type"), hex("the fingerprint")],
  },
  { number: 48, mnemonic: "DNSKEY", fields: keyFields },
  { number: 52, mnemonic: "TLSA", fields: tlsaFields },
  { number: 53, mnemonic: "SMIMEA", fields: tlsaFields },
  { number: 59, mnemonic: "CDS", fields: dsFields },
  { number: 60, mnemonic: "CDNSKEY", fields: keyFields },
  { number: 61, mnemonic: "OPENPGPKEY", fields: [base64("the key")] },
  { number: TYPE_SVCB, mnemonic: "SVCB", fields: svcbFields, check: checkSvcb },
  { number: TYPE_HTTPS, mnemonic: "HTTPS", fields: svcbFields, check: checkSvcb },
  { number: 99, mnemonic: "SPF", fields: [texts] },
  {
    number: 256,
    mnemonic: "URI",
    fields: [short("the priority"), short("the weight"), longText("the target")],
  },
  { number: 257, mnemonic: "CAA", fields: [byte("the flags"), tag, longText("the value")] },
];

/** Types whose data only `\#` can give, by their names. */
const OPAQUE: Readonly<Record<string, number>> = {
  RRSIG: TYPE_RRSIG,
  NSEC: TYPE_NSEC,
  NSEC3: TYPE_NSEC3,
  NSEC3PARAM: 51,
};

const byNumber = new Map(TYPES.map((type) => [type.number, type]));
const byMnemonic = new Map([
  ...TYPES.map(({ mnemonic, number }): [string, number] => [mnemonic, number]),
  ...Object.entries(OPAQUE),
]);
const mnemonics = new Map([...byMnemonic].map(([mnemonic, number]) => [number, mnemonic]));

/** What is known of a type; undefined when nothing is: then its data is given as octets (RFC 3597). */
export function findType(number: number): Type | undefined {
  return byNumber.get(number);
}

/** The number of a type's name, TYPE123 too (RFC 3597, 5); undefined when it is none. */
export function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase();
  const [, digits] = /^TYPE(\d{1,5})$/.exec(upper) ?? [];
  const number = digits === undefined ? byMnemonic.get(upper) : Number(digits);
  return number !== undefined && number <= 0xffff ? number : undefined;
}

/** Whether records of a type can be in a zone: "Q" and "Meta" types are of messages only (RFC 6895, 3.1). */
export function isData(type: number): boolean {
  return type !== 0 && type !== 41 && (type < 128 || type > 255);
}

export function showType(number: number): string {
  return mnemonics.get(number) ?? `TYPE${number}`;
}

const DIGEST_SIZES: Readonly<Record<number, number>> = { 1: 20, 2: 32, 4: 48 };

function checkDigest(data: string): void {
  const type = u16At(data, 2) & 255;
  const expected = DIGEST_SIZES[type];
  const size = data.length - 4;
  if (expected !== undefined && size !== expected)
    throw new DataError(`a digest of type ${type} has ${expected} octets; this one has ${size}`);
}

/** A part of a record's data: octets, or a name. */
export type Piece = string | { readonly name: string; readonly compressed: boolean };

/** A record's data in parts, for compression. */
export function pieces(type: number, data: string): readonly Piece[] {
  const known = byNumber.get(type);
  if (!known?.fields.some(({ isName }) => isName)) return [data];
  const found: Piece[] = [];
  let at = 0;
  for (const field of known.fields) {
    const end = field.end(data, at);
    const octets = data.slice(at, end);
    found.push(field.isName ? { name: octets, compressed: known.compressed === true } : octets);
    at = end;
  }
  return found;
}

/** The names in a record's data, in their order. */
export function namesIn(type: number, data: string): string[] {
  return pieces(type, data).flatMap((piece) => (typeof piece === "string" ? [] : [piece.name]));
}

/** Data in a form that is the same for two records that are (RFC 4034, 6.2). */
export function canonicalData(type: number, data: string): string {
  return pieces(type, data)
    .map((piece) => (typeof piece === "string" ? piece : canonical(piece.name)))
    .join("");
}
