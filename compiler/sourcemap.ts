import { dirname, join, relative, sep } from "node:path";

/** asc's name for the module that is printed as dist/keys.ts. */
const KEYS = "~lib/fata/keys.ts";

/**
 * Rewrites the sources of asc's map so that they lead to files: the user's own and the printed ones, relative to the map.
 * The library OS (`~lib/fata/net/udp.ts`) and AssemblyScript's own library (`~lib/string.ts`) keep the names that
 * diagnostics and panics use: wherever this package lies, the map is the same. Their text is left out: the tender reads the map before it starts an image, and wants lines only.
 * The names of functions are added as `x_functions`, by index (source map specification, 3: `x_` is free for use).
 * @param map of asc, whose sources are relative to the project
 * @param functions their names by index
 * @param directory the project's folder, absolute
 * @param path where the map will lie, absolute; it ends in `.map`
 */
export function relocateSources(map: string, functions: readonly string[], directory: string, path: string): string {
  const { sources, names, mappings } = JSON.parse(map) as { sources: string[]; names?: string[]; mappings: string };
  const locate = (source: string): string => {
    if (source === KEYS) return join(directory, "dist", "keys.ts");
    return source.startsWith("~lib/") ? "" : join(directory, source);
  };
  const relocated = sources.map((source) => {
    const file = locate(source);
    return file ? relative(dirname(path), file).split(sep).join("/") : source;
  });
  return `${JSON.stringify({ version: 3, sources: relocated, names: names ?? [], mappings, x_functions: functions })}\n`;
}
