/**
 * The linear memory of a hand-written guest, composed in TypeScript.
 */
import * as abi from "../../runtime/abi/tender.ts";

export class Layout {
  private readonly bytes: Buffer;

  /** @param size bytes from address 0 */
  constructor(size = 65536) {
    this.bytes = Buffer.alloc(size);
  }

  u32(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => {
      this.bytes.writeUInt32LE(value >>> 0, at + i * 4);
    });
    return this;
  }

  u64(at: number, value: bigint): this {
    this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return this;
  }

  text(at: number, text: string | Uint8Array): this {
    this.bytes.set(Buffer.from(text), at);
    return this;
  }

  /** A network header, with rings of `rx` and `tx` entries. */
  netHeader(at: number, rxRing: number, rx: number, txRing: number, tx: number): this {
    return this.u32(at + abi.NET_RX_RING, rxRing, rx, txRing, tx);
  }

  /** A descriptor of a network ring. */
  descriptor(ring: number, index: number, address: number, length: number, flags = 0): this {
    return this.u32(ring + index * abi.DESC_SIZE, address, length, flags, 0);
  }

  /** A request of a block queue. */
  request(ring: number, index: number, r: Request): this {
    const at = ring + index * abi.BLOCK_REQUEST_SIZE;
    const table = r.table ?? 0;
    r.segments?.forEach(([address, length], i) => {
      this.u32(table + i * abi.SEGMENT_SIZE, address, length);
    });
    this.u32(at + abi.BLOCK_REQUEST_OP, r.operation, r.token ?? index);
    this.u64(at + abi.BLOCK_REQUEST_OFFSET, r.offset ?? 0n);
    this.u32(at + abi.BLOCK_REQUEST_SEGMENTS, table, r.count ?? r.segments?.length ?? 0);
    return this.u64(at + abi.BLOCK_REQUEST_LENGTH, r.length ?? 0n);
  }

  /** As a data segment of WebAssembly text; what is zero is left out. */
  data(): string {
    const fields: string[] = [];
    for (let at = 0; at < this.bytes.length; at += 64) {
      const line = this.bytes.subarray(at, at + 64);
      if (line.every((b) => b === 0)) continue;
      const text = Array.from(line, (b) => `\\${b.toString(16).padStart(2, "0")}`).join("");
      fields.push(`(data (i32.const ${at}) "${text}")`);
    }
    return fields.join("\n");
  }
}

export interface Request {
  readonly operation: number;
  readonly token?: number;
  readonly offset?: bigint;
  /** Where the segments' table lies. */
  readonly table?: number;
  readonly segments?: readonly (readonly [address: number, length: number])[];
  /** Another count of segments than there are. */
  readonly count?: number;
  /** Of a discard. */
  readonly length?: bigint;
}
