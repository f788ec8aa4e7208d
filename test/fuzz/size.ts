/**
 * `fata size`, of any image with any map beside it: it says why it is none, or its parts add up to all of it, and no name
 * gives the terminal commands.
 */
import { WasmError } from "../../compiler/pipeline/reader.ts";
import { measure } from "../../compiler/size/image.ts";
import { CodeMap } from "../../compiler/size/map.ts";
import type { Part } from "../../compiler/size/part.ts";
import { printSizes } from "../../compiler/size/print.ts";
import type { Target } from "./target.ts";
import { OBEYED } from "./text.ts";

export function sizeTarget(): Target {
  return {
    name: "size",
    feed(input) {
      // The map's length, the map, the image.
      const length = (input[0] ?? 0) + 256 * (input[1] ?? 0);
      const map = readMap(new TextDecoder().decode(input.subarray(2, 2 + length)));
      const image = input.subarray(2 + length);
      const measured = read(image, map);
      if (!measured) return;
      if (measured.bytes !== image.length) throw new Error(`${image.length} bytes are told to be ${measured.bytes}`);
      checkSums(measured);
      if (
        printSizes(measured, true)
          .split("\n")
          .some((line) => OBEYED.test(line))
      )
        throw new Error("prints what a terminal obeys");
    },
  };
}

function readMap(text: string): CodeMap | undefined {
  try {
    return CodeMap.parse(text, "/images");
  } catch {
    return undefined; // as CodeMap.read does
  }
}

function read(image: Uint8Array, map: CodeMap | undefined): Part | undefined {
  try {
    return measure("image.wasm", image, map);
  } catch (error) {
    if (error instanceof WasmError && /^it (is|has) /.test(error.message)) return undefined;
    throw error;
  }
}

/** Throws unless the parts of each part add up to it. */
export function checkSums(part: Part): void {
  if (!(part.bytes >= 0)) throw new Error(`${part.name} has ${part.bytes} bytes`);
  if (!part.parts) return;
  const sum = part.parts.reduce((bytes, inner) => bytes + inner.bytes, 0);
  if (sum !== part.bytes) throw new Error(`${part.name} has ${part.bytes} bytes, its parts ${sum}`);
  for (const inner of part.parts) checkSums(inner);
}
