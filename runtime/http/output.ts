/** What is to be sent: gathered in a buffer of fixed size, so that a head and a small body go at once. */
import { OK } from "../base/result";
import { Flow } from "../flow/stream";

/** Octets that are handed over at a time: each time the deadline begins anew. */
const PIECE: usize = 65536;

export class Output {
  /** What has gathered: [base, at). Who has asked for room writes at `at`, and moves it. */
  at: usize;
  /** OK, or why nothing can be sent any more. */
  error: i32 = OK;
  /** Octets that went to the flow or the buffer, since whoever counts set it to 0. */
  private limit: usize;
  private flow: Flow | null = null;
  /** Milliseconds in which the other side must take a piece. */
  private patience: u64 = u64.MAX_VALUE;

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

  /** Octets of room behind `at`. */
  get room(): usize {
    return this.limit - this.at;
  }

  /** Sends what has gathered when there is not so much room. @returns OK or a code, and then nothing may be written */
  reserve(size: usize): i32 {
    return this.limit - this.at < size ? this.flush() : this.error;
  }

  /** Gathers octets if they fit well, else sends them after what has gathered. @returns OK or a code */
  write(ptr: usize, length: usize): i32 {
    if (length > this.room) {
      const flushed = this.flush();
      if (flushed != OK || length >= (this.limit - this.base) >> 1)
        return flushed == OK ? this.send(ptr, length) : flushed;
    }
    if (this.error != OK) return this.error;
    memory.copy(this.at, ptr, length);
    this.at += length;
    return OK;
  }

  /** Sends what has gathered. @returns OK or a code of Flow.writeFrom */
  flush(): i32 {
    const size = this.at - this.base;
    this.at = this.base;
    return size ? this.send(this.base, size) : this.error;
  }

  private send(ptr: usize, length: usize): i32 {
    const flow = this.flow!;
    while (length && this.error == OK) {
      const part = min(length, PIECE);
      this.error = flow.writeFrom(ptr, <i32>part, this.patience);
      ptr += part;
      length -= part;
    }
    return this.error;
  }
}
