/** Zone files as a disk. */
import { compileZones } from "../zone/index.ts";

/** Bytes of a disk's block. */
const BLOCK = 4096;

/**
 * The contents of a disk. Warnings go to standard error.
 * @param files absolute @throws ProjectError
 */
export function packZones(files: readonly string[]): Uint8Array {
  const { block, warnings } = compileZones(files);
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  return Buffer.concat([block, Buffer.alloc(-block.length & (BLOCK - 1))]);
}
