/**
 * A response, as it is made. What was set last counts until it begins to leave: when the handler is done, or with the first
 * part of a body that is written by parts.
 */
import { hexDigit } from "../base/hex";
import { E_CLOSED, E_TOO_LONG, OK } from "../base/result";
import { encodeUtf8, loadUtf16, storeUtf8, utf8Length } from "../base/utf8";
import { E_INVALID } from "../sys/results";
import { findOctet, isSameText, isToken, isValue, LF, putEnd, putNumber, putText } from "./ascii";
import { putDate } from "./dateline";
import { Output } from "./output";
import { putStatus, STATUS_OK } from "./status";

/** Octets of room for fields that handlers set. */
export const FIELDS_SIZE: usize = 2048;
/** How far it is. */
enum Stage {
  /** Nothing of it has left. */
  Open,
  /** The head has, and parts of the body follow. */
  Begun,
  Done,
}

export class Response {
  /** The status code (RFC 9110, 15). */
  status: i32 = STATUS_OK;
  /** Octets of the body, for those who write it by parts and know: else it goes out in chunks. -1: not known. */
  length: i64 = -1;
  /** For the connection only: whether it stays when the response is done. */
  _stays: bool = true;
  private bodyless: bool = false;
  private old: bool = false;
  /** Octets of the body that were written. */
  sent: u64 = 0;
  private stage: Stage = Stage.Open;
  private chunked: bool = false;
  private fieldsSize: usize = 0;
  /** The body as a whole: a text, or octets, which belong to somebody, or to nobody. */
  private bodyText: string | null = null;
  private bodyBytes: Uint8Array | null = null;
  private bodyAt: usize = 0;
  private bodySize: usize = 0;

  /** @param fields FIELDS_SIZE octets, for the fields that handlers set */
  constructor(
    protected output: Output,
    private fields: usize,
  ) {}

  /**
   * For the connection only: begins the next response.
   * @param bodyless whether the method was HEAD; @param old whether the version was 1.0; @param stays as _stays
   */
  _begin(bodyless: bool, old: bool, stays: bool): void {
    this.bodyless = bodyless;
    this.old = old;
    this._stays = stays;
    this.status = STATUS_OK;
    this.length = -1;
    this.sent = 0;
    this.stage = Stage.Open;
    this.chunked = false;
    this.fieldsSize = 0;
    this._clear();
  }

  /** Takes the body away that was set. */
  _clear(): void {
    this.bodyText = null;
    this.bodyBytes = null;
    this.bodyAt = 0;
    this.bodySize = 0;
  }

  /** Whether the head has left: what is set now changes nothing. */
  get begun(): bool {
    return this.stage != Stage.Open;
  }

  /** Octets of the body, of which so many were written or will be: 0 where it has none. */
  get size(): u64 {
    if (!this.hasBody) return 0;
    if (this.begun) return this.sent;
    const text = this.bodyText;
    return text !== null ? utf8Length(text) : this.bodySize;
  }

  /** Whether anything was set: a status, or a body. */
  get isSet(): bool {
    return this.begun || this.status != STATUS_OK || this.bodyText !== null || this.bodyAt != 0;
  }

  /** Ends the connection when this response has left. */
  close(): void {
    this._stays = false;
  }

  /**
   * Sets a field, instead of those of its name.
   * @param name a token; not Content-Length, Transfer-Encoding or Connection, which `length` and `close` are for
   * @param value of no control characters; other than ASCII goes out in UTF-8
   * @returns OK; E_INVALID, and then nothing was set; E_TOO_LONG, there is no more room; E_CLOSED, the head has left
   */
  header(name: string, value: string): i32 {
    this.removeHeader(name);
    return this.addHeader(name, value);
  }

  /** The same besides those of its name: for Set-Cookie. */
  addHeader(name: string, value: string): i32 {
    const size = utf8Length(value);
    const at = this.beginField(name, size);
    if (at < OK) return <i32>at;
    encodeUtf8(value, <usize>at, <i32>size);
    return this.endField(<usize>at, size);
  }

  /** The same with octets for a value. */
  addHeaderFrom(name: string, ptr: usize, size: usize): i32 {
    const at = this.beginField(name, size);
    if (at < OK) return <i32>at;
    memory.copy(<usize>at, ptr, size);
    return this.endField(<usize>at, size);
  }

  /** The same with a number for a value. */
  addHeaderNumber(name: string, value: u64): i32 {
    const at = this.beginField(name, 20);
    if (at < OK) return <i32>at;
    return this.endField(<usize>at, putNumber(<usize>at, value) - <usize>at);
  }

  /** Takes all fields of a name away. */
  removeHeader(name: string): void {
    let line = this.fields;
    let end = line + this.fieldsSize;
    const length = <usize>name.length;
    while (line < end) {
      const next = findOctet(line, end, <u8>LF) + 1;
      if (next - line > length && load<u8>(line + length) == 0x3a && isSameText(line, length, name)) {
        memory.copy(line, next, end - next);
        end -= next - line;
      } else {
        line = next;
      }
    }
    this.fieldsSize = end - this.fields;
  }

  /** Begins a line. @returns where its value goes, or a code */
  private beginField(name: string, size: usize): isize {
    if (this.begun) return E_CLOSED;
    const at = this.fields + this.fieldsSize;
    const length = <usize>name.length;
    if (length + size + 4 > FIELDS_SIZE - this.fieldsSize) return E_TOO_LONG;
    putText(at, name);
    if (!isToken(at, at + length) || isFraming(at, length)) return E_INVALID;
    store<u16>(at + length, 0x203a);
    return at + length + 2;
  }

