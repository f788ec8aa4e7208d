/** Native sections of an image: a hash, then an ELF file with a symbol for each function (docs/native-abi.md). */
import { readElf } from "../native/elf.ts";
import { XXH64_SIZE } from "../native/xxh64.ts";
import type { Section } from "../pipeline/sections.ts";
import { CodeTally, HEADER } from "./code.ts";
import type { CodeMap } from "./map.ts";
import { areas } from "./origin.ts";
import type { Part } from "./part.ts";
import { whole } from "./part.ts";

/** Flag of a segment. */
const EXECUTE = 1;

/** The parts of a native section; what is no ELF file is one part. */
export function nativeParts(section: Section, map: CodeMap): Part[] {
  const { content, start, end } = section;
  const header = { name: HEADER, bytes: end - start - content.length };
  const file = content.subarray(XXH64_SIZE);
  return [header, { name: "hash of the image", bytes: content.length - file.length }, ...elfParts(file, map)];
}

function elfParts(file: Uint8Array, map: CodeMap): Part[] {
  try {
    const { segments, functions } = readElf(file);
    const code = segments.filter(({ flags }) => flags & EXECUTE);
    const data = segments.filter(({ flags }) => !(flags & EXECUTE));
    const tally = new CodeTally(map);
    for (const { name, size } of functions) tally.addWhole(size, name);
    const named = whole("functions", tally.parts);
    const sizes = { code: total(code), data: total(data) };
    const rest = file.length - sizes.code - sizes.data;
    if (named.bytes > sizes.code || rest < 0) throw new Error("its parts overlap");
    const other = { name: areas.unknown, bytes: sizes.code - named.bytes };
    return [
      whole("machine code", [...(named.parts ?? []), other]),
      { name: "data", bytes: sizes.data },
      { name: "headers and symbols", bytes: rest },
    ];
  } catch {
    return [{ name: "content", bytes: file.length }];
  }
}

function total(segments: readonly { readonly fileSize: number }[]): number {
  return segments.reduce((sum, { fileSize }) => sum + fileSize, 0);
}
