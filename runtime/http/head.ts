/**
 * The head of a message (RFC 9112, 2): the start line and the fields, up to the empty line. It is parsed where it was
 * received, line by line as lines become complete, and strictly: what two programs could read in two ways is refused, so
 * that nobody between a client and us can be made to see other messages than we do (request smuggling, RFC 9112, 11.2).
 *
 * Where fields are is kept in a table, in offsets from the head's beginning, so that a head can be moved:
 *
 *     |name u16 |octets u16 |value u16 |octets u16 |      one behind the other, in the order of coming
 */
import { E_AGAIN, OK } from "../base/result";
import {
  CR,
  elementEnd,
  findOctet,
  isText,
  isTokenOctet,
  isValue,
  LF,
  skipSpace,
  textOf,
  tokenEnd,
  trimEnd,
} from "./ascii";
import { STATUS_BAD_REQUEST, STATUS_CONTENT_TOO_LARGE, STATUS_FIELDS_TOO_LARGE, STATUS_URI_TOO_LONG } from "./status";

/** Most fields of a head. */
export const FIELDS_MAX: i32 = 100;
/** Octets of a field's place in the table. */
const ENTRY: usize = 8;
/** Octets of the table. */
export const TABLE_SIZE: usize = <usize>FIELDS_MAX * ENTRY;
/** Most octets of a start line: as many as RFC 9112, 3, wants to be understood, and some for the method and version. */
export const START_LINE_MAX: usize = 8192;
/** Most octets of a head. Offsets must fit into a u16. */
export const HEAD_MAX: usize = 12288;
/** Most digits of a Content-Length: what has more does not fit into an i64, or is larger than anything there is. */
const LENGTH_DIGITS_MAX: usize = 18;

export abstract class Head {
  /** Where the head begins. Whoever moves it sets this. */
  at: usize = 0;
  /** Octets of the head, once it is complete. */
  size: usize = 0;
  /** Fields in the table. */
  count: i32 = 0;
  /** The version is HTTP/1.minor: 0 or 1; a later one counts as 1 (RFC 9110, 6.2). */
  minor: i32 = 1;
  /** What Content-Length says, or -1 without one. */
  contentLength: i64 = -1;
  /** Whether the body comes in chunks. */
  chunked: bool = false;
  /** Whether the connection ends with this message: as Connection, or the lack of it in HTTP/1.0, says. */
  close: bool = false;
  /** Whether there is a Transfer-Encoding, and whether it names other codings than chunked. */
  protected coded: bool = false;
  protected unknownCoding: bool = false;
  private keep: bool = false;
  /** Offsets of the line that is not complete yet, and of what of it was looked through. */
  private line: usize = 0;
  private scanned: usize = 0;
  private started: bool = false;

  /** @param table TABLE_SIZE octets */
  constructor(private table: usize) {}

  /** Forgets the head before: another one begins. */
  reset(): void {
    this.size = 0;
    this.count = 0;
    this.minor = 1;
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.coded = false;
    this.unknownCoding = false;
    this.keep = false;
    this.line = 0;
    this.scanned = 0;
    this.started = false;
  }

  /**
   * Parses what has come of the head, which begins at `at`. To be called again when there is more.
   * @param end where what has come ends
   * @returns OK, it is complete; E_AGAIN; or the status that refuses it, which is no other result: they are above 0
   */
  parse(end: usize): i32 {
    const at = this.at;
    let line = at + this.line;
    let feed = findOctet(at + this.scanned, end, <u8>LF);
    while (feed) {
      if (feed == line || load<u8>(feed - 1) != CR) return STATUS_BAD_REQUEST;
      const stop = feed - 1;
      let outcome = OK;
      if (this.started) {
        if (stop == line) {
          this.size = feed + 1 - at;
          return this.size > HEAD_MAX ? STATUS_FIELDS_TOO_LARGE : this.finish();
        }
        outcome = this.field(line, stop);
      } else if (stop != line) {
        if (stop - line > START_LINE_MAX) return STATUS_URI_TOO_LONG;
        this.started = true;
        outcome = this.startLine(line, stop);
      }
      // Else an empty line before the start line, which is passed over (RFC 9112, 2.2).
      if (outcome != OK) return outcome;
      line = feed + 1;
      feed = findOctet(line, end, <u8>LF);
    }
    this.line = line - at;
    this.scanned = end - at;
    return this.incomplete(line, end);
  }

  /** Whether what there is of an incomplete head could still become one. */
  private incomplete(line: usize, end: usize): i32 {
    if (!this.started) {
      // Nothing that begins so is HTTP: TLS, for example. An empty line may.
      if (line < end && !isTokenOctet(load<u8>(line)) && load<u8>(line) != CR) return STATUS_BAD_REQUEST;
      if (end - line > START_LINE_MAX) return STATUS_URI_TOO_LONG;
    }
    return end - this.at >= HEAD_MAX ? STATUS_FIELDS_TOO_LARGE : E_AGAIN;
  }

  /** Takes the start line, [at, end) without its end. @returns OK or a status */
  protected abstract startLine(at: usize, end: usize): i32;

  /** Takes a field that the kind of message knows. @returns OK or a status */
  protected abstract known(name: usize, nameSize: usize, value: usize, end: usize): i32;

