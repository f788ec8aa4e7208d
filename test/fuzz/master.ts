/**
 * Master files: whatever a file holds, it is compiled or refused with a line of it, in bounded time; what is compiled is the
 * same block each time, and passes the check of runtime/dns/zone/check.ts (the target `zones`).
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ProjectError } from "../../compiler/errors.ts";
import { compileZones } from "../../compiler/zone/index.ts";
import { ZONE_CHECKSUM } from "../../runtime/dns/zone/format.ts";
import type { Target } from "./target.ts";
import { openZones, ZONES_SIZE } from "./zones.ts";

export function masterTarget(): Target {
  const folder = mkdtempSync(path.join(tmpdir(), "fata-fuzz-master-"));
  const file = path.join(folder, "z.zone");
  const open = openZones();
  /** Blocks that were looked at, by their checksums: most mutations lead to few. */
  const seen = new Set<number>();
  return {
    name: "master",
    cost: 4,
    feed(input) {
      writeFileSync(file, input);
      const block = compile(file, input);
      const sum = block?.readUInt32LE(ZONE_CHECKSUM);
      if (!block || sum === undefined || seen.has(sum)) return;
      seen.add(sum);
      if (!block.equals(compileZones([file]).block)) throw new Error("another block the second time");
      if (block.length <= ZONES_SIZE && !open(block)) throw new Error("the image refuses what was compiled");
    },
  };
}

/** @returns undefined when the file was refused, as it should be */
function compile(file: string, input: Uint8Array): Buffer | undefined {
  try {
    return compileZones([file]).block;
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    const lines = Buffer.from(input).toString("latin1").split("\n").length;
    const { line = 0 } = error.site ?? {};
    if (line < 1 || line > lines) throw new Error(`line ${line} of ${lines}: ${error.message}`);
    return undefined;
  }
}
