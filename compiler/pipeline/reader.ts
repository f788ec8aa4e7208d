/** Reads the binary format of wasm (core specification, 5), and no further than a part of it reaches. */

/** Says why bytes are no wasm. */
export class WasmError extends Error {}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** Where it stands: the next byte's offset. */
  at: number;

  /** @param start offset of the first byte to read, @param end of that behind the last */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
    this.at = start;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  byte(): number {
    if (this.done) throw new WasmError("it is truncated");
    return this.#bytes[this.at++] ?? 0;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw new WasmError("it has a number that is too long");
  }

  /** A signed LEB128 number, of which the lower 32 bits are given. */
  i32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      return byte & 0x40 && shift < 25 ? value | (-1 << (shift + 7)) : value;
    }
    throw new WasmError("it has a number that is too long");
  }

  take(length: number): Uint8Array {
    if (length > this.#end - this.at) throw new WasmError("it is truncated");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return UTF8.decode(this.take(this.u32()));
  }
}
