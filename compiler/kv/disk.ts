/** Reads the disk of a read-write store, as runtime/kv/rw does; docs/storage-format.md describes it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import * as format from "../../runtime/kv/format.ts";
import { ProjectError } from "../errors.ts";
import { shown } from "../output.ts";
import { crc32c } from "./crc32c.ts";

/** Frames begin at a multiple of this. */
export const SECTOR = 512;

export interface Superblock {
  readonly generation: number;
  readonly epoch: number;
  readonly segment: number;
  readonly bytes: number;
  readonly segments: number;
  readonly chunk: number;
  readonly checkpoint: number;
  readonly log: number;
  readonly sequence: number;
  readonly chain: number;
  /** Frames of the log that were durable when this was written. */
  readonly durable: number;
}

/** A frame that is whole. */
export interface Frame {
  readonly address: number;
  readonly sequence: number;
  readonly chain: number;
  readonly epoch: number;
  readonly next: number;
  readonly flags: number;
  readonly checksum: number;
  readonly data: Buffer;
  readonly statements: Buffer;
}

export class Disk {
  readonly size: number;
  private constructor(
    private readonly file: number,
    private readonly path: string,
  ) {
    this.size = fstatSync(file).size;
  }

  /** Reads a disk with a function, and closes it. @throws ProjectError when there is no such file */
  static with<T>(path: string, use: (disk: Disk) => T): T {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const why = missing ? "there is no such file" : (error as Error).message;
      throw new ProjectError(`${shown(path)}: ${why}; name the disk of a store, such as tender --disk= is given`);
    }
    try {
      return use(new Disk(file, path));
    } finally {
      closeSync(file);
    }
  }

  /** Bytes of the disk; fewer at its end. */
  read(address: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    try {
      return bytes.subarray(0, readSync(this.file, bytes, 0, length, address));
    } catch (error) {
      throw new ProjectError(`${shown(this.path)}: cannot be read: ${(error as Error).message}`);
    }
  }

  /** The superblock that counts. @throws ProjectError when there is none, or it cannot be used */
  superblock(): Superblock {
    const found = [0, format.KV_BLOCK_MAX].flatMap((place) => this.superblockAt(place));
    const [newest] = found.sort((a, b) => b.generation - a.generation);
    if (!newest) throw new ProjectError(`${shown(this.path)}: this is no store, or both its superblocks are damaged`);
    const { segment, segments, bytes, chunk, log } = newest;
    const sane =
      segment >= format.KV_SEGMENT_MIN &&
      segment <= format.KV_SEGMENT_MAX &&
      bytes === format.KV_SEGMENTS + segments * segment &&
      chunk > 0 &&
      chunk <= format.KV_CHUNK_MAX &&
      log >= format.KV_SEGMENTS;
    if (!sane) throw new ProjectError(`${shown(this.path)}: its superblock has numbers that cannot be`);
    if (bytes > this.size)
      throw new ProjectError(
        `${shown(this.path)}: the store has ${bytes} bytes, the file ${this.size}; mend it by: truncate -s ${bytes} ${this.path}`,
      );
    return newest;
  }

  private superblockAt(place: number): Superblock[] {
    const bytes = this.read(place, format.SUPER_SIZE);
    if (bytes.length < format.SUPER_SIZE) return [];
    if (bytes.readUInt32LE(0) !== format.MAGIC_LOW || bytes.readUInt32LE(4) !== format.MAGIC_HIGH) return [];
    const version = bytes.readUInt32LE(format.SUPER_VERSION);
    const checksum = bytes.readUInt32LE(format.SUPER_CHECKSUM);
    bytes.writeUInt32LE(0, format.SUPER_CHECKSUM);
    if (crc32c(bytes) !== checksum) return [];
    if (version !== format.KV_VERSION)
      throw new ProjectError(
        `${shown(this.path)}: the store has version ${version} of the format; this fata knows ${format.KV_VERSION}`,
      );
    const u64 = (at: number) => Number(bytes.readBigUInt64LE(at));
    return [
      {
        generation: u64(format.SUPER_GENERATION),
        epoch: bytes.readUInt32LE(format.SUPER_EPOCH),
        segment: bytes.readUInt32LE(format.SUPER_SEGMENT),
        bytes: u64(format.SUPER_BYTES),
        segments: bytes.readUInt32LE(format.SUPER_SEGMENTS),
        chunk: bytes.readUInt32LE(format.SUPER_CHUNK),
        checkpoint: u64(format.SUPER_CHECKPOINT),
        log: u64(format.SUPER_LOG),
        sequence: u64(format.SUPER_SEQUENCE),
        chain: bytes.readUInt32LE(format.SUPER_CHAIN),
        durable: bytes.readUInt32LE(format.SUPER_DURABLE),
      },
    ];
  }

  /** The frame at an address, if there is one that is whole. */
  frame(address: number, { segment, bytes }: Superblock): Frame | undefined {
    const end = format.KV_SEGMENTS + (Math.floor((address - format.KV_SEGMENTS) / segment) + 1) * segment;
    const header = this.read(address, format.FRAME_HEADER);
    if (header.length < format.FRAME_HEADER || header.readUInt32LE(0) !== format.FRAME_MAGIC) return undefined;
    const data = header.readUInt32LE(format.FRAME_DATA);
    const length = data + header.readUInt32LE(format.FRAME_STATEMENTS);
    const most = Math.min(format.KV_FRAME_MAX, segment, end - address);
    if (format.FRAME_HEADER + length > most) return undefined;
    const rest = this.read(address + format.FRAME_HEADER, length);
    const checksum = header.readUInt32LE(format.FRAME_CHECKSUM);
    header.writeUInt32LE(0, format.FRAME_CHECKSUM);
    const statements = rest.subarray(data);
    if (rest.length < length || crc32c(statements, crc32c(header)) !== checksum) return undefined;
    const next = Number(header.readBigUInt64LE(format.FRAME_NEXT));
    const flags = header.readUInt32LE(format.FRAME_FLAGS);
    const isPlace = next >= format.KV_SEGMENTS && next < bytes && next % SECTOR === 0;
    if (!(flags & format.FRAME_LAST) && !isPlace) return undefined;
    return {
      address,
      sequence: Number(header.readBigUInt64LE(format.FRAME_SEQUENCE)),
      chain: header.readUInt32LE(format.FRAME_CHAIN),
      epoch: header.readUInt32LE(format.FRAME_EPOCH),
      next,
      flags,
      checksum,
      data: rest.subarray(0, data),
      statements,
    };
  }
}
