/**
 * Prints the ABI for those who do not read TypeScript: the C header (tender/native/abi.h) and the WIT world
 * (docs/abi.wit), both from runtime/abi/tender.ts, its only definition.
 *
 *     node build/tools/abi.js            writes both files
 *     node build/tools/abi.js --check    fails when a file is not what would be written
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { printHeader } from "./abi/header.ts";
import { parseAbi } from "./abi/parse.ts";
import { printWorld } from "./abi/wit.ts";

const SOURCE = "runtime/abi/tender.ts";

/**
 * The files that follow from the ABI.
 * @param text the content of runtime/abi/tender.ts
 * @returns their content by path
 */
export function generate(text: string): ReadonlyMap<string, string> {
  const abi = parseAbi(text, SOURCE);
  return new Map([
    ["tender/native/abi.h", printHeader(abi)],
    ["docs/abi.wit", printWorld(abi)],
  ]);
}

/**
 * The files that are not what the ABI says.
 * @param text the content of runtime/abi/tender.ts
 * @param read reads a file by its path, undefined when it is not there
 * @returns the paths of the files that differ
 */
export function drift(text: string, read: (path: string) => string | undefined): string[] {
  return [...generate(text)].filter(([path, content]) => read(path) !== content).map(([path]) => path);
}

function main(args: readonly string[]): number {
  // build/tools/abi.js -> the repository
  const root = new URL("../../", import.meta.url);
  const at = (path: string) => fileURLToPath(new URL(path, root));
  const text = readFileSync(at(SOURCE), "utf8");
  if (args.length === 1 && args[0] === "--check") {
    const stale = drift(text, (path) => {
      try {
        return readFileSync(at(path), "utf8");
      } catch {
        return undefined;
      }
    });
    for (const path of stale) console.error(`${path} does not follow ${SOURCE}; run: npm run abi`);
    return stale.length === 0 ? 0 : 1;
  }
  if (args.length > 0) {
    console.error(`unknown argument ${args[0]}; expected nothing or --check`);
    return 64;
  }
  for (const [path, content] of generate(text)) writeFileSync(at(path), content);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
