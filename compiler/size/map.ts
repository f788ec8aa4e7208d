/** An image's source map: which bytes of its code come from which file. It may be any file of that name. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { decode } from "@jridgewell/sourcemap-codec";
import { shown } from "../output.ts";

/** From `offset` of the image to the next run's, the code is of `source`; of none where that is empty. */
interface Run {
  readonly offset: number;
  readonly source: string;
}

export class CodeMap {
  /** The names of functions by index. */
  readonly functions: readonly string[];
  readonly #runs: readonly Run[];
  readonly #sources: readonly string[];

  constructor(functions: readonly string[], sources: readonly string[] = [], runs: readonly Run[] = []) {
    this.functions = functions;
    this.#sources = sources;
    this.#runs = runs;
  }

  /**
   * Reads the map that lies beside an image.
   * @returns undefined where there is none, or it is none
   */
  static read(image: string): CodeMap | undefined {
    try {
      return CodeMap.parse(readFileSync(`${image}.map`, "utf8"), dirname(resolve(image)));
    } catch {
      return undefined;
    }
  }

  /**
   * @param folder that the map's sources are relative to
   * @throws Error when the text is no map
   */
  static parse(text: string, folder: string): CodeMap {
    const { sources, mappings, x_functions } = JSON.parse(text);
    const files = listOf(sources).map((source) =>
      source.startsWith("~lib/") ? source : shown(resolve(folder, source)),
    );
    // A map of wasm has one line, whose columns are the module's bytes.
    const [line = []] = decode(String(mappings).split(";", 1)[0] ?? "");
    const runs = line.map(([offset, source]) => ({ offset, source: (source !== undefined && files[source]) || "" }));
    return new CodeMap(
      listOf(x_functions),
      files,
      runs.sort((a, b) => a.offset - b.offset),
    );
  }

  /** The file of a module that asc's names of functions have without its ending. */
  fileOf(module: string): string {
    if (module === "") return "";
    const file = `${module}.ts`;
    return this.#sources.find((source) => source === file || source.endsWith(`/${file}`)) ?? file;
  }

  /**
   * Divides a stretch of code among its files.
   * @param own the file of what has no place in the map, such as a function's local variables
   */
  divide(start: number, end: number, own: string, add: (bytes: number, source: string) => void): void {
    let at = start;
    for (let index = this.#firstBehind(start); at < end; index++) {
      const next = Math.min(this.#runs[index]?.offset ?? end, end);
      // What lies before the function's first place belongs to it, not to the one before.
      const run = at === start ? undefined : this.#runs[index - 1];
      if (next > at) add(next - at, run?.source || own);
      at = next;
    }
  }

  /** The first run that begins behind an offset. */
  #firstBehind(offset: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle]?.offset ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === "string" ? item : "")) : [];
}
