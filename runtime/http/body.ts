/** A message's body as it is received (RFC 9112, 6 and 7): by parts, as the reader takes them. */
import { E_AGAIN, E_CLOSED, E_TOO_LONG, OK } from "../base/result";
import { after } from "../sched/fiber";
import { E_INVALID } from "../sys/results";
import { CR, findOctet, isValue, LF, tokenEnd } from "./ascii";
import { CHUNK_LINE_MAX, chunkSize } from "./chunks";
import { Input } from "./input";

/** Most octets of trailer fields, which are checked and dropped (RFC 9112, 7.1.2). */
const TRAILER_MAX: i32 = 8192;
/** Octets of a second that are the fewest to be received, on average. */
const RATE: u64 = 1024;

/** How the end is told. */
enum Framing {
  Length,
  Chunks,
  /** By the end of the connection. */
  Close,
}

/** What comes next. */
enum Next {
  Data,
  /** The end of a chunk's data, then as Size. */
  End,
  Size,
  Trailer,
  Nothing,
}

export class Body {
  /** OK, or why nothing can be read any more. */
  error: i32 = OK;
  /** Most octets that are taken of it. */
  limit: u64 = u64.MAX_VALUE;
  /** Octets that were taken. */
  taken: u64 = 0;
  private framing: Framing = Framing.Length;
  private next: Next = Next.Nothing;
  /** Octets to come: of the body, or of the chunk. */
  private left: u64 = 0;
  private trailer: i32 = 0;
  /** Octets that may be received right to where they are wanted: 0 for a line, which must be seen as a whole. */
  private room: usize = 0;
  /** Until when, in ns on `now`'s clock, even the first octet is awaited. */
  private deadline: u64 = 0;

  constructor(private input: Input) {}

  /**
   * Begins with another message's, behind the head that was taken from the input.
   * @param length octets, or -1; @param chunked whether it comes in chunks; with neither it ends with the connection
   * @param ms milliseconds in which its beginning must come; the rest must at 1 KiB/s or more, on average
   */
  open(length: i64, chunked: bool, ms: u64): void {
    this.error = OK;
    this.taken = 0;
    this.trailer = 0;
    this.left = length > 0 ? length : 0;
    this.framing = chunked ? Framing.Chunks : length < 0 ? Framing.Close : Framing.Length;
    this.next = chunked ? Next.Size : length == 0 ? Next.Nothing : Next.Data;
    this.deadline = after(ms);
  }

  /** Whether all of it was read. */
  get ended(): bool {
    return this.next == Next.Nothing;
  }

  /** Octets that are still to come, as far as that is known: at least so many. */
  get rest(): u64 {
    return this.left;
  }

  /**
   * Takes what is there, as much as fits; waits until there is something.
   * @param ptr where to: memory that stays where it is; @param length octets of room, at least 1
   * @returns octets; 0 at the end; or a code, then and ever after: E_INVALID, it is malformed; E_TOO_LONG, longer than
   *   `limit`; E_TIMEOUT, it comes too slowly; E_CLOSED, the connection has ended before; others of Flow.readTo
   */
  read(ptr: usize, length: usize): i32 {
    while (true) {
      let count = this.take(ptr, length);
      if (count == E_AGAIN) count = this.received(this.input.fill(this.slowest(), ptr, this.room));
      if (count != E_AGAIN) return count;
    }
  }

  /** Takes what is there. @returns as `read`; E_AGAIN: nothing is there */
  private take(ptr: usize, length: usize): i32 {
    const input = this.input;
    while (this.error == OK) {
      if (this.next == Next.Nothing) return 0;
      if (this.next == Next.Data) {
        const most = this.limit - min(this.taken, this.limit);
        const bounded = this.framing != Framing.Close;
        // Also before the first octet is taken, when it is known then: the client need not send it.
        if (bounded && this.left > most) return this.fail(E_TOO_LONG);
        // As much as may come, or one octet more, when only that tells that there is more.
        this.room = <usize>min<u64>(length, bounded ? this.left : max(most, most + 1));
        const have = min(input.end - input.start, this.room);
        if (!have) return E_AGAIN;
        memory.copy(ptr, input.start, have);
        input.start += have;
        return this.count(<i32>have);
      }
      const longest: usize = this.next == Next.Trailer ? 1024 : CHUNK_LINE_MAX;
      const line = input.start;
      const feed = findOctet(line, input.end, <u8>LF);
      if (!feed && input.end - line <= longest) {
        this.room = 0;
        input.compact();
        return E_AGAIN;
      }
      if (feed <= line || load<u8>(feed - 1) != CR || feed - line > longest) return this.fail(E_INVALID);
      input.start = feed + 1;
      this.error = this.takeLine(line, feed - 1);
    }
    return this.error;
  }

  /** What it means that so many octets were received, or none. @returns as `take` */
  private received(count: i32): i32 {
    if (count > 0) return this.room ? this.count(count) : E_AGAIN;
    if (count < 0 || this.framing != Framing.Close) return this.fail(count < 0 ? count : E_CLOSED);
    this.next = Next.Nothing;
    return 0;
  }

  /** Counts octets that were taken. @returns as `read` */
  private count(octets: i32): i32 {
    this.taken += octets;
    if (this.framing == Framing.Close) return this.taken > this.limit ? this.fail(E_TOO_LONG) : octets;
    this.left -= octets;
    if (!this.left) this.next = this.framing == Framing.Chunks ? Next.End : Next.Nothing;
    return octets;
  }

  private takeLine(line: usize, end: usize): i32 {
    if (this.next == Next.End) {
      if (line != end) return E_INVALID;
      this.next = Next.Size;
    } else if (this.next == Next.Size) {
      const size = chunkSize(line, end);
      if (size < 0) return E_INVALID;
      this.left = size;
      this.next = size ? Next.Data : Next.Trailer;
    } else if (line == end) {
      this.next = Next.Nothing;
    } else {
      this.trailer += <i32>(end - line);
      if (this.trailer > TRAILER_MAX || !isField(line, end)) return E_INVALID;
    }
    return OK;
  }

  /** Until when the next octets must be there. */
  private slowest(): u64 {
    const time = this.taken * (1_000_000_000 / RATE);
    return time > u64.MAX_VALUE - this.deadline ? u64.MAX_VALUE : this.deadline + time;
  }

  private fail(code: i32): i32 {
    this.error = code;
    return code;
  }
}

/** Whether a line is a field. */
function isField(at: usize, end: usize): bool {
  const colon = tokenEnd(at, end);
  return colon != at && colon < end && load<u8>(colon) == 0x3a && isValue(colon, end);
}