  /** Ends the line whose value begins at `at`: it counts only now. */
  private endField(at: usize, size: usize): i32 {
    if (!isValue(at, at + size)) return E_INVALID;
    this.fieldsSize = putEnd(at + size) - this.fields;
    return OK;
  }

  /** Answers with a text. @param type its media type */
  body(text: string, type: string): void {
    this._clear();
    this.header("Content-Type", type);
    this.bodyText = text;
  }

  /** Answers with octets of a buffer, which must not change any more. */
  bytes(buffer: Uint8Array, type: string = "application/octet-stream"): void {
    this.header("Content-Type", type);
    this.sendFrom(buffer.dataStart, buffer.length);
    this.bodyBytes = buffer;
  }

  /** Answers with octets that lie in memory for ever and never change, as a value of crunch: they are sent from there. */
  sendFrom(address: usize, size: usize): void {
    this._clear();
    this.bodyAt = address;
    this.bodySize = size;
  }

  /**
   * Writes a part of the body; waits while the client does not take it. The first part makes the head leave.
   * @param ptr octets that do not change until the call returns
   * @returns OK, or a code, then and ever after: E_RESET, E_TIMEOUT, the client is gone; E_CANCELLED; E_TOO_LONG, more than
   *   `length`: nothing of this part was sent
   */
  writeFrom(ptr: usize, size: usize): i32 {
    const output = this.output;
    if (this.stage == Stage.Open) this.begin(this.length);
    if (this.stage == Stage.Done) return E_CLOSED;
    if (!this.hasBody || !size) return output.error;
    if (this.length >= 0 && this.sent + size > <u64>this.length) return E_TOO_LONG;
    this.sent += size;
    if (this.chunked) output.at = putChunkSize(output.at, <u32>size);
    const outcome = output.send(ptr, size);
    // The chunk's end leaves with the next one's beginning.
    if (this.chunked) output.at = putEnd(output.at);
    return outcome;
  }

  /** The same of a buffer. @param length octets from its beginning, -1: all */
  write(buffer: Uint8Array, length: i32 = -1): i32 {
    assert(length <= buffer.length, "the length reaches past the buffer");
    return this.writeFrom(buffer.dataStart, length < 0 ? buffer.length : length);
  }

  /** The same of a text, in UTF-8. */
  writeText(text: string): i32 {
    const bytes = Uint8Array.wrap(String.UTF8.encode(text));
    return this.write(bytes);
  }

  /** Whether the response has a body at all (RFC 9112, 6.3, the first two rules). */
  private get hasBody(): bool {
    return !this.bodyless && this.status != 204 && this.status != 304;
  }

  /** For the connection only: ends the response. @returns whether it was sent as a whole and the connection may stay */
  _finish(): bool {
    const output = this.output;
    const text = this.bodyText;
    let at: usize = 0;
    let end: usize = 0;
    let size: usize = 0;
    if (this.stage == Stage.Open) {
      size = text !== null ? utf8Length(text) : this.bodySize;
      // Where there is no body, none says how long it would be, unless the handler does.
      this.begin(size == 0 && !this.hasBody ? this.length : <i64>size);
      this.sent = size;
      if (text !== null && this.hasBody) {
        at = changetype<usize>(text);
        end = at + ((<usize>text.length) << 1);
      }
      if (text !== null || !this.hasBody) size = 0;
    } else if (this.chunked) {
      output.at = putText(output.at, "0\r\n\r\n");
    } else if (this.length >= 0 && this.sent != <u64>this.length && this.hasBody) {
      // Fewer octets than promised: only the end of the connection can tell.
      output.error = E_CLOSED;
    }
    this.stage = Stage.Done;
    // A text goes in pieces when it is longer than the buffer.
    do {
      if (at < end) at = gather(output, at, end);
    } while (output.send(this.bodyAt, size, true) == OK && at < end);
    this._clear();
    return output.error == OK && this._stays;
  }

  /** Gathers the head: there is always room for one, as what has gathered before has left. @param length the body's, or -1 */
  private begin(length: i64): void {
    const output = this.output;
    this.stage = Stage.Begun;
    const hasLength = this.status >= 200 && this.status != 204 && length >= 0;
    this.chunked = !hasLength && this.hasBody && !this.old;
    // To HTTP/1.0 a body without a length ends with the connection.
    if (!hasLength && this.hasBody && this.old) this._stays = false;
    let at = putDate(putStatus(output.at, this.status));
    memory.copy(at, this.fields, this.fieldsSize);
    at += this.fieldsSize;
    if (hasLength) at = putEnd(putNumber(putText(at, "Content-Length: "), <u64>length));
    else if (this.chunked) at = putText(at, "Transfer-Encoding: chunked\r\n");
    if (!this._stays) at = putText(at, "Connection: close\r\n");
    else if (this.old) at = putText(at, "Connection: keep-alive\r\n");
    output.at = putEnd(at);
  }
}

/** Whether a field says how long the message is, or what becomes of the connection. */
function isFraming(name: usize, size: usize): bool {
  return (
    isSameText(name, size, "content-length") ||
    isSameText(name, size, "transfer-encoding") ||
    isSameText(name, size, "connection")
  );
}

/** Writes a chunk's size and the end of its line. @returns the address behind it */
function putChunkSize(at: usize, size: u32): usize {
  let shift = 28;
  while (shift && !(size >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) store<u8>(at++, hexDigit(size >> shift));
  return putEnd(at);
}

/** Gathers as much of a text as fits, in UTF-8. @returns where the rest begins */
function gather(output: Output, at: usize, end: usize): usize {
  while (at < end && output.room >= 4) {
    const code = loadUtf16(at, end);
    at += code > 0xffff ? 4 : 2;
    output.at += storeUtf8(output.at, code);
  }
  return at;
}
