import { relative, resolve } from "node:path";
import { Contents } from "../config/contents.ts";
import { Key } from "../config/key.ts";
import { formatSite } from "../errors.ts";
import { fieldName, type Graph, logs, type Made } from "../graph/graph.ts";
import { typeArguments } from "./generics.ts";
import { nameClasses, nameVariables } from "./names.ts";
import { importLine, literal, PRINTED } from "./text.ts";

/** What main.ts always takes from the library. */
const LIBRARY = ["boot", "event", "Fiber", "step"];

/**
 * Prints main.ts: makes the devices in order, applies the jobs to them and starts these.
 * @param directory the project's folder, absolute
 */
export async function printMain(graph: Graph, directory: string): Promise<string> {
  const { registration, devices, jobs } = graph;
  const variables = nameVariables(devices);
  const classes = nameClasses([...devices, ...jobs], variables);
  const classOf = (made: Made): string => classes.get(made) ?? "";
  const generics = await typeArguments([...devices, ...jobs], directory, classOf);
  const typeOf = (made: Made): string => classOf(made) + (generics.get(made) ?? "");
  const make = (made: Made): string => {
    const values = made.parameters.map(({ value }) => {
      if (typeof value === "string") return literal(value);
      if (typeof value === "number") return String(value);
      if (value instanceof Contents) return `${value.namespace}.${graph.contents.get(value)}`;
      return value instanceof Key ? `keys.${fieldName(value.name)}` : (variables.get(value) ?? "");
    });
    return `new ${typeOf(made)}(${values.join(", ")})`;
  };
  const from = ({ site }: Made): string => (site ? ` // ${formatSite(site, directory)}` : "");

  const all = [...devices, ...jobs];
  const usesKeys = all.some(({ parameters }) => parameters.some(({ value }) => value instanceof Key));
  const namespaces = new Set([...graph.contents.keys()].map(({ namespace }) => namespace));
  const levels = graph.keys.find((key) => key.name === logs.name && key.default !== logs.default)?.default;
  const ofLibrary = all.filter((made) => !made.recipe.module).map(classOf);
  const [only, second] = jobs;
  const runners = second ? nameRunners(jobs.map(typeOf), classes.values()) : new Map<string, string>();
  const run = [
    ...(levels ? [`    setLevels(stringArgument("${logs.name}", ${literal(levels)}));`] : []),
    ...devices.map((device) => `    const ${variables.get(device)} = ${make(device)};${from(device)}`),
    ...(only && !second
      ? [`    ${make(only)}.start();${from(only)}`]
      : [
          ...jobs.map(
            (job, i) => `    const job${i + 1} = new ${runners.get(typeOf(job))}(${make(job)}).spawn();${from(job)}`,
          ),
          `    joinAll([${jobs.map((_, i) => `job${i + 1}`).join(", ")}]);`,
        ]),
  ];
  const what = second ? "the jobs that use them, side by side" : "the job that uses them";
  const lines = [
    PRINTED,
    "",
    `// The image "${registration.name}": its devices, in the order in which they are made, and ${what}.`,
    "",
    ...importLine([...LIBRARY, ...ofLibrary, ...(levels ? ["setLevels"] : []), ...(second ? ["joinAll"] : [])], "fata"),
    ...(usesKeys ? importLine(["keys"], "fata/keys") : []),
    ...[...namespaces].sort().flatMap((namespace) => importLine([namespace], `fata/${namespace}`)),
    ...(levels ? importLine(["stringArgument"], "fata/sys/args") : []),
    ...importModules(all, classOf, directory),
    "",
    ...[...runners].flatMap(([type, name]) => [
      `class ${name} extends Fiber {`,
      `  constructor(private main: ${type}) {`,
      "    super();",
      "  }",
      "",
      "  run(): void {",
      "    this.main.start();",
      "  }",
      "}",
      "",
    ]),
    `class ${second ? "Jobs" : "Job"} extends Fiber {`,
    "  run(): void {",
    ...run,
    "  }",
    "}",
    "",
    "/** The tender calls this once; afterwards it calls step, again and again, and event. */",
    "export function start(now: u64, wall: u64): u64 {",
    `  return boot(new ${second ? "Jobs" : "Job"}(), now, wall);`,
    "}",
    "",
    "export { event, step };",
    "",
  ];
  return lines.join("\n");
}

/** A fiber's class for each class of job: `MainJob`, with a number where that is taken, as by a functor's other use. */
function nameRunners(types: readonly string[], classes: Iterable<string>): Map<string, string> {
  const taken = new Set(classes);
  const names = new Map<string, string>();
  for (const type of types) {
    if (names.has(type)) continue;
    const stem = `${type.replace(/<.*$/, "")}Job`;
    let name = stem;
    for (let n = 2; taken.has(name); n++) name = stem + n;
    taken.add(name);
    names.set(type, name);
  }
  return names;
}

/** The classes of the application's own modules. */
function importModules(all: readonly Made[], classOf: (made: Made) => string, directory: string): string[] {
  const modules = new Map<string, string[]>();
  for (const made of all) {
    const { module, className } = made.recipe;
    if (!module) continue;
    const path = importPath(resolve(directory, module.file), directory);
    const name = classOf(made) === className ? className : `${className} as ${classOf(made)}`;
    modules.set(path, [...(modules.get(path) ?? []), name]);
  }
  return [...modules].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([path, names]) => importLine(names, path));
}

/** A module's path as dist/main.ts imports it. */
function importPath(file: string, directory: string): string {
  const path = relative(resolve(directory, "dist"), file).replace(/\.ts$/, "");
  return path.startsWith(".") ? path : `./${path}`;
}
