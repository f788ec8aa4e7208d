/** What the data of records consist of: each kind of field is read from words, and found in octets (RFC 3597, 5: \#). */
import { nameEnd, parseName } from "./names.ts";
import {
  DataError,
  octet,
  parseBase64,
  parseHex,
  parseIpv4,
  parseIpv6,
  parseNumber,
  parseOctets,
  parseString,
  parseTime,
  u16,
  u32,
} from "./text.ts";
import type { Token } from "./tokens.ts";

/** The words of a record's data. */
export class Words {
  private at = 0;

  /** @param origin what relative names are below */
  constructor(
    private readonly tokens: readonly Token[],
    readonly origin: string | undefined,
  ) {}

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  /** @param what the word is to be, for messages */
  next(what: string): Token {
    const token = this.tokens[this.at++];
    if (!token) throw new DataError(`the record's data ends where ${what} is expected`);
    return token;
  }

  /** The next word, if it follows the last one without a blank between. */
  nextJoined(): Token | undefined {
    const token = this.tokens[this.at];
    return token?.joined ? this.next("") : undefined;
  }

  /** All that is left, without the blanks between. */
  rest(): string {
    const text = this.tokens.slice(this.at).map((token) => token.text);
    this.at = this.tokens.length;
    return text.join("");
  }
}

export interface Field {
  /** The octets of what is written, one character each. @throws DataError, NameError */
  read(words: Words): string;
  /** Where the field ends that begins at `at`. @throws DataError, NameError when it is malformed */
  end(data: string, at: number): number;
  /** Whether it is a name. */
  readonly isName?: boolean;
}

/** A field of as many octets as it always has. */
function fixed(size: number, what: string, read: (text: string) => string): Field {
  return {
    read: (words) => read(words.next(what).text),
    end: (data, at) => {
      if (at + size > data.length) throw new DataError(`the data ends within ${what}`);
      return at + size;
    },
  };
}

/** A field that takes all octets that are left. */
function open(read: (words: Words) => string): Field {
  return { read, end: (data) => data.length };
}

export function byte(what: string): Field {
  return fixed(1, what, (text) => octet(parseNumber(text, what, 0xff)));
}

export function short(what: string): Field {
  return fixed(2, what, (text) => u16(parseNumber(text, what, 0xffff)));
}

export function long(what: string): Field {
  return fixed(4, what, (text) => u32(parseNumber(text, what, 0xffffffff)));
}

export function time(what: string): Field {
  return fixed(4, what, (text) => u32(parseTime(text, what)));
}

export const ipv4: Field = fixed(4, "an IPv4 address", parseIpv4);
export const ipv6: Field = fixed(16, "an IPv6 address", parseIpv6);

export function name(what: string): Field {
  return {
    read: (words) => {
      const { text, quoted } = words.next(what);
      if (quoted) throw new DataError(`${what} is in quotes; write it without`);
      return parseName(text, words.origin);
    },
    end: nameEnd,
    isName: true,
  };
}

function stringEnd(data: string, at: number): number {
  const end = at + 1 + data.charCodeAt(at);
  if (!(end <= data.length)) throw new DataError("the data ends within a text");
  return end;
}

export function text(what: string): Field {
  return { read: (words) => parseString(words.next(what).text), end: stringEnd };
}

/** One text or more. */
export const texts: Field = {
  read: (words) => {
    let octets = parseString(words.next("a text").text);
    while (!words.done) octets += parseString(words.next("a text").text);
    return octets;
  },
  end: (data, at) => {
    do at = stringEnd(data, at);
    while (at < data.length);
    return at;
  },
};

/** A text that the record's length bounds, without one of its own. */
export function longText(what: string): Field {
  return open((words) => parseOctets(words.next(what).text));
}

/** The tag of a CAA record (RFC 8659, 4.1.1). */
export const tag: Field = {
  read: (words) => checkTag(parseString(words.next("a tag").text)),
  end: (data, at) => {
    const end = stringEnd(data, at);
    checkTag(data.slice(at, end));
    return end;
  },
};

function checkTag(string: string): string {
  if (!/^[0-9a-z]+$/i.test(string.slice(1)))
    throw new DataError("the tag is no word of letters and digits; expected such as issue (RFC 8659, 4.1.1)");
  return string;
}

/** Hexadecimal digits up to the end, blanks between them or not; at least two. */
export function hex(what: string): Field {
  return open((words) => some(parseHex(words.rest(), what), what));
}

/** Base64 up to the end, blanks between or not. */
export function base64(what: string): Field {
  return open((words) => some(parseBase64(words.rest(), what), what));
}

function some(octets: string, what: string): string {
  if (octets === "") throw new DataError(`the record's data ends where ${what} is expected`);
  return octets;
}
