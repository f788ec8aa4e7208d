/** Data that is put into an image's memory as it is, past asc and Binaryen, which would take long for much of it. */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { Reader } from "./reader.ts";
import { sectionsOf, unsigned } from "./sections.ts";

/** Where such data begins: below, nothing is, so that a null pointer points to nothing. asc's own follows it. */
export const DATA_START = 1024;
/** Alignment of what asc puts behind it: that of its objects. */
const ALIGNMENT = 16;

const CODE = 10;
const DATA = 11;
const DATA_COUNT = 12;

/** Where asc's own static data begins, behind `length` bytes. */
export function behindData(length: number): number {
  return Math.ceil((DATA_START + length) / ALIGNMENT) * ALIGNMENT;
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
  const sections = sectionsOf(wasm);
  const code = sections.find(({ id }) => id === CODE);
  if (!code) throw new Error("the wasm has no code");
  const there = sections.find(({ id }) => id === DATA);
  const reader = new Reader(there?.content ?? Uint8Array.of(0));
  const count = unsigned(reader.u32() + 1);
  const rest = there?.content.subarray(reader.at) ?? new Uint8Array();
  // An active segment of memory 0: kind, i32.const DATA_START, end; its bytes.
  const head = Uint8Array.of(0, 0x41, ...signed(DATA_START), 0x0b, ...unsigned(data.length));
  const size = unsigned(count.length + head.length + data.length + rest.length);
  const counted = sections.find(({ id }) => id === DATA_COUNT);
  const counter = counted ? [Uint8Array.of(DATA_COUNT, count.length), count] : [];
  const parts = [
    wasm.subarray(0, counted?.start ?? code.start),
    ...counter,
    wasm.subarray(code.start, code.end),
    ...[Uint8Array.of(DATA), size, count, head, data, rest],
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
