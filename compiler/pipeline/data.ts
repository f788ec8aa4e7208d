/** Data that is put into an image's memory as it is, past asc and Binaryen, which would take long for much of it. */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { Reader } from "./reader.ts";
import { sectionsOf, unsigned } from "./sections.ts";

/** Where such data begins: below, nothing is, so that a null pointer points to nothing. asc's own follows it. */
export const DATA_START = 1024;
/** asc's objects, strings among them, begin at multiples of this in static data. */
export const ALIGNMENT = 16;

const CODE = 10;
const DATA = 11;
const DATA_COUNT = 12;
const I32_CONST = 0x41;
const END = 0x0b;

/** Where asc's own static data begins, behind `length` bytes. */
export function behindData(length: number): number {
  return Math.ceil((DATA_START + length) / ALIGNMENT) * ALIGNMENT;
}

/** A piece of memory as it is at first. */
export interface Segment {
  readonly address: number;
  readonly content: Uint8Array;
}

/**
 * The wasm with a data segment more (WebAssembly core specification, 5.5.14), at DATA_START. Addresses stay as they are.
 * @param sourceMap of the wasm
 */
export function withData(
  wasm: Uint8Array,
  sourceMap: string,
  data: Uint8Array,
): { wasm: Uint8Array; sourceMap: string } {
  return replaceSegments(wasm, sourceMap, [{ address: DATA_START, content: data }, ...segmentsOf(wasm)]);
}

/** The data segments of a wasm, which has no others than active ones of memory 0, each at a number. */
export function segmentsOf(wasm: Uint8Array): Segment[] {
  const section = sectionsOf(wasm).find(({ id }) => id === DATA);
  if (!section) return [];
  const reader = new Reader(section.content);
  return Array.from({ length: reader.u32() }, () => {
    if (reader.byte() !== 0 || reader.byte() !== I32_CONST)
      throw new Error("the wasm has a data segment of another kind");
    const address = reader.i32();
    reader.byte(); // the expression's end
    return { address, content: reader.take(reader.u32()) };
  });
}

/**
 * The wasm with other data segments in place of its own.
 * @param sourceMap of the wasm
 */
export function replaceSegments(
  wasm: Uint8Array,
  sourceMap: string,
  segments: readonly Segment[],
): { wasm: Uint8Array; sourceMap: string } {
  const sections = sectionsOf(wasm);
  const code = sections.find(({ id }) => id === CODE);
  if (!code) throw new Error("the wasm has no code");
  const there = sections.find(({ id }) => id === DATA);
  const count = unsigned(segments.length);
  // An active segment of memory 0: kind, i32.const ADDRESS, end; its bytes.
  const written = segments.flatMap(({ address, content }) => [
    Uint8Array.of(0, I32_CONST, ...signed(address), END, ...unsigned(content.length)),
    content,
  ]);
  const size = unsigned(written.reduce((total, { length }) => total + length, count.length));
  const counted = sections.find(({ id }) => id === DATA_COUNT);
  const counter = counted ? [Uint8Array.of(DATA_COUNT, count.length), count] : [];
  const parts = [
    wasm.subarray(0, counted?.start ?? code.start),
    ...counter,
    wasm.subarray(code.start, code.end),
    ...[Uint8Array.of(DATA), size, count, ...written],
    wasm.subarray(there?.end ?? code.end),
  ];
  const moved = counted ? 2 + count.length - (counted.end - counted.start) : 0;
  return { wasm: Buffer.concat(parts), sourceMap: moved ? moveCode(sourceMap, moved) : sourceMap };
}

/** The source map of a wasm whose code lies further behind: of such a map, columns are places in the file. */
function moveCode(sourceMap: string, by: number): string {
  const map = JSON.parse(sourceMap) as { mappings: string };
  const lines = decode(map.mappings);
  for (const segment of lines.flat()) segment[0] += by;
  return JSON.stringify({ ...map, mappings: encode(lines) });
}

/** A positive LEB128 number, signed. */
function signed(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x40; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, value]);
}
