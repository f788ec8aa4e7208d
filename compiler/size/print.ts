/** Sizes as a table for people. */
import { visible } from "../visible.ts";
import type { Part } from "./part.ts";

/** Parts that are smaller than this share of the file are told together. */
const SMALL = 1 / 100;

interface Row {
  readonly bytes: number;
  readonly name: string;
}

/**
 * Prints a line for each part, below the whole that it belongs to.
 * @param all whether to print the small ones, too
 */
export function printSizes(image: Part, all: boolean): string {
  const least = all ? 0 : image.bytes * SMALL;
  const rows: Row[] = [{ bytes: image.bytes, name: image.name }, ...rowsBelow(image, "", least)];
  const numbers = rows.map(({ bytes }) => bytes.toLocaleString("en"));
  const width = Math.max("bytes".length, ...numbers.slice(0, 1).map((number) => number.length));
  const lines = rows.map(({ bytes, name }, index) => {
    const share = image.bytes === 0 ? 0 : (100 * bytes) / image.bytes;
    return `${(numbers[index] ?? "").padStart(width)}  ${share.toFixed(1).padStart(5)}  ${visible(name)}`;
  });
  return [`${"bytes".padStart(width)}  ${"%".padStart(5)}`, ...lines, ""].join("\n");
}

function rowsBelow({ parts = [] }: Part, indent: string, least: number): Row[] {
  const shown = parts.filter(({ bytes }) => bytes >= least);
  if (shown.length === 0) return []; // nothing to tell that the line of the whole does not
  const small = parts.filter(({ bytes }) => bytes < least);
  const [only] = small;
  const rest = small.reduce((sum, { bytes }) => sum + bytes, 0);
  // One alone takes no more room with its own name.
  if (only && small.length === 1) shown.push({ name: only.name, bytes: only.bytes });
  else if (only) shown.push({ name: `${small.length} smaller`, bytes: rest });
  return shown.flatMap((part, index) => {
    const last = index === shown.length - 1;
    const row = { bytes: part.bytes, name: `${indent}${last ? "└─" : "├─"} ${part.name}` };
    return [row, ...rowsBelow(part, `${indent}${last ? "   " : "│  "}`, least)];
  });
}
