import { type ArgumentType, isName, isValue, valueForms } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { callSite } from "./site.ts";

/**
 * A value that is given when the image is built (`fata build --port=8080` changes the default) or run
 * (`tender app.wasm --port=8080`). The application reads it as `keys.port`.
 */
export class Key {
  readonly name: string;
  readonly type: ArgumentType;
  /** The default as it would be typed. */
  readonly default: string;
  readonly doc: string;
  /** One letter for `-l value`, or empty. */
  readonly short: string;
  /** Where it was declared; undefined for a key that every image has. */
  readonly site: Site | undefined;

  /** @internal */
  constructor(parts: { name: string; type: ArgumentType; default: string; doc: string; short?: string; site?: Site }) {
    this.name = parts.name;
    this.type = parts.type;
    this.default = parts.default;
    this.doc = parts.doc;
    this.short = parts.short ?? "";
    this.site = parts.site;
  }
}

/** Names that `fata build`, `tender` or every image use themselves. */
export const reservedKeys: readonly string[] = ["dev", "help", "logs", "output", "quiet", "release", "version"];
const reservedShorts = "hl";

/** The types that a key with such a default may have; the first is taken when none is asked for. */
type TypesFor<V> = V extends string
  ? "string" | "ipv4" | "ipv4-prefix"
  : V extends number
    ? "i32" | "port"
    : "flag" | "bool";

export interface KeyOptions<T extends ArgumentType = ArgumentType> {
  /** What its values look like; by custom a string, an i32 or a flag, after the default. */
  readonly type?: T;
  /** A letter for the short form: `short: "p"` allows `-p 80`. */
  readonly short?: string;
}

/**
 * Declares a key. It reaches the application when it is given to `register`.
 * @param name lower-case letters, digits and hyphens; `listen-port` is read as `keys.listenPort`
 * @param value the default
 * @param doc one sentence for `--help`
 */
export function key<V extends string | number | boolean>(
  name: string,
  value: V,
  doc: string,
  options: KeyOptions<TypesFor<V>> = {},
): Key {
  const site = callSite();
  const wrong = checkKey(name, value, doc, options);
  if (wrong) throw new ProjectError(wrong, site);
  const type = options.type ?? typesOf(value)[0];
  const short = options.short ?? "";
  return new Key({ name, type: type as ArgumentType, default: String(value), doc, short, ...(site && { site }) });
}

function checkKey(name: unknown, value: unknown, doc: unknown, options: KeyOptions): string | undefined {
  if (typeof name !== "string" || !isName(name))
    return `key ${JSON.stringify(name)}: expected a name of lower-case letters, digits and hyphens, a letter first`;
  if (reservedKeys.includes(name)) return `key "${name}": --${name} is taken by fata itself; choose another name`;
  const types = typesOf(value);
  const type = options.type ?? types[0];
  if (!type) return `key "${name}": expected a text, a number or a boolean as default, found ${typeof value}`;
  if (!types.includes(type))
    return `key "${name}": a ${typeof value} as default makes a ${types.join(" or ")}, not a ${type}`;
  if (!isValue({ type, default: String(value) }, String(value)))
    return `key "${name}": the default ${String(value)} is not ${valueForms[type]}`;
  if (typeof doc !== "string" || doc === "" || doc.length > 4096)
    return `key "${name}": expected a sentence that documents it as third argument`;
  const short = options.short ?? "";
  if (!/^[a-zA-Z]?$/.test(short) || (short && reservedShorts.includes(short)))
    return `key "${name}": short is ${JSON.stringify(short)}; expected one letter other than ${[...reservedShorts].join(", ")}`;
  return undefined;
}

function typesOf(value: unknown): ArgumentType[] {
  switch (typeof value) {
    case "string":
      return ["string", "ipv4", "ipv4-prefix"];
    case "number":
      return ["i32", "port"];
    case "boolean":
      return ["flag", "bool"];
    default:
      return [];
  }
}
