import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Site } from "../errors.ts";

/** This folder: its own frames are not what the user wrote. */
const here = dirname(fileURLToPath(import.meta.url)) + sep;

/**
 * The line of config.ts (or of a file it imports) that called into "fata/config". jiti keeps line numbers when it
 * transforms TypeScript, so V8's own call sites are right.
 */
export function callSite(): Site | undefined {
  const prepare = Error.prepareStackTrace;
  try {
    Error.prepareStackTrace = (_error, frames) => frames;
    const frames = new Error().stack as unknown as NodeJS.CallSite[];
    for (const frame of frames) {
      const file = pathOf(frame.getFileName());
      const line = frame.getLineNumber();
      if (file && line && !file.startsWith(here)) return { file, line };
    }
    return undefined;
  } finally {
    Error.prepareStackTrace = prepare;
  }
}

/** The path of a frame's file; undefined for Node's own modules and for native frames such as Array.map. */
function pathOf(name: string | null | undefined): string | undefined {
  if (!name || name.startsWith("node:")) return undefined;
  return name.startsWith("file:") ? fileURLToPath(name) : name;
}
