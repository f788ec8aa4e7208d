/**
 * An image's large data, such as the folders that are compiled into it, past wasm2c and the C compiler: as the text of C a
 * megabyte of it would take them seconds. The assembler takes it as it is (DATA_FILE of c/macros.h).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Reader } from "../pipeline/reader.ts";
import { sectionsOf, unsigned } from "../pipeline/sections.ts";

/** Segments of fewer bytes stay where they are. */
const LARGE = 4096;
const DATA = 11;
const I32_CONST = 0x41;
/** What stands for a large segment, in wasm and in the C that wasm2c makes of it. */
const STAND_IN = Uint8Array.of(1, 0);

/** A data segment that was taken out. */
export interface LargeData {
  /** Its index, by which wasm2c calls it. */
  readonly index: number;
  readonly content: Uint8Array;
}

/**
 * Has a byte stand for each large data segment (core specification, 5.5.14). Those that are not simply at a number, which
 * asc does not make, are left alone, and all behind them.
 */
export function withoutLargeData(wasm: Uint8Array): { wasm: Uint8Array; large: LargeData[] } {
  const section = sectionsOf(wasm).find(({ id }) => id === DATA);
  const large: LargeData[] = [];
  if (!section) return { wasm, large };
  const reader = new Reader(section.content);
  const count = reader.u32();
  const parts = [section.content.subarray(0, reader.at)];
  let done = reader.at;
  for (let index = 0; index < count && reader.byte() === 0 && reader.byte() === I32_CONST; index++) {
    reader.i32();
    reader.byte(); // the expression's end
    const start = reader.at;
    const content = reader.take(reader.u32());
    if (content.length < LARGE) continue;
    large.push({ index, content });
    parts.push(section.content.subarray(done, start), STAND_IN);
    done = reader.at;
  }
  const content = Buffer.concat([...parts, section.content.subarray(done)]);
  const whole = [wasm.subarray(0, section.start), Uint8Array.of(DATA), unsigned(content.length), content];
  return { wasm: Buffer.concat([...whole, wasm.subarray(section.end)]), large };
}

/**
 * Puts large data in the places of what stands for it.
 * @param text of wasm2c
 * @param folder where the text is compiled: gets a file for each
 */
export function withLargeData(text: string, large: readonly LargeData[], folder: string): string {
  return large.reduce((rest, { index, content }) => {
    const [name, file] = [`data_segment_data_w2c_image_d${index}`, `data${index}.bin`];
    writeFileSync(join(folder, file), content);
    const defined = replaceOnce(rest, `static const u8 ${name}[] = {\n  0x00, \n};`, `DATA_FILE(${name}, "${file}")`);
    return replaceOnce(defined, ` ${name}, 1);`, ` ${name}, ${content.length});`);
  }, text);
}

function replaceOnce(text: string, old: string, by: string): string {
  const at = text.indexOf(old);
  if (at < 0) throw new Error(`wasm2c writes another C than this compiler knows: ${old}`);
  return text.slice(0, at) + by + text.slice(at + old.length);
}
