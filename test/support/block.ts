/** A block device of the simulated tender: a disk in memory that can be slow, full or broken. */
import * as abi from "../../runtime/abi/tender.ts";
import type { GuestMemory } from "./memory.ts";

export interface BlockOptions {
  /** Its bytes; a multiple of the block size. */
  readonly disk: Uint8Array;
  readonly blockSize?: number;
  readonly readOnly?: boolean;
  /** Takes discards. */
  readonly discard?: boolean;
}

/** A request as the guest made it. */
export interface BlockRequest {
  readonly operation: number;
  readonly token: number;
  readonly offset: number;
  readonly segments: readonly { readonly address: number; readonly length: number }[];
  /** Bytes of a discard. */
  readonly length: number;
}

export class SimulatedBlock {
  /** Gives a request another outcome than the disk would: return a code, or undefined for the disk's. */
  fault: (request: BlockRequest) => number | undefined = () => undefined;
  /** While true, requests are taken and wait. */
  paused = false;
  /** The order in which what was taken is completed. */
  order: (requests: BlockRequest[]) => BlockRequest[] = (requests) => requests;
  /** All requests so far. */
  readonly requests: BlockRequest[] = [];
  private readonly pending: BlockRequest[] = [];
  private queue = 0;
  private taken = 0;
  private completed = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly options: BlockOptions,
  ) {}

  attach(queue: number): number {
    if (this.queue) return abi.E_ALREADY;
    this.queue = queue;
    const { disk, blockSize = 512, readOnly = false, discard = false } = this.options;
    const flags = (readOnly ? abi.BLOCK_F_READ_ONLY : 0) | (discard ? abi.BLOCK_F_DISCARD : 0);
    this.memory.setU32(queue + abi.BLOCK_FLAGS, flags);
    this.memory.setU64(queue + abi.BLOCK_CAPACITY, BigInt(disk.length));
    this.memory.setU32(queue + abi.BLOCK_BLOCK_SIZE, blockSize);
    return abi.OK;
  }

  hasInput(): boolean {
    return this.queue !== 0 && !this.paused && this.pending.length > 0;
  }

  /** Takes submitted requests. */
  drain(): void {
    if (!this.queue) return;
    const { memory, queue } = this;
    const size = memory.u32(queue + abi.BLOCK_SIZE);
    const submitted = memory.u32(queue + abi.BLOCK_SUBMITTED);
    const unreaped = () => (this.taken - memory.u32(queue + abi.BLOCK_REAPED)) >>> 0;
    while (this.taken !== submitted && unreaped() < size) {
      const request = this.read(memory.u32(queue + abi.BLOCK_REQUESTS) + (this.taken % size) * abi.BLOCK_REQUEST_SIZE);
      this.taken = (this.taken + 1) >>> 0;
      this.requests.push(request);
      this.pending.push(request);
    }
    memory.setU32(queue + abi.BLOCK_TAKEN, this.taken);
  }

  /** Completes what was taken. */
  fill(): void {
    if (!this.queue || this.paused) return;
    const { memory, queue } = this;
    for (const request of this.order(this.pending.splice(0))) {
      const slot = this.completed % memory.u32(queue + abi.BLOCK_SIZE);
      const completion = memory.u32(queue + abi.BLOCK_COMPLETIONS) + slot * abi.COMPLETION_SIZE;
      memory.setU32(completion + abi.COMPLETION_TOKEN, request.token);
      memory.setU32(completion + abi.COMPLETION_STATUS, this.fault(request) ?? this.perform(request));
      this.completed = (this.completed + 1) >>> 0;
    }
    memory.setU32(queue + abi.BLOCK_COMPLETED, this.completed);
  }

  private read(at: number): BlockRequest {
    const { memory } = this;
    const segments = memory.u32(at + abi.BLOCK_REQUEST_SEGMENTS);
    return {
      operation: memory.u32(at + abi.BLOCK_REQUEST_OP),
      token: memory.u32(at + abi.BLOCK_REQUEST_TOKEN),
      offset: Number(memory.u64(at + abi.BLOCK_REQUEST_OFFSET)),
      length: Number(memory.u64(at + abi.BLOCK_REQUEST_LENGTH)),
      segments: Array.from({ length: memory.u32(at + abi.BLOCK_REQUEST_COUNT) }, (_, i) => ({
        address: memory.u32(segments + i * abi.SEGMENT_SIZE + abi.SEGMENT_ADDRESS),
        length: memory.u32(segments + i * abi.SEGMENT_SIZE + abi.SEGMENT_LENGTH),
      })),
    };
  }

  private perform(request: BlockRequest): number {
    const { disk, blockSize = 512, readOnly = false } = this.options;
    const length = request.segments.reduce((sum, segment) => sum + segment.length, 0);
    if (request.operation === abi.BLOCK_OP_FLUSH) return abi.OK;
    if (request.operation === abi.BLOCK_OP_DISCARD) {
      disk.fill(0, request.offset, request.offset + request.length);
      return abi.OK;
    }
    if (request.offset % blockSize || length % blockSize) return abi.E_INVALID;
    if (request.offset + length > disk.length) return abi.E_RANGE;
    if (request.operation === abi.BLOCK_OP_WRITE && readOnly) return abi.E_READ_ONLY;
    let at = request.offset;
    for (const segment of request.segments) {
      const bytes = this.memory.bytes(segment.address, segment.length);
      if (request.operation === abi.BLOCK_OP_READ) bytes.set(disk.subarray(at, at + segment.length));
      else if (request.operation === abi.BLOCK_OP_WRITE) disk.set(bytes, at);
      else return abi.E_UNSUPPORTED;
      at += segment.length;
    }
    return abi.OK;
  }
}
