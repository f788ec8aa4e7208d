/** Master files (RFC 1035, 5; $TTL: RFC 2308, 4; unknown types: RFC 3597, 5). */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import type { Site } from "../errors.ts";
import { shown } from "../output.ts";
import { Words } from "./fields.ts";
import { NameError, parseName } from "./names.ts";
import type { Problems } from "./problems.ts";
import { DataError, isTime, parseHex, parseNumber, parseTime, shorten } from "./text.ts";
import { type Entry, readEntries, SyntaxProblem, type Token } from "./tokens.ts";
import { findType, isData, showType, typeNumber } from "./types.ts";

/** A record of a zone. Names are in wire form, data too; both have one character an octet. */
export interface ZoneRecord {
  /** In the case in which it is written. */
  readonly owner: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: string;
  readonly site: Site;
}

/** Most octets of the files of a zone together. */
const BYTES_MAX = 1 << 28;
/** Files that include one another, the outermost among them. */
const DEPTH_MAX = 8;
const DATA_MAX = 0xffff;
const CLASSES = /^(IN|CH|HS|CS|ANY|NONE|CLASS[0-9]{1,5})$/i;

/**
 * Reads a zone's file, and those that it includes. What is wrong with a line is noted, and the next one is read.
 * @param path absolute; @param origin in wire form, what relative names are below at first; none when undefined
 */
export function readMaster(path: string, origin: string | undefined, problems: Problems): ZoneRecord[] {
  const reader = new Reader(path, problems);
  reader.read(path, origin, { file: path, line: 1 });
  return reader.records;
}

class Reader {
  readonly records: ZoneRecord[] = [];
  private readonly folder: string;
  private bytes = 0;
  private depth = 0;
  private origin: string | undefined;
  private owner: string | undefined;
  /** What $TTL says; and what the last record said that has a TTL of its own. */
  private defaultTtl: number | undefined;
  private lastTtl: number | undefined;

  constructor(
    path: string,
    private readonly problems: Problems,
  ) {
    this.folder = dirname(path);
  }

  /** @param site the line that names the file */
  read(path: string, origin: string | undefined, site: Site): void {
    const text = this.load(path, site);
    if (text === undefined) return;
    this.origin = origin;
    this.owner = undefined;
    this.depth++;
    let line = 1;
    try {
      for (const entry of readEntries(text)) {
        line = entry.line;
        this.take(entry, { file: path, line });
      }
    } catch (error) {
      // After this, where a record begins cannot be told.
      if (!(error instanceof SyntaxProblem)) throw error;
      this.problems.error(error.message, { file: path, line: error.line });
    }
    this.depth--;
  }

  private load(path: string, site: Site): string | undefined {
    try {
      const status = statSync(path);
      if (!status.isFile()) throw new Error("it is no file");
      this.bytes += status.size;
      if (this.bytes > BYTES_MAX) throw new Error(`the files of a zone hold at most ${BYTES_MAX >> 20} MiB`);
      return readFileSync(path, "latin1");
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "no permission" : message;
      this.problems.error(`cannot read ${shown(path)}: ${reason}`, site);
      return undefined;
    }
  }

  private take(entry: Entry, site: Site): void {
    try {
      const [first] = entry.tokens;
      if (first && !first.quoted && first.text.startsWith("$")) this.direct(first.text, entry.tokens.slice(1), site);
      else this.records.push(this.record(entry, site));
    } catch (error) {
      if (!(error instanceof DataError || error instanceof NameError)) throw error;
      this.problems.error(error.message, site);
    }
  }

  private direct(directive: string, tokens: readonly Token[], site: Site): void {
    const name = directive.toUpperCase();
    const [argument, second, ...more] = tokens.map(({ text }) => text);
    const expects = { $ORIGIN: "a name", $TTL: "a time", $INCLUDE: "a file and perhaps a name" }[name];
    if (expects === undefined)
      throw new DataError(`there is no directive ${shorten(directive)}; expected $ORIGIN, $TTL or $INCLUDE`);
    if (argument === undefined || more.length > 0 || (second !== undefined && name !== "$INCLUDE"))
      throw new DataError(`${name} takes ${expects}`);
    if (name === "$ORIGIN") this.origin = parseName(argument, this.origin);
    else if (name === "$TTL") this.defaultTtl = parseTime(argument, "the time to live");
    else this.include(argument, second, site);
  }

