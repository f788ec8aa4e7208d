/** What is to be sent: gathered in a buffer of fixed size, so that a head and a small body go at once. */
import { OK } from "../base/result";
import { Flow } from "../flow/stream";
import { FIELDS_SIZE } from "./outgoing";

/** Octets of the longest head: the fields that handlers set, and the other lines. */
const HEAD_ROOM: usize = FIELDS_SIZE + 256;
/** Octets that are handed over at a time: each time the deadline begins anew. */
const PIECE: usize = 65536;

export class Output {
  /** What has gathered: [base, at). Who has looked for room writes at `at`, and moves it. */
  at: usize;
  /** OK, or why nothing can be sent any more. */
  error: i32 = OK;
  /** Whether the head of the response that is under way has been gathered: no other may be sent before it. */
  begun: bool = false;
  private limit: usize;
  private flow: Flow | null = null;
  /** Milliseconds in which the other side must take a piece. */
  private patience: u64 = u64.MAX_VALUE;

  /** @param base where the buffer is; @param size its octets */
  constructor(
    private base: usize,
    size: usize,
  ) {
    this.at = base;
    this.limit = base + size;
  }

  /** Begins with another flow: nothing has gathered. @param ms in which the other side must take each 64 KiB */
  open(flow: Flow | null, ms: u64): void {
    this.flow = flow;
    this.patience = ms;
    this.at = this.base;
    this.error = OK;
  }

  /** Where a short body may be made, behind the longest head: octets up to `end`. */
  get body(): usize {
    return this.base + HEAD_ROOM;
  }

  get end(): usize {
    return this.limit;
  }

  /** Octets of room behind `at`. */
  get room(): usize {
    return this.limit - this.at;
  }

  /**
   * Sends what has gathered, and these octets behind it; waits until the flow has taken all. Afterwards nothing is gathered.
   * @param ptr octets that do not change until the call returns; @param length how many, perhaps 0
   * @param constant whether they never change: then the flow need not copy them
   * @returns OK or a code of Flow.writeFrom, then and ever after
   */
  send(ptr: usize, length: usize, constant: bool = false): i32 {
    // What is small goes along with what has gathered.
    if (length <= this.room) {
      memory.copy(this.at, ptr, length);
      this.at += length;
      length = 0;
    }
    let from = this.base;
    let left = this.at - from;
    let lasting: bool = false;
    this.at = from;
    while (this.error == OK) {
      if (!left) {
        if (!length) break;
        from = ptr;
        lasting = constant;
        left = length;
        length = 0;
      }
      const part = min(left, PIECE);
      // There is one as long as there is something to send.
      this.error = changetype<Flow>(this.flow).writeFrom(from, <i32>part, this.patience, lasting);
      from += part;
      left -= part;
    }
    return this.error;
  }
}
