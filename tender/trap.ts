/**
 * What is printed when the guest traps: the reason, and its stack in terms of its TypeScript sources.
 */
import { SourceMap } from "node:module";
import { FAULT } from "./native.ts";

/** A frame of the guest as V8 prints it. */
const FRAME = /^\s*at (?:(.*) \()?wasm:\/\/wasm\/[^()]*:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/** Most frames that are printed. */
export const FRAMES_MAX = 32;

/**
 * Describes a trap.
 * @param error what start, step, event or a hypercall has thrown
 * @param map text of the image's source map, read before the lock-down, or undefined
 * @returns the reason, then a line for each frame, innermost first
 */
export function describeTrap(error: unknown, map: string | undefined): string {
  const lines = [`trap: ${reason(error)}`];
  const source = readMap(map);
  for (const line of String((error as Error).stack).split("\n")) {
    const [, name, index, offset] = FRAME.exec(line) ?? [];
    if (offset === undefined) continue;
    lines.push(`    at ${name ?? `wasm-function[${index}]`} (${place(source, Number.parseInt(offset, 16))})`);
  }
  return lines.join("\n");
}

function reason(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError || (error as NodeJS.ErrnoException).code === FAULT)
    return (error as Error).message;
  if (error instanceof RangeError && /call stack/.test(error.message)) return "the stack is exhausted";
  return String(error);
}

function readMap(text: string | undefined): SourceMap | undefined {
  if (text === undefined) return undefined;
  try {
    return new SourceMap(JSON.parse(text));
  } catch {
    /* A broken map hides no trap. */
    return undefined;
  }
}

/** Where a byte of the module comes from. A wasm source map has one line, whose columns are the module's bytes. */
function place(map: SourceMap | undefined, offset: number): string {
  const entry = map?.findEntry(0, offset);
  if (entry === undefined || !("originalSource" in entry) || !entry.originalSource) return `0x${offset.toString(16)}`;
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}
