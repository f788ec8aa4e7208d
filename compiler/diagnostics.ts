import { join } from "node:path";
import { shown } from "./output.ts";

/**
 * Makes asc's diagnostics point to files from where the user stands: `in unikernel.ts(3,5)`, which is relative to the
 * project, becomes `in examples/hello/unikernel.ts:3:5`. The library's own names stay; the count of errors at the end goes.
 * @param directory the project's folder, absolute
 */
export function locateDiagnostics(text: string, directory: string): string {
  const located = text.replace(
    / in ([^\n~(][^\n(]*)\((\d+),(\d+)\)/g,
    (_all, file: string, line: string, column: string) => {
      return ` in ${shown(join(directory, file))}:${line}:${column}`;
    },
  );
  return located.replace(/\n+FAILURE \d+ \w+ error\(s\)\s*$/, "");
}

/** Colours diagnostics and messages for a terminal. */
export function colourDiagnostics(text: string): string {
  return text
    .replace(/^(ERROR|fata:)/gm, `${RED}$1${RESET}`)
    .replace(/^WARNING/gm, `${YELLOW}WARNING${RESET}`)
    .replace(/^( *│ *)([~^]+)/gm, `$1${RED}$2${RESET}`);
}

const RED = "\u001b[91m";
const YELLOW = "\u001b[93m";
const RESET = "\u001b[0m";
