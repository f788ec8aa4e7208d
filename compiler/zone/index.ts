/** Zone files as they are compiled into an image, or packed onto a disk. */
import { basename } from "node:path";
import type { Site } from "../errors.ts";
import { layOut } from "./block.ts";
import { checkZone } from "./check.ts";
import { readMaster } from "./master.ts";
import { NameError, parseName, ROOT, showName } from "./names.ts";
import { Problems } from "./problems.ts";
import { makeZone, type Zone } from "./zone.ts";

export interface CompiledZones {
  /** What runtime/dns/zone/format.ts draws. */
  readonly block: Buffer;
  /** A line for each warning. */
  readonly warnings: readonly string[];
}

/**
 * Compiles zone files into one block.
 * @param files absolute; relative names of a file NAME.zone are below NAME until its first $ORIGIN
 * @throws ProjectError that tells all errors, each with file, line and reason
 */
export function compileZones(files: readonly string[]): CompiledZones {
  const problems = new Problems();
  const zones = new Map<string, Zone>();
  for (const file of files) {
    const start: Site = { file, line: 1 };
    const errorsBefore = problems.errorCount;
    const records = readMaster(file, originOf(file), problems);
    const zone = records.length > 0 ? makeZone(records, start, problems) : undefined;
    if (records.length === 0 && problems.errorCount === errorsBefore) problems.error("the file has no records", start);
    if (!zone) continue;
    checkZone(zone, problems);
    if (zones.has(zone.apex)) problems.error(`the zone ${showName(zone.apex)} is given twice`, zone.soa.site);
    zones.set(zone.apex, zone);
  }
  problems.refuseErrors();
  return { block: layOut([...zones.values()]), warnings: problems.warnings };
}

/** `example.org` for example.org.zone. */
function originOf(file: string): string | undefined {
  const name = basename(file);
  if (!name.endsWith(".zone")) return undefined;
  try {
    return parseName(name.slice(0, -".zone".length), ROOT);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return undefined;
  }
}
