/**
 * Domain names in wire form (RFC 1035, 3.1), as texts of one character an octet: what a Map can have as key. A name is labels,
 * each an octet with its length and so many octets, and the root's empty label at the end.
 */

const NAME_MAX = 255;
const LABEL_MAX = 63;
/** Most octets of a name's text: each of 255 may be written \DDD. */
const TEXT_MAX = NAME_MAX * 4;
export const ROOT = "\0";

/** What is wrong with a name, for messages. */
export class NameError extends Error {}

/**
 * Reads a name of a master file (RFC 1035, 5.1; escapes: RFC 4343, 2.1).
 * @param text one character an octet; @param origin what a name without a dot at its end is below; none when undefined
 * @throws NameError
 */
export function parseName(text: string, origin: string | undefined): string {
  if (text === "@") return origin ?? noOrigin(text);
  if (text === ".") return ROOT;
  if (text.length > TEXT_MAX) throw new NameError(`a name has at most ${NAME_MAX} octets`);
  let name = "";
  let label = "";
  for (let i = 0; i < text.length; ) {
    const c = text.charAt(i);
    if (c === ".") {
      name += withLength(label, text);
      label = "";
      i++;
      continue;
    }
    const { octet, length } = c === "\\" ? readEscape(text, i) : { octet: c, length: 1 };
    label += octet;
    i += length;
  }
  name += label === "" ? ROOT : withLength(label, text) + (origin ?? noOrigin(text));
  if (name.length > NAME_MAX)
    throw new NameError(`${text}: with ${name.length} octets the name is too long; at most ${NAME_MAX} are allowed`);
  return name;
}

function noOrigin(text: string): never {
  throw new NameError(`${text}: relative to no $ORIGIN; give one, or end the name with a dot`);
}

function withLength(label: string, text: string): string {
  if (label === "") throw new NameError(`${text}: an empty label; dots stand between labels`);
  if (label.length > LABEL_MAX)
    throw new NameError(`${text}: a label of ${label.length} octets; at most ${LABEL_MAX} are allowed`);
  return String.fromCharCode(label.length) + label;
}

/**
 * The octet of an escape, \DDD or \X (RFC 1035, 5.1).
 * @param at where its backslash is
 * @throws NameError
 */
export function readEscape(text: string, at: number): { octet: string; length: number } {
  const next = text.charAt(at + 1);
  if (next === "") throw new NameError(`${text}: nothing follows the last backslash`);
  if (!/[0-9]/.test(next)) return { octet: next, length: 2 };
  const digits = text.slice(at + 1, at + 4);
  if (!/^[0-9]{3}$/.test(digits) || Number(digits) > 255)
    throw new NameError(`${text}: \\${digits} is no octet; expected three digits, \\000 to \\255`);
  return { octet: String.fromCharCode(Number(digits)), length: 4 };
}

/** A name in canonical form (RFC 4034, 6.2): in lower case, of ASCII's letters only (RFC 4343). */
export function canonical(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (part) => part.toLowerCase()) : name;
}

/** The name without its first label. It must not be the root. */
export function parent(name: string): string {
  return name.slice(1 + name.charCodeAt(0));
}

/** The name and all above it, the root last. */
export function* ancestry(name: string): Generator<string> {
  for (; name !== ROOT; name = parent(name)) yield name;
  yield ROOT;
}

/** Whether `name` is `zone` or below it; both in canonical form. */
export function isWithin(name: string, zone: string): boolean {
  while (name.length > zone.length) name = parent(name);
  return name === zone;
}

/** Whether its first label is an asterisk alone (RFC 4592, 2.1.1). */
export function isWildcard(name: string): boolean {
  return name.startsWith("\x01*");
}

/** The name as people write it, without the dot at its end; of the root, a dot. */
export function showName(name: string): string {
  if (name === ROOT) return ".";
  const labels: string[] = [];
  for (; name !== ROOT; name = parent(name))
    labels.push(name.slice(1, 1 + name.charCodeAt(0)).replace(/[^!-~]|[.;\\"()@$]/g, escapeOctet));
  return labels.join(".");
}

function escapeOctet(octet: string): string {
  return /[!-~]/.test(octet) ? `\\${octet}` : `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`;
}

/**
 * The end of a name of a record's data, which has no pointers.
 * @param data one character an octet
 * @throws NameError when it is malformed
 */
export function nameEnd(data: string, at: number): number {
  const start = at;
  for (;;) {
    const length = data.charCodeAt(at);
    if (Number.isNaN(length)) throw new NameError("the data ends within a name");
    if (length > LABEL_MAX) throw new NameError("a name of the data has a label that is too long, or a pointer");
    at += 1 + length;
    if (at - start > NAME_MAX) throw new NameError("a name of the data is too long");
    if (length === 0) return at;
  }
}
