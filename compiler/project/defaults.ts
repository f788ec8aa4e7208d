import leven from "leven";
import { isValue, valueForms } from "../../runtime/abi/manifest.ts";
import { Key } from "../config/key.ts";
import { UsageError } from "../errors.ts";

/**
 * Applies `--KEY=VALUE` of `fata build`: each becomes its key's default.
 * @param given the values by name; undefined for `--KEY` alone, which sets a flag
 * @param options of `fata build` itself, for the suggestion when a name is neither
 * @throws UsageError for an unknown key and for a value that is none of its key's type
 */
export function withDefaults(
  keys: readonly Key[],
  given: ReadonlyMap<string, string | undefined>,
  options: readonly string[],
): readonly Key[] {
  const changed = new Map<string, Key>();
  for (const [name, text] of given) {
    const key = keys.find((candidate) => candidate.name === name);
    if (!key) throw new UsageError(unknown(name, keys, options));
    const value = text ?? (key.type === "flag" ? "true" : undefined);
    if (value === undefined) throw new UsageError(`--${name} needs a value: --${name}=VALUE, ${valueForms[key.type]}`);
    if (!isValue(key, value))
      throw new UsageError(`--${name}: ${JSON.stringify(value)} is not ${valueForms[key.type]}`);
    const { type, doc, short, site } = key;
    changed.set(name, new Key({ name, type, default: value, doc, short, ...(site && { site }) }));
  }
  return keys.map((key) => changed.get(key.name) ?? key);
}

function unknown(name: string, keys: readonly Key[], options: readonly string[]): string {
  const names = keys.map((key) => key.name);
  const near = nearest(name, [...names, ...options]);
  const mend = near ? `did you mean --${near}? The` : "the";
  return `unknown option --${name}; ${mend} keys of this project are ${names.map((key) => `--${key}`).join(", ")}`;
}

/** The candidate that `name` is most likely a slip of, if any is near enough. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 2;
  for (const candidate of candidates) {
    const distance = leven(name, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}
