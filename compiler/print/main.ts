import { Device } from "../config/device.ts";
import { Key } from "../config/key.ts";
import { formatSite } from "../errors.ts";
import { fieldName, type Graph, logs } from "../graph/graph.ts";
import { importLine, literal, PRINTED } from "./text.ts";

/** What main.ts always takes from the library. */
const LIBRARY = ["boot", "event", "Fiber", "step"];
/** What it takes when `fata build --logs=` has changed what is logged: by itself the log knows its own default only. */
const LEVELS = ["setLevels", "stringArgument"];

/** Names that a variable of main.ts cannot have: those it uses itself, and the words of both languages. */
const TAKEN = new Set(
  [
    ...LIBRARY,
    ...LEVELS,
    "keys start now wall",
    "abstract any arguments as async await boolean break case catch class const constructor continue debugger declare",
    "default delete do else enum eval export extends false finally for from function get global if implements import in",
    "infer instanceof interface is keyof let module namespace never new null number object of override package private",
    "protected public readonly return set static string super switch symbol this throw true try type typeof undefined",
    "unchecked unmanaged unreachable using var void while with yield",
    "bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 v128",
  ].flatMap((words) => words.split(" ")),
);

/**
 * Prints main.ts: makes the devices in order, applies Main to them and starts it.
 * @param directory the project's folder, to name the lines of config.ts from
 */
export function printMain(graph: Graph, directory: string): string {
  const { registration, devices } = graph;
  const job = registration.job;
  const variables = nameVariables(devices);
  const print = (argument: Device | Key | string): string => {
    if (argument instanceof Device) return variables.get(argument) ?? "";
    return argument instanceof Key ? `keys.${fieldName(argument.name)}` : literal(argument);
  };
  const from = (item: Device | typeof job): string => (item.site ? ` // ${formatSite(item.site, directory)}` : "");

  const usesKeys = devices.some((device) => device.recipe.args.some((argument) => argument instanceof Key));
  const levels = graph.keys.find((key) => key.name === logs.name && key.default !== logs.default)?.default;
  const makes = devices.map((device) => {
    const { className, args } = device.recipe;
    return `    const ${print(device)} = new ${className}(${args.map(print).join(", ")});${from(device)}`;
  });
  const lines = [
    PRINTED,
    "",
    `// The image "${registration.name}": its devices, in the order in which they are made, and the job that uses them.`,
    "",
    ...importLine(
      [...LIBRARY, ...devices.map((device) => device.recipe.className), ...(levels ? ["setLevels"] : [])],
      "fata",
    ),
    ...(usesKeys ? importLine(["keys"], "fata/keys") : []),
    ...(levels ? importLine(["stringArgument"], "fata/sys/args") : []),
    ...importLine(["Main"], `../${job.module.slice("./".length)}`),
    "",
    "class Job extends Fiber {",
    "  run(): void {",
    ...(levels ? [`    setLevels(stringArgument("${logs.name}", ${literal(levels)}));`] : []),
    ...makes,
    `    new Main(${job.devices.map(print).join(", ")}).start();${from(job)}`,
    "  }",
    "}",
    "",
    "/** The tender calls this once; afterwards it calls step, again and again, and event. */",
    "export function start(now: u64, wall: u64): u64 {",
    "  return boot(new Job(), now, wall);",
    "}",
    "",
    "export { event, step };",
    "",
  ];
  return lines.join("\n");
}

/** A variable for each device: its own name, else with its kind, else with a number. */
function nameVariables(devices: readonly Device[]): Map<Device, string> {
  const taken = new Set(TAKEN);
  const variables = new Map<Device, string>();
  for (const device of devices) {
    const own = fieldName(device.recipe.name);
    let name = own;
    if (taken.has(name)) name = own + device.kind.charAt(0).toUpperCase() + device.kind.slice(1);
    for (let n = 2; taken.has(name); n++) name = own + n;
    taken.add(name);
    variables.set(device, name);
  }
  return variables;
}
