import { notAValue } from "../../runtime/abi/command.ts";
import { isValue, valueForm } from "../../runtime/abi/manifest.ts";
import { Key } from "../config/key.ts";
import type { Option } from "../config/option.ts";
import type { Registration } from "../config/register.ts";
import { UsageError } from "../errors.ts";
import { type Choice, type Graph, makeGraph } from "../graph/graph.ts";
import { nearest } from "../nearest.ts";

/** What the user of `fata` gives besides the project's folder. */
export interface Given {
  /** `--NAME=VALUE`: by name, undefined for `--NAME` alone, which sets a flag. */
  readonly defaults: ReadonlyMap<string, string | undefined>;
  /** The environment: FATA_LISTEN_PORT stands for --listen-port, which goes first. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The options of the command itself, to suggest when a name is unknown. */
  readonly options: readonly string[];
}

/**
 * The graph of a project with all that is given: options chosen, defaults of keys changed.
 * @throws UsageError for an unknown name and for a value that cannot be, ProjectError for what config.ts describes wrongly
 */
export function makeGivenGraph(registration: Registration, given: Given): Graph {
  const graph = makeGraph(registration, (option) => choose(option, given));
  const chosen = graph.choices.map(({ option }) => option.name);
  const rest = new Map([...given.defaults].filter(([name]) => !chosen.includes(name)));
  return { ...graph, keys: withDefaults(graph.keys, chosen, { ...given, defaults: rest }) };
}

function choose(option: Option, { defaults, environment }: Given): Choice {
  const variable = variableOf(option.name);
  const isWord = defaults.has(option.name);
  const value = isWord ? defaults.get(option.name) : environment?.[variable];
  if (!isWord && value === undefined) return { option, value: option.default };
  const givenBy = isWord ? `--${option.name}` : variable;
  const expected = `expected one of ${option.values.join(", ")}`;
  if (value === undefined) throw new UsageError(`${givenBy} needs a value; ${expected}`);
  if (!option.values.includes(value)) throw new UsageError(`${givenBy}=${value}: ${expected}`);
  return { option, value, givenBy };
}

/** The variable of the environment that stands for an option. */
function variableOf(name: string): string {
  return `FATA_${name.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Applies what is given to the keys: each value becomes its key's default.
 * @param chosen the options of the project, to suggest and to list
 * @throws UsageError for an unknown key and for a value that is none of its key's type
 */
function withDefaults(keys: readonly Key[], chosen: readonly string[], given: Given): readonly Key[] {
  const changed = new Map<Key, Key>();
  for (const [name, value] of given.defaults) {
    const key = keys.find((candidate) => candidate.name === name);
    const switched = key ?? keys.find((candidate) => isSwitch(candidate) && `no-${candidate.name}` === name);
    if (!switched) throw new UsageError(unknown(name, [...keys.map((one) => one.name), ...chosen], given.options));
    if (changed.has(switched)) throw new UsageError(`--${switched.name} is given twice`);
    changed.set(switched, withDefault(switched, `--${name}`, key ? value : turnedOff(name, value)));
  }
  return keys.map((key) => {
    const variable = variableOf(key.name);
    const value = given.environment?.[variable];
    return changed.get(key) ?? (value === undefined ? key : withDefault(key, variable, value));
  });
}

function isSwitch(key: Key): boolean {
  return key.type === "flag" || key.type === "bool";
}

function turnedOff(name: string, value: string | undefined): string {
  if (value !== undefined) throw new UsageError(`--${name}=${value}: a flag that is turned off takes no value`);
  return "false";
}

function withDefault(key: Key, givenBy: string, text: string | undefined): Key {
  if (key.stage === "run")
    throw new UsageError(`${givenBy} is given when the image runs: tender IMAGE.wasm --${key.name}=VALUE`);
  const value = text ?? (isSwitch(key) ? "true" : undefined);
  if (value === undefined) throw new UsageError(`${givenBy} needs a value: ${valueForm(key.type)}`);
  if (!isValue(key, value)) {
    const through = givenBy.startsWith("--") ? "" : `${givenBy}: `;
    throw new UsageError(through + notAValue(key, value));
  }
  return new Key({ ...key, default: value, givenBy });
}

function unknown(name: string, names: readonly string[], options: readonly string[]): string {
  const near = nearest(name, [...names, ...options]);
  const mend = near ? `did you mean --${near}? The` : "the";
  return `unknown option --${name}; ${mend} keys of this project are ${names.map((key) => `--${key}`).join(", ")}`;
}
