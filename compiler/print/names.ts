import { basename, dirname } from "node:path";
import { fieldName, type Made } from "../graph/graph.ts";

/** Names that a variable or a class of main.ts cannot have: those it uses itself, and the words of both languages. */
const TAKEN: ReadonlySet<string> = new Set(
  [
    "boot event Fiber step setLevels stringArgument",
    "Job Jobs joinAll keys folders zones start now wall",
    "abstract any arguments as async await boolean break case catch class const constructor continue debugger declare",
    "default delete do else enum eval export extends false finally for from function get global if implements import in",
    "infer instanceof interface is keyof let module namespace never new null number object of override package private",
    "protected public readonly return set static string super switch symbol this throw true try type typeof undefined",
    "unchecked unmanaged unreachable using var void while with yield",
    "bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 v128",
  ].flatMap((words) => words.split(" ")),
);

/** A variable for each device: its own name, else with its kind, else with a number. */
export function nameVariables(devices: readonly Made[]): Map<Made, string> {
  const taken = new Set(TAKEN);
  const variables = new Map<Made, string>();
  for (const device of devices) {
    const field = fieldName(device.recipe.name);
    // job1, job2, ... are the jobs.
    const own = /^job\d+$/.test(field) ? `${field}Device` : field;
    const name = free([own, own + capital(fieldName(device.kind))], own, taken);
    taken.add(name);
    variables.set(device, name);
  }
  return variables;
}

/** What each class is called: its own name, else with that of its module or folder before it, else with a number. */
export function nameClasses(all: readonly Made[], variables: ReadonlyMap<Made, string>): Map<Made, string> {
  const taken = new Set([...TAKEN, ...variables.values()]);
  const byClass = new Map<string, string>();
  const classes = new Map<Made, string>();
  for (const made of all) {
    const { module, className, name: base } = made.recipe;
    const id = `${module?.file ?? ""}#${className}`;
    const twins = all.some(({ recipe }) => recipe.className === className && recipe.module?.file !== module?.file);
    const ownFirst = module && twins ? [] : [className];
    const folder = capital(fieldName(basename(dirname(module?.file ?? "")).replace(/\W+/g, "-")));
    const longer = [capital(base) + className, folder + className];
    const name = byClass.get(id) ?? free([...ownFirst, ...longer], className, taken);
    byClass.set(id, name);
    taken.add(name);
    classes.set(made, name);
  }
  return classes;
}

/** The first candidate that is not taken, else `stem` with a number. */
function free(candidates: readonly string[], stem: string, taken: ReadonlySet<string>): string {
  const name = candidates.find((candidate) => !taken.has(candidate));
  if (name) return name;
  for (let n = 2; ; n++) if (!taken.has(stem + n)) return stem + n;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
