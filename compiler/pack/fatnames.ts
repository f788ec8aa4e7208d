/** Names in a FAT directory: a short one of eight and three characters, and before it the long one where that says more. */
import { ProjectError, type Site } from "../errors.ts";
import { shown } from "../output.ts";
import type { Packed } from "./walk.ts";

const LONG_UNITS = 13;
const NAME_MAX = 255;

/** The names of an entry. */
export interface FatName {
  /** Eleven bytes of ASCII. */
  readonly short: Buffer;
  /** Empty where the short one says all. */
  readonly long: string;
}

/** The names of a directory's entries, in their order. */
export function nameEntries(entries: readonly Packed[], site?: Site): Map<Packed, FatName> {
  const names = new Map<Packed, FatName>();
  const byName = new Map<string, Packed>();
  const taken = new Set<string>();
  const tails = new Map<string, number>();
  for (const entry of entries) {
    const name = entry.key.slice(entry.key.lastIndexOf("/") + 1);
    check(entry, name, byName, site);
    const plain = /^([A-Z0-9_-]{1,8})(?:\.([A-Z0-9_-]{1,3}))?$/.exec(name.toUpperCase());
    let short = pad(plain?.[1] ?? "", plain?.[2] ?? "");
    if (!plain || taken.has(short)) {
      const [stem, extension] = shorten(name);
      let tail = tails.get(`${stem}.${extension}`) ?? 0;
      do {
        const number = `~${++tail}`;
        short = pad(stem.slice(0, 8 - number.length) + number, extension);
      } while (taken.has(short));
      tails.set(`${stem}.${extension}`, tail);
    }
    taken.add(short);
    names.set(entry, { short: Buffer.from(short, "latin1"), long: shows(short, name) ? "" : name });
  }
  return names;
}

function check(entry: Packed, name: string, byName: Map<string, Packed>, site: Site | undefined): void {
  const refuse = (why: string) =>
    new ProjectError(`cannot pack ${shown(entry.path)}: ${why}; a tar archive can have it`, site);
  const [bad] = /["*:<>?\\|\p{Cc}]/u.exec(name) ?? [];
  if (bad !== undefined) throw refuse(`FAT has no names with ${JSON.stringify(bad)}`);
  if (/[. ]$/.test(name)) throw refuse("FAT has no names that end in a dot or a blank");
  if (name.length > NAME_MAX) throw refuse(`FAT has no names of more than ${NAME_MAX} characters`);
  const folded = name.toLowerCase();
  const twin = byName.get(folded);
  if (twin) throw refuse(`FAT does not tell its name from that of ${shown(twin.path)}`);
  byName.set(folded, entry);
}

/** What is left of a name for a short one, without its number. */
function shorten(name: string): [stem: string, extension: string] {
  const clean = (text: string, most: number) =>
    text
      .toUpperCase()
      .replace(/[ .]/g, "")
      .replace(/[^A-Z0-9_-]/g, "_")
      .slice(0, most);
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return [clean(name, 6) || "_", ""];
  return [clean(name.slice(0, dot), 6) || "_", clean(name.slice(dot + 1), 3)];
}

/** Whether a short name is the whole name. */
function shows(short: string, name: string): boolean {
  const [stem, extension] = [short.slice(0, 8).trimEnd(), short.slice(8).trimEnd()];
  return name === (extension ? `${stem}.${extension}` : stem);
}

function pad(stem = "", extension = ""): string {
  return stem.padEnd(8) + extension.padEnd(3);
}

/** How many entries of 32 bytes a name takes. */
export function entriesOf({ long }: FatName): number {
  return 1 + Math.ceil(long.length / LONG_UNITS);
}

/** The entries of a long name, the last part first. */
export function longEntries({ short, long }: FatName): Buffer {
  const parts = Math.ceil(long.length / LONG_UNITS);
  const sum = short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 255, 0);
  const entries = Buffer.alloc(parts * 32);
  for (let part = 0; part < parts; part++) {
    const at = (parts - 1 - part) * 32;
    entries.writeUInt8((part + 1) | (part === parts - 1 ? 0x40 : 0), at);
    entries.writeUInt8(0x0f, at + 11);
    entries.writeUInt8(sum, at + 13);
    for (let i = 0; i < LONG_UNITS; i++) {
      const index = part * LONG_UNITS + i;
      // One zero ends the name, what follows is filled with ones.
      const unit = index < long.length ? long.charCodeAt(index) : index === long.length ? 0 : 0xffff;
      entries.writeUInt16LE(unit, at + (i < 5 ? 1 + i * 2 : i < 11 ? 14 + (i - 5) * 2 : 28 + (i - 11) * 2));
    }
  }
  return entries;
}
