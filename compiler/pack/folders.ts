/** The folders that are compiled into an image: their bytes, and the module that says where they are. */
import type { Folder } from "../config/folder.ts";
import { DATA_START } from "../pipeline/data.ts";
import { crunchFolder } from "./crunch.ts";

/** Alignment of an archive: that of its numbers. */
const ALIGNMENT = 8;

export interface CrunchedFolders {
  /** What lies at DATA_START. */
  readonly data: Uint8Array;
  /** The text of the library module "fata/folders". */
  readonly module: string;
}

/** @param folders with the names that main.ts has them by */
export function crunchFolders(folders: ReadonlyMap<Folder, string>): CrunchedFolders {
  const parts: Uint8Array[] = [];
  const lines: string[] = [];
  let length = 0;
  for (const [{ path, compress, site }, name] of folders) {
    const archive = crunchFolder(path, { compress, site });
    lines.push(`  export const ${name}: usize = ${DATA_START + length};`);
    const gap = -archive.length & (ALIGNMENT - 1);
    parts.push(archive, new Uint8Array(gap));
    length += archive.length + gap;
  }
  const module = ["/** Where the folders that were compiled into the image lie. */", "export namespace folders {"];
  return { data: Buffer.concat(parts), module: [...module, ...lines, "}", ""].join("\n") };
}
