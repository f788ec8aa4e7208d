/** What has been received and not been taken yet, in a buffer of fixed size. */
import { E_TOO_LONG } from "../base/result";
import { Flow } from "../flow/stream";
import { remaining } from "../sched/fiber";
import { HEAD_MAX } from "./head";

/** Octets of room for the body's own lines behind a head. */
export const BODY_ROOM: usize = 2048;
/** Octets of the buffer: the longest head, and this room behind it. */
export const INPUT_SIZE: usize = HEAD_MAX + BODY_ROOM;

export class Input {
  /** What is there: [start, end). */
  start: usize;
  end: usize;
  private floor: usize;
  private limit: usize;
  private flow: Flow | null = null;

  /** @param base where the buffer is: INPUT_SIZE octets */
  constructor(private base: usize) {
    this.start = base;
    this.end = base;
    this.floor = base;
    this.limit = base + INPUT_SIZE;
  }

  /** Begins with another flow: nothing is there. */
  open(flow: Flow | null): void {
    this.flow = flow;
    this.floor = this.base;
    this.start = this.base;
    this.end = this.base;
  }

  /** Octets of room behind what is there. */
  get room(): usize {
    return this.limit - this.end;
  }

  get empty(): bool {
    return this.start == this.end;
  }

  /** Moves what is there to the beginning, so that the rest of the buffer is room: behind what is held, if anything. */
  compact(): void {
    const size = this.end - this.start;
    if (size && this.start != this.floor) memory.copy(this.floor, this.start, size);
    this.start = this.floor;
    this.end = this.floor + size;
  }

  /** Takes the first octets of what is there, and leaves them where they are until `release`. */
  hold(size: usize): void {
    this.start += size;
    this.floor = this.start;
  }

  /** Nothing is held any more. */
  release(): void {
    this.floor = this.base;
    if (this.start == this.end) this.compact();
  }

  /**
   * Receives more; waits until there is more.
   * @param deadline in ns on `now`'s clock
   * @param ptr where to, right to where it is wanted; @param room octets there; 0: behind what is there
   * @returns octets, 0 at the end, or a code: of Flow.readTo, or E_TOO_LONG, no room is left
   */
  fill(deadline: u64, ptr: usize, room: usize): i32 {
    const behind = !room;
    if (behind) {
      ptr = this.end;
      room = this.limit - ptr;
      if (!room) return E_TOO_LONG;
    }
    const count = changetype<Flow>(this.flow).readTo(ptr, <i32>room, remaining(deadline));
    if (behind && count > 0) this.end += count;
    return count;
  }
}