  /** "$INCLUDE ... [domain-name]": the origin and the owner are those of before when the file has been read. */
  private include(file: string, name: string | undefined, site: Site): void {
    const { origin, owner } = this;
    const path = resolve(dirname(site.file), Buffer.from(file, "latin1").toString());
    const isWithin = (folder: string, one: string): boolean =>
      one.startsWith(folder.endsWith(sep) ? folder : folder + sep);
    if (this.depth >= DEPTH_MAX) throw new DataError(`more than ${DEPTH_MAX} files include one another`);
    if (!isWithin(this.folder, path) || !isWithin(realpathSync(this.folder), realPath(path)))
      throw new DataError(
        `$INCLUDE ${shorten(file)} leads out of ${shown(this.folder)}, the folder of the zone's file`,
      );
    this.read(path, name === undefined ? origin : parseName(name, origin), site);
    this.origin = origin;
    this.owner = owner;
  }

  private record({ tokens, indented }: Entry, site: Site): ZoneRecord {
    let at = 0;
    if (!indented) {
      const { text = "", quoted } = tokens[at++] ?? {};
      if (quoted) throw new DataError("the record's name is in quotes; write it without");
      this.owner = parseName(text, this.origin);
    }
    const { owner } = this;
    if (owner === undefined)
      throw new DataError("a line that begins with blanks, and no record before it whose name it has");
    let ttl: number | undefined;
    let hasClass = false;
    for (; at < tokens.length; at++) {
      const { text = "", quoted } = tokens[at] ?? {};
      if (quoted) break;
      if (ttl === undefined && isTime(text)) ttl = parseTime(text, "the time to live");
      else if (!hasClass && CLASSES.test(text)) {
        hasClass = true;
        if (!/^(IN|CLASS0*1)$/i.test(text)) throw new DataError(`the class is ${text}; only IN is served`);
      } else break;
    }
    if (ttl !== undefined) this.lastTtl = ttl;
    const type = readType(tokens[at++]);
    const data = this.data(type, tokens.slice(at));
    const used = ttl ?? this.defaultTtl ?? this.lastTtl;
    if (used === undefined) throw new DataError("no time to live; put such as $TTL 1h before the first record");
    return { owner, type, ttl: used, data, site };
  }

  private data(type: number, tokens: readonly Token[]): string {
    const known = findType(type);
    const [first] = tokens;
    const isGeneric = first !== undefined && !first.quoted && first.text === "\\#";
    if (!isGeneric && !known)
      throw new DataError(`data of type ${showType(type)} are given as octets: \\# LENGTH HEXADECIMAL (RFC 3597, 5)`);
    const words = new Words(isGeneric ? tokens.slice(1) : tokens, this.origin);
    const fields = known?.fields ?? [];
    const data = isGeneric ? readGeneric(words) : fields.map((field) => field.read(words)).join("");
    if (!words.done)
      throw new DataError(`${shorten(words.next("").text)} is too much: the record ends before it; texts need quotes`);
    if (data.length > DATA_MAX) throw new DataError(`data of ${data.length} octets; at most ${DATA_MAX} are allowed`);
    if (isGeneric && known) {
      const end = fields.reduce((at, field) => field.end(data, at), 0);
      if (end !== data.length) throw new DataError(`${data.length - end} octets are too much for ${showType(type)}`);
    }
    known?.check?.(data);
    return data;
  }
}

/** A path with all links followed; of one that is not there as it is. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readType(token: Token | undefined): number {
  if (!token) throw new DataError("the record's type is missing");
  const type = token.quoted ? undefined : typeNumber(token.text);
  if (type === undefined)
    throw new DataError(`${shorten(token.text)} is no type of record; expected such as A, or TYPE123 (RFC 3597, 5)`);
  if (!isData(type)) throw new DataError(`no zone has records of type ${showType(type)}`);
  return type;
}

/** `\# length hexadecimal` (RFC 3597, 5). */
function readGeneric(words: Words): string {
  const length = parseNumber(words.next("the data's length").text, "the data's length", DATA_MAX);
  const data = parseHex(words.rest(), "the data");
  if (data.length !== length) throw new DataError(`the data have ${data.length} octets, and are to have ${length}`);
  return data;
}
