/** What messages that are received have in common: fields, and a body that is read by parts or as a whole. */
import { E_AGAIN, E_CLOSED, OK } from "../base/result";
import { decodeUtf8 } from "../base/utf8";
import { E_INVALID } from "../sys/results";
import { Body } from "./body";
import { Head } from "./head";
import { BODY_ROOM, Input } from "./input";

/** First room for a body whose length is not known. */
const FIRST_ROOM: i32 = 4096;

export abstract class Incoming {
  /** Why `bytes` or `text` gave null last. */
  error: i32 = OK;
  /** For the connection only. */
  readonly _body: Body;

  constructor(
    protected input: Input,
    private message: Head,
  ) {
    this._body = new Body(input);
  }

  /** The value of a field, whose name may be in either case: several are joined with ", ". Null without any. */
  header(name: string): string | null {
    return this.message.value(name);
  }

  /** What Content-Length says, or -1. */
  get length(): i64 {
    return this.message.contentLength;
  }

  /**
   * Most octets of the body that are read, as the server or client says unless it is set: what is longer gives E_TOO_LONG. May
   * be set before the first part is read.
   */
  set limit(octets: u64) {
    this._body.limit = octets;
  }

  /**
   * Reads a part of the body: what is there, as much as fits; waits until there is something. While nobody reads, the other
   * side is kept from sending more than fits into buffers.
   * @param ptr where to: memory that stays where it is until the call returns; @param length octets of room, at least 1
   * @returns octets; 0 at the end; or a code, then and ever after: E_INVALID, it is malformed; E_TOO_LONG; E_TIMEOUT, it comes
   *   too slowly; E_CLOSED, E_RESET, the other side is gone; E_CANCELLED. A server tells the client, unless the handler answers.
   */
  readTo(ptr: usize, length: i32): i32 {
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
    const length = this.message.contentLength;
    // What is only said is not believed: memory for it is taken as it comes.
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

  /**
   * Receives a head.
   * @param deadline in ns on `now`'s clock
   * @returns OK; the status that refuses it; or a code: E_CLOSED, E_TIMEOUT, others of Flow.readTo
   */
  protected receiveHead(deadline: u64): i32 {
    const input = this.input;
    const head = this.message;
    head.reset();
    while (true) {
      head.at = input.start;
      const outcome = head.parse(input.end);
      if (outcome != E_AGAIN) return outcome;
      input.compact();
      const count = input.fill(deadline, 0, 0);
      if (count <= 0) return count < 0 ? count : E_CLOSED;
    }
  }

  /** Holds the head that was parsed, which lies at the input's start, with room behind it if there is a body. */
  protected hold(hasBody: bool): void {
    const input = this.input;
    const head = this.message;
    if (hasBody && head.at + head.size + BODY_ROOM > input.end + input.room) {
      input.compact();
      head.at = input.start;
    }
    input.hold(head.size);
  }
}
