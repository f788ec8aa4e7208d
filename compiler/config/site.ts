import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Site } from "../errors.ts";

/** This folder: its own frames are not what the user wrote. */
const here = dirname(fileURLToPath(import.meta.url)) + sep;
const loader = join(here, "..", "project") + sep;

/**
 * The line that called into "fata/config": of config.ts or of a file it imports, and only where there is no such of a
 * package. jiti keeps line numbers when it transforms TypeScript, so V8's own call sites are right.
 */
export function callSite(): Site | undefined {
  const sites = callers();
  return sites.find((site) => !site.file.includes(`${sep}node_modules${sep}`)) ?? sites[0];
}

/** A path that config.ts names, or a file it imports: from the folder of the file that says it. */
export function pathFromHere(path: string): string {
  return resolve(dirname(callers()[0]?.file ?? "."), path);
}

/** The lines that led here, the innermost first. */
function callers(): Site[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 50;
    Error.prepareStackTrace = (_error, frames) => frames;
    const frames = new Error().stack as unknown as NodeJS.CallSite[];
    const sites: Site[] = [];
    let callee: string | null = null;
    for (const frame of frames) {
      const file = pathOf(frame.getFileName());
      const line = frame.getLineNumber();
      if (file && line && !file.startsWith(here) && !isLoader(file))
        sites.push({ file, line, ...(callee && { callee }) });
      // Of the functions here the outermost is what config.ts calls; what config.ts calls of its own has no caret.
      callee = file?.startsWith(here) ? frame.getFunctionName() : null;
    }
    return sites;
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}

/** Whether a file is of the machinery that runs config.ts, not of what it runs. */
function isLoader(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}jiti${sep}`) || file.startsWith(loader);
}

/** The path of a frame's file; undefined for Node's own modules and for native frames such as Array.map. */
function pathOf(name: string | null | undefined): string | undefined {
  if (!name || name.startsWith("node:")) return undefined;
  return name.startsWith("file:") ? fileURLToPath(name) : name;
}
