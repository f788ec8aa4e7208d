/** A request, as a handler sees it. Texts are made when they are asked for; what is not asked for costs nothing. */
import { OK } from "../base/result";
import { decodeUtf8 } from "../base/utf8";
import { E_INVALID } from "../sys/results";
import { putText, textOf } from "./ascii";
import { Body } from "./body";
import { Input } from "./input";
import { Method, methodName } from "./method";
import { Output } from "./output";
import { RequestHead } from "./requesthead";

/** Octets of room for the body's own lines behind a head. */
const BODY_ROOM: usize = 2048;
/** `HTTP/1.1 100 Continue`, with the empty line. */
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
/** First room for a body whose length is not known. */
const FIRST_ROOM: i32 = 4096;

export class Request {
  /** Who asks: an IPv4 address and a port. */
  remoteAddress: u32 = 0;
  remotePort: u32 = 0;
  /** Why `bytes` or `text` gave null last. */
  error: i32 = OK;
  /** For the connection only. */
  readonly _body: Body;
  /** The head, for those who look at octets rather than make texts. */
  readonly head: RequestHead;

  /** @param table Head's, of TABLE_SIZE octets */
  constructor(
    private input: Input,
    private output: Output,
    table: usize,
  ) {
    this._body = new Body(input);
    this.head = new RequestHead(table);
  }

  get method(): Method {
    return this.head.method;
  }

  get methodName(): string {
    return methodName(this.head.method);
  }

  /** The target's path as it was sent, not decoded: "/a%20b"; "*" of OPTIONS for the whole server. */
  get path(): string {
    return textOf(this.head.pathAt, this.head.pathSize);
  }

  /** What stands behind the target's "?", as it was sent; "" without one. */
  get query(): string {
    return textOf(this.head.queryAt, this.head.querySize);
  }

  /** Whom the client asks: host and perhaps port, as it was sent; "" when it does not say. */
  get host(): string {
    return textOf(this.head.hostAt, this.head.hostSize);
  }

  /** The value of a field, whose name may be in either case: several are joined with ", ". Null without any. */
  header(name: string): string | null {
    return this.head.value(name);
  }

  /** What Content-Length says, or -1. */
  get length(): i64 {
    return this.head.contentLength;
  }

  /**
   * Most octets of the body that are read, 1 MiB unless the server was told otherwise: what is longer gives E_TOO_LONG. May be
   * set before the first part is read.
   */
  set limit(octets: u64) {
    this._body.limit = octets;
  }

  /**
   * Reads a part of the body: what is there, as much as fits; waits until there is something. While nobody reads, the client
   * is kept from sending more than fits into buffers.
   * @param ptr where to: memory that stays where it is until the call returns; @param length octets of room, at least 1
   * @returns octets; 0 at the end; or a code, then and ever after: E_INVALID, it is malformed; E_TOO_LONG; E_TIMEOUT, it comes
   *   too slowly; E_CLOSED, E_RESET, the client is gone; E_CANCELLED. Unless the handler answers, the client is told.
   */
  readTo(ptr: usize, length: i32): i32 {
    const head = this.head;
    if (head.expectContinue) {
      head.expectContinue = false;
      // Not when it has begun to send without waiting (RFC 9110, 10.1.1), nor when it is too long anyway.
      if (this.input.empty && head.contentLength <= <i64>min<u64>(this._body.limit, i64.MAX_VALUE)) this.tellToGoOn();
    }
    return this._body.read(ptr, length);
  }

  /** The same into a buffer. @param offset index of the first octet to write to */
  read(buffer: Uint8Array, offset: i32 = 0): i32 {
    assert(<u32>offset < <u32>buffer.length, "there is no room behind the offset");
    return this.readTo(buffer.dataStart + offset, buffer.length - offset);
  }

  /**
   * Reads the whole body, or what is left of it.
   * @returns null when it cannot be had: see `error`
   */
  bytes(): Uint8Array | null {
    const length = this.head.contentLength;
    // What the client only says is not believed: memory for it is taken as it comes.
    let room = length >= 0 && length < FIRST_ROOM ? <i32>length + 1 : FIRST_ROOM;
    let bytes = new Uint8Array(room);
    let have = 0;
    let count = 0;
    do {
      have += count;
      if (have == room) {
        room <<= 1;
        const larger = new Uint8Array(room);
        memory.copy(larger.dataStart, bytes.dataStart, have);
        bytes = larger;
      }
      count = this.read(bytes, have);
    } while (count > 0);
    this.error = count;
    return count < 0 ? null : bytes.subarray(0, have);
  }

  /** The same as text. @returns null also when it is not UTF-8: E_INVALID */
  text(): string | null {
    const bytes = this.bytes();
    if (!bytes) return null;
    const text = decodeUtf8(bytes.dataStart, bytes.length);
    if (text === null) this.error = E_INVALID; // an empty text is none of these
    return text;
  }

  private tellToGoOn(): void {
    const output = this.output;
    output.at = putText(output.at, CONTINUE);
    output.send(0, 0);
  }

  /**
   * For the connection only: parses what has come of the next request's head.
   * @param ms milliseconds in which the body's beginning must come
   * @returns as Head.parse
   */
  _parse(ms: u64): i32 {
    const input = this.input;
    const head = this.head;
    head.at = input.start;
    const outcome = head.parse(input.end);
    if (outcome != OK) return outcome;
    const hasBody = head.chunked || head.contentLength > 0;
    if (hasBody && input.start + head.size + BODY_ROOM > input.end + input.room) {
      input.compact();
      head.at = input.start;
    }
    input.hold(head.size);
    if (!hasBody) head.expectContinue = false;
    this._body.open(head.chunked ? -1 : max(head.contentLength, 0), head.chunked, ms);
    return OK;
  }
}
