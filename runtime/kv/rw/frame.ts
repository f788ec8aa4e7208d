/** A frame on its way to the disk: data from the front, statements beside it, put together when it is sealed. */
import { SlicedCrc32 } from "../../base/slicedcrc32";
import {
  FRAME_CHAIN,
  FRAME_CHECKSUM,
  FRAME_DATA,
  FRAME_EPOCH,
  FRAME_FLAGS,
  FRAME_HEADER,
  FRAME_MAGIC,
  FRAME_NEXT,
  FRAME_SEQUENCE,
  FRAME_STATEMENTS,
} from "../format";

export class Frame {
  /** Where it will be, as bytes on the disk. */
  address: u64 = 0;
  sequence: u64 = 0;
  chain: u32 = 0;
  data: u32 = 0;
  statements: u32 = 0;
  /** Most bytes it can have at its place. */
  capacity: u32 = 0;
  /** Bytes as they are written, with the zeros at the end; 0 as long as it is not sealed. */
  length: u32 = 0;
  readonly bytes: usize;
  private readonly side: usize;

  /** @param most bytes of a frame; @param block alignment in memory, and of its length */
  constructor(
    most: u32,
    private readonly block: u32,
  ) {
    const room = heap.alloc(<usize>(most + block));
    this.bytes = (room + block - 1) & ~(<usize>block - 1);
    this.side = heap.alloc(most);
  }

  begin(address: u64, capacity: u32, sequence: u64, chain: u32): void {
    this.address = address;
    this.capacity = capacity;
    this.sequence = sequence;
    this.chain = chain;
    this.data = 0;
    this.statements = 0;
    this.length = 0;
  }

  get empty(): bool {
    return this.data + this.statements == 0;
  }

  /** Whether so many more bytes fit. */
  fits(bytes: u32): bool {
    return <u64>FRAME_HEADER + this.data + this.statements + bytes <= this.capacity;
  }

  /** Adds data that fits. @returns its address on the disk */
  addData(ptr: usize, length: u32): u64 {
    const at = <u32>FRAME_HEADER + this.data;
    memory.copy(this.bytes + at, ptr, length);
    this.data += length;
    return this.address + at;
  }

  /** Adds statements that fit. */
  addStatements(ptr: usize, length: u32): void {
    memory.copy(this.side + this.statements, ptr, length);
    this.statements += length;
  }

  /** Where data that this frame holds is in memory, or 0 when it holds none of that address. */
  find(address: u64): usize {
    const first = this.address + FRAME_HEADER;
    return address >= first && address < first + this.data ? this.bytes + <usize>(address - this.address) : 0;
  }

  /** Bytes that it will take on the disk. */
  get size(): u32 {
    return (<u32>FRAME_HEADER + this.data + this.statements + this.block - 1) & ~(this.block - 1);
  }

  /** Makes it ready to be written. @returns its checksum, which the next one's chain is */
  seal(crc: SlicedCrc32, epoch: u32, next: u64, flags: u32): u32 {
    const bytes = this.bytes;
    const used = <u32>FRAME_HEADER + this.data;
    memory.fill(bytes, 0, FRAME_HEADER);
    store<u32>(bytes, FRAME_MAGIC);
    store<u64>(bytes, this.sequence, FRAME_SEQUENCE);
    store<u32>(bytes, this.chain, FRAME_CHAIN);
    store<u32>(bytes, epoch, FRAME_EPOCH);
    store<u64>(bytes, next, FRAME_NEXT);
    store<u32>(bytes, this.data, FRAME_DATA);
    store<u32>(bytes, this.statements, FRAME_STATEMENTS);
    store<u32>(bytes, flags, FRAME_FLAGS);
    memory.copy(bytes + used, this.side, this.statements);
    const checksum = frameChecksum(crc, bytes);
    store<u32>(bytes, checksum, FRAME_CHECKSUM);
    this.length = this.size;
    memory.fill(bytes + used + this.statements, 0, this.length - used - this.statements);
    return checksum;
  }
}

/** The checksum of a frame whose lengths are known to be good; its own place holds anything. */
export function frameChecksum(crc: SlicedCrc32, bytes: usize): u32 {
  const written = load<u32>(bytes, FRAME_CHECKSUM);
  store<u32>(bytes, 0, FRAME_CHECKSUM);
  const header = crc.of(bytes, FRAME_HEADER);
  store<u32>(bytes, written, FRAME_CHECKSUM);
  return crc.of(bytes + FRAME_HEADER + load<u32>(bytes, FRAME_DATA), load<u32>(bytes, FRAME_STATEMENTS), header);
}
