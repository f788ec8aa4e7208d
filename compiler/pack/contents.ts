/** What is compiled into an image besides code: its bytes, and the modules that say where they are. */
import type { Contents } from "../config/contents.ts";
import { DATA_START } from "../pipeline/data.ts";

/** Alignment: that of numbers. */
const ALIGNMENT = 8;

export interface PackedContents {
  /** What lies at DATA_START. */
  readonly data: Uint8Array;
  /** The texts of the library's modules "fata/folders" and "fata/zones". */
  readonly modules: Readonly<Record<string, string>>;
  /** A line for each warning. */
  readonly warnings: readonly string[];
}

/** @param all with the names that main.ts has them by */
export async function packContents(all: ReadonlyMap<Contents, string>): Promise<PackedContents> {
  const parts: Uint8Array[] = [];
  const lines: Record<Contents["namespace"], string[]> = { folders: [], zones: [] };
  const warned: string[] = [];
  let length = 0;
  for (const [contents, name] of all) {
    const { bytes, warnings } = await contents.read();
    lines[contents.namespace].push(`  export const ${name}: usize = ${DATA_START + length};`);
    const gap = -bytes.length & (ALIGNMENT - 1);
    parts.push(bytes, new Uint8Array(gap));
    length += bytes.length + gap;
    warned.push(...warnings);
  }
  const modules = Object.entries(lines).map(([namespace, texts]) => {
    const head = `/** Where the ${namespace} that were compiled into the image lie. */`;
    return [`fata/${namespace}`, [head, `export namespace ${namespace} {`, ...texts, "}", ""].join("\n")];
  });
  return { data: Buffer.concat(parts), modules: Object.fromEntries(modules), warnings: warned };
}