  /** Checks the head as a whole. @returns OK or a status */
  protected abstract finish(): i32;

  private field(at: usize, end: usize): i32 {
    // A line that begins with space continues another (obs-fold, RFC 9112, 5.2), or hides behind the start line (2.2);
    // space before the colon is refused too (5.1).
    const colon = tokenEnd(at, end);
    if (colon == at || colon == end || load<u8>(colon) != 0x3a) return STATUS_BAD_REQUEST;
    const value = skipSpace(colon + 1, end);
    end = trimEnd(value, end);
    if (!isValue(value, end)) return STATUS_BAD_REQUEST;
    if (this.count == FIELDS_MAX || end - this.at > HEAD_MAX) return STATUS_FIELDS_TOO_LARGE;
    const entry = this.table + <usize>this.count * ENTRY;
    store<u16>(entry, <u16>(at - this.at));
    store<u16>(entry, <u16>(colon - at), 2);
    store<u16>(entry, <u16>(value - this.at), 4);
    store<u16>(entry, <u16>(end - value), 6);
    this.count++;
    const size = colon - at;
    if (size == 14 && isText(at, size, "content-length")) return this.takeLength(value, end);
    if (size == 17 && isText(at, size, "transfer-encoding")) return this.takeCodings(value, end);
    if (size == 10 && isText(at, size, "connection")) return this.takeOptions(value, end);
    return this.known(at, size, value, end);
  }

  /** Content-Length (RFC 9110, 8.6): one number. Lists, even of one number twice, are refused. */
  private takeLength(at: usize, end: usize): i32 {
    if (this.contentLength >= 0 || at == end) return STATUS_BAD_REQUEST;
    let value: i64 = 0;
    for (let digit = at; digit < end; digit++) {
      const number = <u32>load<u8>(digit) - 0x30;
      if (number > 9) return STATUS_BAD_REQUEST;
      value = value * 10 + number;
    }
    if (end - at > LENGTH_DIGITS_MAX) return STATUS_CONTENT_TOO_LARGE;
    this.contentLength = value;
    return OK;
  }

  /** Transfer-Encoding (RFC 9112, 6.1): codings in the order in which they were applied. Several fields are one list. */
  private takeCodings(at: usize, end: usize): i32 {
    this.coded = true;
    while (at < end) {
      const stop = elementEnd(at, end);
      const coding = skipSpace(at, stop);
      const size = trimEnd(coding, stop) - coding;
      if (size) {
        // Nothing may come after chunked, and not chunked again.
        if (this.chunked) return STATUS_BAD_REQUEST;
        if (isText(coding, size, "chunked")) this.chunked = true;
        else this.unknownCoding = true;
      }
      at = stop + 1;
    }
    return OK;
  }

  /** Connection (RFC 9110, 7.6.1): what else it names needs nothing done, as nothing is forwarded. */
  private takeOptions(at: usize, end: usize): i32 {
    while (at < end) {
      const stop = elementEnd(at, end);
      const option = skipSpace(at, stop);
      const size = trimEnd(option, stop) - option;
      if (isText(option, size, "close")) this.close = true;
      else if (isText(option, size, "keep-alive")) this.keep = true;
      at = stop + 1;
    }
    return OK;
  }

  /** Checks what says how long the body is (RFC 9112, 6.1 and 6.3), and whether the connection stays (9.3). */
  protected checkFraming(): i32 {
    if (this.minor == 0 && !this.keep) this.close = true;
    if (!this.coded) return OK;
    if (this.minor == 0 || this.contentLength >= 0) return STATUS_BAD_REQUEST;
    return OK;
  }

  /**
   * Looks for a field.
   * @param name in either case; @param from the index of the first one to look at
   * @returns its index, or -1
   */
  find(name: string, from: i32): i32 {
    const length = name.length;
    for (let i = from; i < this.count; i++) {
      const entry = this.table + <usize>i * ENTRY;
      if (<i32>load<u16>(entry, 2) != length) continue;
      if (isText(this.at + load<u16>(entry), length, name)) return i;
    }
    return -1;
  }

  /** Where a field's value begins, without space around it: it stays there until the next message. Of valueSize octets. */
  valueAt(index: i32): usize {
    return this.at + load<u16>(this.table + <usize>index * ENTRY, 4);
  }

  /** Octets of a field's value: 0 when there is no field of this index. */
  valueSize(index: i32): usize {
    if (<u32>index >= <u32>this.count) return 0;
    return load<u16>(this.table + <usize>index * ENTRY, 6);
  }

  /** A field's name. */
  nameOf(index: i32): string {
    assert(<u32>index < <u32>this.count, "no such field");
    const entry = this.table + <usize>index * ENTRY;
    return textOf(this.at + load<u16>(entry), load<u16>(entry, 2));
  }

  /**
   * The value of a field; of several with one name, their values with ", " between (RFC 9110, 5.3).
   * @returns null when there is none
   */
  value(name: string): string | null {
    let index = this.find(name, 0);
    if (index < 0) return null;
    let text = textOf(this.valueAt(index), this.valueSize(index));
    for (index = this.find(name, index + 1); index >= 0; index = this.find(name, index + 1)) {
      text += ", " + textOf(this.valueAt(index), this.valueSize(index));
    }
    return text;
  }
}
