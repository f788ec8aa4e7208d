/** Where a function comes from, by its name and by the source map. */

/** The parts of a program, as a person who writes one sees them. */
export const areas = {
  application: "application",
  runtime: "library OS (fata)",
  assemblyscript: "AssemblyScript's library",
  compiler: "made by the compiler",
  unknown: "without a name",
} as const;

export interface Origin {
  readonly area: string;
  /** The source file: of the library OS by its path in runtime/. */
  readonly module: string;
}

const RUNTIME = "~lib/fata/";
const LIBRARY = "~lib/";

/**
 * asc's name of a function, `~lib/fata/net/udp/UdpSocket#bind`, taken apart: the module's path without its ending, and
 * the rest. Type arguments have paths of their own: `~lib/array/Array<~lib/string/String>#push`.
 * @returns an empty module for what no module has, such as the functions that the compiler adds
 */
export function splitName(name: string): { module: string; element: string } {
  const start = name.startsWith("start:") ? "start:".length : 0; // what a module does when it is loaded
  const bracket = name.indexOf("<");
  const slash = name.lastIndexOf("/", bracket < 0 ? name.length : bracket);
  if (start > 0) return { module: name.slice(start), element: "start" };
  return slash < 0 ? { module: "", element: name } : { module: name.slice(0, slash), element: name.slice(slash + 1) };
}

/** @param source `~lib/fata/net/udp.ts`, `~lib/string.ts` or the path of a file of the application; empty for none */
export function originOf(source: string): Origin {
  if (source === "") return { area: areas.compiler, module: "" };
  if (source.startsWith(RUNTIME)) return { area: areas.runtime, module: source.slice(RUNTIME.length) };
  if (source.startsWith(LIBRARY)) return { area: areas.assemblyscript, module: source.slice(LIBRARY.length) };
  return { area: areas.application, module: source };
}
