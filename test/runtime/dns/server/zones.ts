/** Zones of tests, from the text of their files. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { compileZones } from "../../../../compiler/zone/index.ts";

/** The block of zones. @param texts of master files, which name their origins */
export function zonesOf(...texts: readonly string[]): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), "fata-zones-"));
  try {
    const files = texts.map((text, i) => {
      const file = path.join(folder, `zone${i}`);
      writeFileSync(file, text);
      return file;
    });
    return compileZones(files).block;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
