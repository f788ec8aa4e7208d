/**
 * What is printed when the guest traps: the reason, and its stack in terms of its TypeScript sources.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { FAULT } from "./native.ts";
import { printable } from "./printable.ts";

/** A frame of the guest as V8 prints it. */
const FRAME = /^\s*at (?:(.*) \()?wasm:\/\/wasm\/[^()]*:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/** Most frames that are printed. */
export const FRAMES_MAX = 32;

/** Most bytes that a call may lie behind the nearest place that the map knows: the optimiser merges code. */
const NEAR = 64;

/** An image's source map as it was read before the lock-down; it is parsed when there is a trap. */
export interface MapFile {
  readonly text: string;
  /** What the map's sources are relative to, and the working directory: later neither can be asked for. */
  readonly directory: string;
  readonly workingDirectory: string;
}

/**
 * Reads the map that lies beside an image, if there is one.
 * @param image the image's path
 */
export function readMap(image: string): MapFile | undefined {
  try {
    const directory = path.dirname(path.resolve(image));
    return { text: readFileSync(`${image}.map`, "utf8"), directory, workingDirectory: process.cwd() };
  } catch {
    return undefined;
  }
}

interface ImageMap extends MapFile {
  readonly source: SourceMap;
  /** The names of functions by index, which `fata build` adds: they are not in the image. */
  readonly functions: readonly string[];
}

/** Throws where the map is broken, which may also show when it is used. */
function parseMap(file: MapFile | undefined): ImageMap | undefined {
  if (!file) return undefined;
  const map = JSON.parse(file.text);
  const functions = Array.isArray(map.x_functions) ? map.x_functions : [];
  return { ...file, source: new SourceMap(map), functions };
}

/**
 * Describes a trap.
 * @param error what start, step, event or a hypercall has thrown
 * @param file the image's source map
 * @returns the reason, then a line for each frame, innermost first
 */
export function describeTrap(error: unknown, file: MapFile | undefined): string {
  try {
    return describe(error, parseMap(file));
  } catch {
    /* A broken map hides no trap. */
    return describe(error, undefined);
  }
}

function describe(error: unknown, map: ImageMap | undefined): string {
  const lines = [`trap: ${printable(reason(error))}`];
  for (const line of String((error as Error).stack).split("\n")) {
    const [, name, index, offset] = FRAME.exec(line) ?? [];
    if (offset === undefined) continue;
    const known = name ?? map?.functions[Number(index)];
    const at = place(map, Number.parseInt(offset, 16));
    lines.push(printable(`    at ${known || `wasm-function[${index}]`} (${at})`));
  }
  return lines.join("\n");
}

function reason(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError || (error as NodeJS.ErrnoException).code === FAULT)
    return (error as Error).message;
  if (error instanceof RangeError && /call stack/.test(error.message)) return "the stack is exhausted";
  return String(error);
}

/** Where a byte of the module comes from. A wasm source map has one line, whose columns are the module's bytes. */
function place(map: ImageMap | undefined, offset: number): string {
  for (let at = offset; map && at >= offset - NEAR; at--) {
    const entry = map.source.findEntry(0, at);
    if (!("originalSource" in entry) || !entry.originalSource) continue;
    const { originalSource: source, originalLine, originalColumn } = entry;
    return `${shorten(source, map)}:${originalLine + 1}:${originalColumn + 1}`;
  }
  return `0x${offset.toString(16)}`;
}

/** A source's path as a person would type it. AssemblyScript's own sources have names only. */
function shorten(source: string, { directory, workingDirectory }: ImageMap): string {
  if (source.startsWith("~lib/")) return source;
  const file = path.resolve(directory, source);
  const relative = path.relative(workingDirectory, file);
  return relative.startsWith("..") ? file : relative;
}
