/** A folder as a tar archive. */
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { create } from "tar";
import type { Site } from "../errors.ts";
import { packedTime, walk, wholeBlocks } from "./walk.ts";

/** Told of each file before it is packed: its number from 1 on, and how many there are. */
export type PackProgress = (done: number, all: number) => void;

/**
 * Packs a folder. The same files give the same bytes: owners and times are not packed, and permissions only as far as
 * they say whether a file can be executed.
 * @param target where the archive goes
 * @throws ProjectError for what cannot be packed
 */
export function packTar(folder: string, target: string, progress: PackProgress = () => {}, site?: Site): void {
  const entries = walk(folder, site);
  // Two blocks of zeros are the end of an archive.
  if (entries.length === 0) {
    writeFileSync(target, new Uint8Array(wholeBlocks(1024)));
    return;
  }
  let done = 0;
  create(
    {
      sync: true,
      file: target,
      cwd: folder,
      portable: true,
      noDirRecurse: true,
      mtime: new Date(packedTime()),
      onWriteEntry: () => progress(++done, entries.length),
    },
    // Of a name that begins with @ it would take the entries of the archive which has that name.
    entries.map(({ key }) => `./${key}`),
  );
  truncateSync(target, wholeBlocks(statSync(target).size));
}
