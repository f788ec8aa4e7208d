/** The data segments of an image. */
import { Reader, WasmError } from "../pipeline/reader.ts";
import type { Section } from "../pipeline/sections.ts";
import { TEXT_HEAD, textsIn } from "../pipeline/texts.ts";
import { HEADER } from "./code.ts";
import { type Part, whole } from "./part.ts";

/** Longest piece of a text that is shown. */
const SHOWN = 32;
/** asc's number of the class String. Objects have it and their size before them, each an u32. */
const STRING = 2;
const HEAD_SIZE = 8;
/** Where these are in a segment: before them, a header has words that are zero, and so may lie in a segment of its own. */
const HEADS = [0, 12];
/** At most so many zeros are left out at the end of a segment, for there is something else behind. */
const TRIMMED = 16;

/** The parts of a data section (specification, 5.5.14), one for each segment. */
export function dataParts(wasm: Uint8Array, section: Section): Part[] {
  const reader = new Reader(wasm, section.end - section.content.length, section.end);
  const count = reader.u32();
  const header = reader.at - section.start;
  const parts: Part[] = [];
  for (let index = 0; index < count; index++) {
    const start = reader.at;
    const place = readPlace(reader);
    const content = reader.take(reader.u32());
    const texts = textsIn(content);
    const name = `segment ${index}${place}`;
    const bytes = reader.at - start;
    if (texts.length > 0) parts.push(whole(`${name}, texts`, packed(texts, bytes)));
    else parts.push({ name: `${name}${textIn(content)}`, bytes });
  }
  return [{ name: HEADER, bytes: header + (section.end - reader.at) }, ...parts];
}

/** The parts of a segment of packed texts: each with what says where it goes, and the rest. */
function packed(texts: readonly string[], bytes: number): Part[] {
  const parts = texts.map((text) => ({ name: shown(text), bytes: TEXT_HEAD + text.length }));
  return [...parts, { name: HEADER, bytes: parts.reduce((left, part) => left - part.bytes, bytes) }];
}

/** The beginning of a text. */
function shown(text: string): string {
  return `${JSON.stringify(text.slice(0, SHOWN))}${text.length > SHOWN ? "..." : ""}`;
}

/** Where a segment goes in memory, where that is a plain number. */
function readPlace(reader: Reader): string {
  const kind = reader.u32();
  if (kind === 1) return ", passive";
  if (kind === 2) reader.u32();
  else if (kind !== 0) throw new WasmError("it has a data segment of an unknown kind");
  const address = readExpression(reader);
  return address === undefined ? "" : ` at 0x${(address >>> 0).toString(16)}`;
}

const END = 0x0b;
const I32_CONST = 0x41;
/** Constant instructions (specification, 3.3.10) by what follows them. */
const NUMBERED = [0x23, 0x42, 0xd2];
const PLAIN = [0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e];

function readExpression(reader: Reader): number | undefined {
  let address: number | undefined;
  for (let length = 0; ; length++) {
    const code = reader.byte();
    if (code === END) return length === 1 ? address : undefined;
    if (code === I32_CONST) address = reader.i32();
    else if (NUMBERED.includes(code)) reader.i32();
    else if (!PLAIN.includes(code)) throw new WasmError("it has a data segment at an unknown kind of place");
  }
}

/** The text of a static string, where a segment is one. */
function textIn(content: Uint8Array): string {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  for (const at of HEADS) {
    const start = at + HEAD_SIZE;
    if (start >= content.length || view.getUint32(at, true) !== STRING) continue;
    const missing = view.getUint32(at + 4, true) - (content.length - start);
    if (missing < 0 || missing > TRIMMED) continue;
    const all = Buffer.alloc(content.length - start + (missing & 1)); // the last character's upper octet is zero
    all.set(content.subarray(start));
    return `: ${shown(new TextDecoder("utf-16le").decode(all))}`;
  }
  return "";
}
