import { notAValue } from "../../runtime/abi/command.ts";
import { isValue, valueForm } from "../../runtime/abi/manifest.ts";
import { Key } from "../config/key.ts";
import { UsageError } from "../errors.ts";
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

/** The variable of the environment that stands for an option. */
function variableOf(name: string): string {
  return `FATA_${name.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Applies what is given to the keys: each value becomes its key's default.
 * @throws UsageError for an unknown key and for a value that is none of its key's type
 */
export function withDefaults(keys: readonly Key[], given: Given): readonly Key[] {
  const changed = new Map<Key, Key>();
  for (const [name, value] of given.defaults) {
    const key = keys.find((candidate) => candidate.name === name);
    const switched = key ?? keys.find((candidate) => isSwitch(candidate) && `no-${candidate.name}` === name);
    if (!switched) throw new UsageError(unknown(name, keys, given.options));
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

function unknown(name: string, keys: readonly Key[], options: readonly string[]): string {
  const names = keys.map((key) => key.name);
  const near = nearest(name, [...names, ...options]);
  const mend = near ? `did you mean --${near}? The` : "the";
  return `unknown option --${name}; ${mend} keys of this project are ${names.map((key) => `--${key}`).join(", ")}`;
}
