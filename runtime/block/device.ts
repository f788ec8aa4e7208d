/**
 * The block device: the guest's side of the block queue of runtime/abi/tender.ts, in direct style.
 *
 * A request occupies a slot of the queue from its submission to its completion, and meanwhile the slot holds the buffers:
 * so they stay alive even if the fiber that waits is cancelled. It then gets E_CANCELLED at once, but the request goes
 * on, and its buffers are the device's until it is through: do not touch them again. Requests on memory, and flushes, are
 * waited for in any case. When all slots are taken, fibers wait their turn. Nothing here allocates after construction.
 */
import {
  BLOCK_BLOCK_SIZE,
  BLOCK_CAPACITY,
  BLOCK_COMPLETED,
  BLOCK_COMPLETIONS,
  BLOCK_F_DISCARD,
  BLOCK_F_READ_ONLY,
  BLOCK_FLAGS,
  BLOCK_HEADER_SIZE,
  BLOCK_OP_DISCARD,
  BLOCK_OP_FLUSH,
  BLOCK_OP_READ,
  BLOCK_OP_WRITE,
  BLOCK_REAPED,
  BLOCK_REQUEST_COUNT,
  BLOCK_REQUEST_LENGTH,
  BLOCK_REQUEST_OFFSET,
  BLOCK_REQUEST_OP,
  BLOCK_REQUEST_SEGMENTS,
  BLOCK_REQUEST_SIZE,
  BLOCK_REQUEST_TOKEN,
  BLOCK_REQUESTS,
  BLOCK_SIZE,
  BLOCK_SUBMITTED,
  block_attach,
  COMPLETION_SIZE,
  COMPLETION_STATUS,
  COMPLETION_TOKEN,
  E_INVALID,
  E_READ_ONLY,
  E_UNSUPPORTED,
  NAME_MAX,
  SEGMENT_ADDRESS,
  SEGMENT_LENGTH,
  SEGMENT_SIZE,
  SEGMENTS_MAX,
} from "../abi/tender";
import { E_CANCELLED, E_TOO_LONG, OK, resultName } from "../base/result";
import { ringSlot } from "../base/ring";
import { encodeUtf8 } from "../base/utf8";
import { WaitQueue } from "../sched/fiber";
import { Semaphore } from "../sched/semaphore";
import { addSource, Source } from "../sched/source";
import { panic } from "../sys/panic";
import { BlockStore } from "./store";

/** Entries of the queue: requests that the tender works on at once. */
const SLOTS: u32 = 32;
/** Bytes of the segments of one request. */
const SEGMENTS_SIZE: usize = <usize>SEGMENTS_MAX * SEGMENT_SIZE;
const QUEUE_SIZE: usize = BLOCK_HEADER_SIZE + <usize>SLOTS * (BLOCK_REQUEST_SIZE + COMPLETION_SIZE + SEGMENTS_SIZE);

/** A place in the queue, and the request that occupies it. */
class Slot {
  /** Where its fiber waits for the completion. */
  readonly completion: WaitQueue = new WaitQueue();
  /** The buffers that belong to the tender: null beyond `count`, and where memory was given by its address. */
  readonly buffers: StaticArray<ArrayBuffer | null> = new StaticArray<ArrayBuffer | null>(SEGMENTS_MAX);
  count: u32 = 0;
  /** Bytes of all buffers. */
  length: u64 = 0;
  /** Submitted and not completed. */
  pending: bool = false;
  /** Pending, and nobody waits for it any more. */
  abandoned: bool = false;
  /** The outcome, once it is not pending. */
  status: i32 = OK;
  /** The next one in the list of free slots. */
  next: Slot | null = null;

  /** @param token its index; @param segments address of its SEGMENTS_MAX segments */
  constructor(
    readonly token: u32,
    readonly segments: usize,
  ) {}

  /** Adds a buffer to the request. */
  add(buffer: Uint8Array): void {
    if (buffer.byteLength) this.addMemory(buffer.dataStart, buffer.byteLength, buffer.buffer);
  }

  /** Adds memory to the request. @param owner what must live as long, if the caller does not see to that */
  addMemory(ptr: usize, length: u32, owner: ArrayBuffer | null): void {
    const segment = this.segments + <usize>this.count * SEGMENT_SIZE;
    store<u32>(segment + SEGMENT_ADDRESS, <u32>ptr);
    store<u32>(segment + SEGMENT_LENGTH, length);
    this.buffers[this.count] = owner;
    this.count++;
    this.length += length;
  }

