/** What a store holds: its checkpoint, then its log, statement by statement. What cannot be is told, and left out. */
import * as format from "../../runtime/kv/format.ts";
import { crc32c } from "./crc32c.ts";
import type { Disk, Frame, Superblock } from "./disk.ts";
import { type Place, readStatements, type Statement } from "./statement.ts";

/** A value under its key. */
export interface Value {
  readonly key: string;
  readonly size: number;
  /** ns since 1970. */
  readonly modified: bigint;
  readonly places: readonly (Place | undefined)[];
}

interface Node {
  kind: "dictionary" | "value";
  parent: number;
  name: string;
  size: number;
  modified: bigint;
  places: (Place | undefined)[];
}

export class Contents {
  readonly superblock: Superblock;
  /** What is wrong with it. */
  readonly problems: string[] = [];
  readonly values: readonly Value[];
  checkpointFrames = 0;
  logFrames = 0;
  /** Where the log ends: where its next frame would be, and its number. */
  end = { address: 0, sequence: 0 };
  private readonly nodes = new Map<number, Node>();

  constructor(private readonly disk: Disk) {
    this.superblock = disk.superblock();
    this.readCheckpoint();
    this.readLog();
    this.values = [...this.nodes].flatMap(([id, node]) => (node.kind === "value" ? this.valueOf(id, node) : []));
    this.values = this.values.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The bytes of a value, or what is wrong with them. */
  read({ key, size, places }: Value): Buffer | string {
    const { chunk } = this.superblock;
    const parts: Buffer[] = [];
    for (const [i, place] of places.entries()) {
      const length = Math.min(chunk, size - i * chunk);
      const bytes = place && this.disk.read(place.address, length);
      if (!bytes || bytes.length < length || crc32c(bytes) !== place?.checksum)
        return `${key}: bytes ${i * chunk} to ${i * chunk + length - 1} are damaged`;
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  }

  private readCheckpoint(): void {
    let address = this.superblock.checkpoint;
    for (let chain = 0; address !== 0; this.checkpointFrames++) {
      const frame = this.disk.frame(address, this.superblock);
      const fits = frame && frame.sequence === this.checkpointFrames && frame.chain === chain;
      if (!frame || !fits || !(frame.flags & format.FRAME_CHECKPOINT)) {
        this.problems.push(`the checkpoint is damaged at ${address}: keys are missing`);
        return;
      }
      this.apply(frame);
      chain = frame.checksum;
      address = frame.flags & format.FRAME_LAST ? 0 : frame.next;
    }
  }

  private readLog(): void {
    this.followLog();
    const { durable } = this.superblock;
    if (this.logFrames < durable)
      this.problems.push(
        `the log ends at ${this.end.address}, after ${this.logFrames} of ${durable} frames that were durable: changes are missing`,
      );
  }

  private followLog(): void {
    let { log: address, sequence, chain } = this.superblock;
    let epoch = 0;
    const group: Frame[] = [];
    for (;;) {
      this.end = { address, sequence };
      const frame = this.disk.frame(address, this.superblock);
      if (!frame || frame.sequence !== sequence || frame.chain !== chain) return;
      if (frame.flags & format.FRAME_CHECKPOINT) return;
      if (frame.epoch < epoch || frame.epoch > this.superblock.epoch || !this.isWhole(frame)) return;
      this.logFrames++;
      group.push(frame);
      if (!(frame.flags & format.FRAME_MORE)) for (const one of group.splice(0)) this.apply(one);
      [address, sequence, chain, epoch] = [frame.next, sequence + 1, frame.checksum, frame.epoch];
    }
  }

  /** Whether the data of a frame has the checksums that its statements tell. */
  private isWhole(frame: Frame): boolean {
    const first = frame.address + format.FRAME_HEADER;
    const good = (place: Place, length: number): boolean => {
      const at = place.address - first;
      if (length === 0 || at < 0 || at >= frame.data.length) return true;
      return at + length <= frame.data.length && crc32c(frame.data.subarray(at, at + length)) === place.checksum;
    };
    return (readStatements(frame.statements) ?? []).every((statement) => {
      if (statement.kind === "data") return good(statement.place, statement.length);
      if (statement.kind === "value") return good(statement.place, Math.min(statement.size, this.superblock.chunk));
      return true;
    });
  }

  private apply(frame: Frame): void {
    const statements = readStatements(frame.statements);
    if (!statements) this.problems.push(`the frame at ${frame.address} says what nobody understands`);
    for (const statement of statements ?? []) this.applyOne(statement);
  }

  private applyOne(statement: Statement): void {
    const { nodes } = this;
    switch (statement.kind) {
      case "data":
        return;
      case "gone":
        nodes.delete(statement.id);
        return;
      case "dictionary": {
        const { kind, id, parent, name } = statement;
        nodes.set(id, { kind, parent, name, size: 0, modified: 0n, places: [] });
        return;
      }
      case "value": {
        const { kind, id, parent, name, size, modified, place } = statement;
        const count = Math.ceil(size / this.superblock.chunk);
        if (size > this.superblock.bytes) {
          this.problems.push(`${name}: ${size} bytes are more than the disk has`);
          return;
        }
        const places = nodes.get(id)?.places.slice(0, count) ?? [];
        places.length = count;
        if (count > 0) places[0] = place;
        nodes.set(id, { kind, parent, name, size, modified, places });
        return;
      }
      case "chunks": {
        const places = nodes.get(statement.id)?.places ?? [];
        for (const [i, place] of statement.places.entries())
          if (statement.first + i < places.length) places[statement.first + i] = place;
      }
    }
  }

  private valueOf(id: number, { size, modified, places }: Node): Value[] {
    const names: string[] = [];
    for (let at = id; at !== format.KV_ROOT; ) {
      const node = this.nodes.get(at);
      if (
        !node ||
        node.name.includes("/") ||
        names.length > format.KV_NAME_MAX * 4 ||
        (at !== id && node.kind !== "dictionary")
      ) {
        this.problems.push(`${names.join("/") || id}: belongs to no dictionary`);
        return [];
      }
      names.unshift(node.name);
      at = node.parent;
    }
    return [{ key: `/${names.join("/")}`, size, modified, places }];
  }
}
