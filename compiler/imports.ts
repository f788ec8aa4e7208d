/**
 * What an image may import: hypercalls, and nothing else. Some of AssemblyScript's standard library compiles to imports
 * of a JavaScript host, which a tender is not.
 */
import { ProjectError } from "./errors.ts";

/** The module of the hypercalls; asc names it after the file that declares them, runtime/abi/tender.ts. */
const HYPERCALLS = "tender";

interface Foreign {
  readonly when: RegExp;
  readonly text: string;
}

/** By asc's name of the import: what the application wrote, and what to write instead. */
const foreign: readonly Foreign[] = [
  { when: /^env\.console\./, text: 'for console.log write log.info of "fata"' },
  { when: /^env\.seed$/, text: 'for Math.random() write randomU32() or randomBelow(n) of "fata"' },
  { when: /^env\.Date\./, text: 'for Date.now() write wallNow() of "fata", in ns' },
  { when: /^env\.performance\./, text: 'for performance.now() write now() of "fata", in ns' },
];

/**
 * Refuses what no tender could run.
 * @param name of the image
 * @throws ProjectError
 */
export function checkImports(name: string, wasm: Uint8Array): void {
  for (const entry of WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(wasm)))) {
    if (entry.module === HYPERCALLS) continue;
    const imported = `${entry.module}.${entry.name}`;
    const known = foreign.find(({ when }) => when.test(imported));
    const mend = known?.text ?? "remove the declaration that it comes from";
    throw new ProjectError(`${name} imports ${imported}, which no tender has; ${mend}`);
  }
}