  /** Lets go of the buffers. */
  clear(): void {
    while (this.count) this.buffers[--this.count] = null;
    this.length = 0;
  }
}

/** Has the scheduler's loop take the completions of a device. */
class Completions extends Source {
  constructor(private device: BlockDevice) {
    super();
  }

  poll(): bool {
    this.device._reap();
    return false;
  }
}

/** A disk of the host's. */
export class BlockDevice extends BlockStore {
  private readonly header: usize;
  private readonly slots: StaticArray<Slot> = new StaticArray<Slot>(SLOTS);
  /** The free slots. */
  private free: Slot | null = null;
  /** A permit for each free slot. */
  private readonly room: Semaphore = new Semaphore(SLOTS);

  /**
   * Attaches the device; only possible while the image starts.
   * @param name as config.ts declares it
   */
  constructor(name: string) {
    super();
    const header = heap.alloc(QUEUE_SIZE);
    memory.fill(header, 0, QUEUE_SIZE);
    const requests = header + BLOCK_HEADER_SIZE;
    const completions = requests + <usize>SLOTS * BLOCK_REQUEST_SIZE;
    const segments = completions + <usize>SLOTS * COMPLETION_SIZE;
    store<u32>(header + BLOCK_REQUESTS, <u32>requests);
    store<u32>(header + BLOCK_COMPLETIONS, <u32>completions);
    store<u32>(header + BLOCK_SIZE, SLOTS);
    attach(name, header);

    this.header = header;
    this.size = load<u64>(header + BLOCK_CAPACITY);
    this.blockSize = load<u32>(header + BLOCK_BLOCK_SIZE);
    const flags = load<u32>(header + BLOCK_FLAGS);
    this.readOnly = (flags & BLOCK_F_READ_ONLY) != 0;
    this.canDiscard = (flags & BLOCK_F_DISCARD) != 0;
    for (let token = SLOTS; token-- > 0; ) {
      const slot = new Slot(token, segments + <usize>token * SEGMENTS_SIZE);
      this.slots[token] = slot;
      slot.next = this.free;
      this.free = slot;
    }
    addSource(new Completions(this));
  }

  read(offset: u64, buffer: Uint8Array): i32 {
    return this.transferOne(BLOCK_OP_READ, offset, buffer);
  }

  write(offset: u64, buffer: Uint8Array): i32 {
    return this.transferOne(BLOCK_OP_WRITE, offset, buffer);
  }

  readv(offset: u64, buffers: Uint8Array[]): i32 {
    return this.transferMany(BLOCK_OP_READ, offset, buffers);
  }

  writev(offset: u64, buffers: Uint8Array[]): i32 {
    return this.transferMany(BLOCK_OP_WRITE, offset, buffers);
  }

  flush(): i32 {
    const slot = this.take();
    // A failure is told once, and the next flush may succeed without what was lost: so who asked waits for it in any case.
    return slot ? this.performHeld(BLOCK_OP_FLUSH, 0, slot) : E_CANCELLED;
  }

  discard(offset: u64, length: u64): i32 {
    if (this.readOnly) return E_READ_ONLY;
    if (!this.canDiscard) return E_UNSUPPORTED;
    const wrong = this.checkRange(offset, length);
    if (wrong != OK || !length) return wrong;
    const slot = this.take();
    if (!slot) return E_CANCELLED;
    slot.length = length;
    return this.perform(BLOCK_OP_DISCARD, offset, slot);
  }

  readTo(offset: u64, ptr: usize, length: u32): i32 {
    return this.transferMemory(BLOCK_OP_READ, offset, ptr, length);
  }

  writeFrom(offset: u64, ptr: usize, length: u32): i32 {
    return this.transferMemory(BLOCK_OP_WRITE, offset, ptr, length);
  }

  private transferMemory(operation: u32, offset: u64, ptr: usize, length: u32): i32 {
    if (operation == BLOCK_OP_WRITE && this.readOnly) return E_READ_ONLY;
    const wrong = this.checkRange(offset, length);
    if (wrong != OK || !length) return wrong;
    const slot = this.take();
    if (!slot) return E_CANCELLED;
    slot.addMemory(ptr, length, null);
    // Nothing keeps the memory from being used for something else once this has returned: so it waits in any case.
    return this.performHeld(operation, offset, slot);
  }

  /** Submits the request and waits for its completion, also when the fiber is cancelled. */
  private performHeld(operation: u32, offset: u64, slot: Slot): i32 {
    this.submit(operation, offset, slot);
    slot.completion.waitHeld();
    const outcome = slot.status;
    this.release(slot);
    return outcome;
  }

  private transferOne(operation: u32, offset: u64, buffer: Uint8Array): i32 {
    const slot = this.take();
    if (!slot) return E_CANCELLED;
    slot.add(buffer);
    return this.transfer(operation, offset, slot);
  }

  private transferMany(operation: u32, offset: u64, buffers: Uint8Array[]): i32 {
    if (<u32>buffers.length > SEGMENTS_MAX) return E_TOO_LONG;
    const slot = this.take();
    if (!slot) return E_CANCELLED;
    for (let i = 0; i < buffers.length; i++) slot.add(buffers[i]);
    return this.transfer(operation, offset, slot);
  }

  /** Checks a read or write, whose buffers are in the slot, and performs it. */
  private transfer(operation: u32, offset: u64, slot: Slot): i32 {
    const wrong = this.check(operation, offset, slot);
    if (wrong == OK && slot.length) return this.perform(operation, offset, slot);
    this.release(slot);
    return wrong;
  }

  private check(operation: u32, offset: u64, slot: Slot): i32 {
    if (operation == BLOCK_OP_WRITE && this.readOnly) return E_READ_ONLY;
    for (let i: u32 = 0; i < slot.count; i++) {
      if (load<u32>(slot.segments + <usize>i * SEGMENT_SIZE + SEGMENT_LENGTH) % this.blockSize) return E_INVALID;
    }
    return this.checkRange(offset, slot.length);
  }

  /** Submits the request and waits for its completion. */
  private perform(operation: u32, offset: u64, slot: Slot): i32 {
    this.submit(operation, offset, slot);
    let outcome: i32;
    do {
      outcome = slot.completion.wait();
    } while (outcome == OK && slot.pending);
    if (slot.pending) {
      slot.abandoned = true;
      return outcome;
    }
    if (outcome == OK) outcome = slot.status;
    this.release(slot);
    return outcome;
  }

  private submit(operation: u32, offset: u64, slot: Slot): void {
    const header = this.header;
    const submitted = load<u32>(header + BLOCK_SUBMITTED);
    const entry: usize = ringSlot(submitted, SLOTS);
    const request: usize = <usize>load<u32>(header + BLOCK_REQUESTS) + entry * BLOCK_REQUEST_SIZE;
    store<u32>(request + BLOCK_REQUEST_OP, operation);
    store<u32>(request + BLOCK_REQUEST_TOKEN, slot.token);
    store<u64>(request + BLOCK_REQUEST_OFFSET, offset);
    store<u32>(request + BLOCK_REQUEST_SEGMENTS, <u32>slot.segments);
    store<u32>(request + BLOCK_REQUEST_COUNT, slot.count);
    store<u64>(request + BLOCK_REQUEST_LENGTH, slot.length);
    // There are as many slots as entries, so the ring has room.
    store<u32>(header + BLOCK_SUBMITTED, submitted + 1);
    slot.pending = true;
  }

  /** For this file only: takes the completions. There are at most as many as slots: always all of them. */
  _reap(): void {
    const header = this.header;
    const completions: usize = load<u32>(header + BLOCK_COMPLETIONS);
    const completed = load<u32>(header + BLOCK_COMPLETED);
    let reaped = load<u32>(header + BLOCK_REAPED);
    for (; reaped != completed; reaped++) {
      const entry: usize = ringSlot(reaped, SLOTS);
      const completion = completions + entry * COMPLETION_SIZE;
      const slot = this.slots[load<u32>(completion + COMPLETION_TOKEN)];
      slot.status = load<i32>(completion + COMPLETION_STATUS);
      slot.pending = false;
      slot.clear();
      if (slot.abandoned) this.release(slot);
      else slot.completion.wakeOne();
    }
    store<u32>(header + BLOCK_REAPED, reaped);
  }

  /**
   * Takes a free slot. Without one the fiber waits its turn.
   * @returns null when the fiber was cancelled
   */
  private take(): Slot | null {
    if (this.room.acquire() != OK) return null;
    const slot = this.free!;
    this.free = slot.next;
    return slot;
  }

  private release(slot: Slot): void {
    slot.clear();
    slot.abandoned = false;
    slot.next = this.free;
    this.free = slot;
    this.room.release();
  }
}

function attach(name: string, header: usize): void {
  const text = heap.alloc(NAME_MAX);
  let result = encodeUtf8(name, text, NAME_MAX);
  if (result >= 0) result = block_attach(text, result, header);
  heap.free(text);
  if (result < 0) panic('cannot attach block device "' + name + '": ' + resultName(result));
}
