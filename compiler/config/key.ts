import { type ArgumentType, isName, isValue, valueForm } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { callSite } from "./site.ts";

/** When a key is given: by `fata build`, by the tender when the image runs, or by both, the later one winning. */
const stages = ["build", "run", "both"] as const;
export type Stage = (typeof stages)[number];

interface KeyParts<T extends ArgumentType> {
  readonly name: string;
  readonly type: T;
  /** The default as it would be typed. */
  readonly default: string;
  readonly doc: string;
  /** One letter for `-l value`, or empty. */
  readonly short?: string;
  readonly stage?: Stage;
  /** Where it was declared; undefined for a key that every image has. */
  readonly site?: Site | undefined;
  /** What `fata build` was given the default by, `--hello` or `FATA_HELLO`; undefined for that of config.ts. */
  readonly givenBy?: string | undefined;
}

/**
 * A value that is given when the image is built (`fata build --port=8080` changes the default) or run
 * (`tender app.wasm --port=8080`). The application reads it as `keys.port`.
 */
export class Key<T extends ArgumentType = ArgumentType> implements KeyParts<T> {
  readonly name: string;
  readonly type: T;
  readonly default: string;
  readonly doc: string;
  readonly short: string;
  readonly stage: Stage;
  readonly site: Site | undefined;
  readonly givenBy: string | undefined;

  /** @internal */
  constructor(parts: KeyParts<T>) {
    this.name = parts.name;
    this.type = parts.type;
    this.default = parts.default;
    this.doc = parts.doc;
    this.short = parts.short ?? "";
    this.stage = parts.stage ?? "both";
    this.site = parts.site;
    this.givenBy = parts.givenBy;
  }
}

/** Names that `fata build`, `tender` or every image use themselves. */
export const reservedKeys: readonly string[] = [
  "dev",
  "help",
  "logs",
  "native",
  "output",
  "quiet",
  "release",
  "version",
];
const reservedShorts = "hl";

/** A default, as config.ts writes it. */
type Value = string | number | boolean | readonly string[] | readonly number[];

/** The types that a key with such a default may have; the first is taken when none is asked for. */
const typesByValue = {
  text: ["string", "duration", "ipv4", "ipv4-prefix", "ipv6", "ipv6-prefix"],
  number: ["i32", "port"],
  boolean: ["flag", "bool"],
  "list of texts": ["string-list", "duration-list", "ipv4-list", "ipv4-prefix-list", "ipv6-list", "ipv6-prefix-list"],
  "list of numbers": ["i32-list", "port-list"],
} as const satisfies Record<string, readonly ArgumentType[]>;
type Form = keyof typeof typesByValue;
type Types<F extends Form> = (typeof typesByValue)[F][number];

type IsAny<V> = 0 extends 1 & V ? true : false;

// In brackets, so that the union of texts is one case and not one for each text.
type TypesFor<V extends Value> =
  IsAny<V> extends true
    ? Types<Form>
    : [V] extends [string]
      ? Types<"text">
      : [V] extends [number]
        ? Types<"number">
        : [V] extends [boolean]
          ? Types<"boolean">
          : [V] extends [readonly never[]]
            ? Types<"list of texts" | "list of numbers">
            : [V] extends [readonly string[]]
              ? Types<"list of texts">
              : Types<"list of numbers">;

// Of what TypeScript does not know, such as JSON.parse gives, the key is good for all.
type FirstTypeFor<V extends Value> =
  IsAny<V> extends true
    ? never
    : [V] extends [string]
      ? "string"
      : [V] extends [number]
        ? "i32"
        : [V] extends [boolean]
          ? "flag"
          : [V] extends [readonly string[]]
            ? "string-list"
            : "i32-list";

export interface KeyOptions<T extends ArgumentType = ArgumentType> {
  /** What its values look like; by custom a string, an i32, a flag or a list, after the default. */
  readonly type?: T;
  /** A letter for the short form: `short: "p"` allows `-p 80`. */
  readonly short?: string;
  /**
   * When it is given: "build", only by `fata build`, so that it is a constant of the image; "run", only by the tender;
   * by custom "both".
   */
  readonly stage?: Stage;
}

/**
 * Declares a key. It reaches the application when it is given to `register`, or to what is applied to it.
 * @param name lower-case letters, digits and hyphens; `listen-port` is read as `keys.listenPort`
 * @param value the default
 * @param doc one sentence for `--help`
 */
export function key<const V extends Value, T extends TypesFor<V> = FirstTypeFor<V> & TypesFor<V>>(
  name: string,
  value: V,
  doc: string,
  options: KeyOptions<T> = {},
): Key<NoInfer<T>> {
  const site = callSite();
  const wrong = checkKey(name, value, doc, options);
  if (wrong) throw new ProjectError(wrong, site);
  const type = (options.type ?? typesOf(value)[0]) as T;
  const { short = "", stage = "both" } = options;
  return new Key({ name, type, default: textOf(value), doc, short, stage, site });
}

function checkKey(name: unknown, value: unknown, doc: unknown, options: KeyOptions): string | undefined {
  if (typeof name !== "string" || !isName(name))
    return `key ${JSON.stringify(name)}: expected a name of lower-case letters, digits and hyphens, a letter first`;
  if (reservedKeys.includes(name)) return `key "${name}": --${name} is taken by fata itself; choose another name`;
  if (name === "constructor") return `key "${name}": a class has no field of this name; choose another name`;
  return checkDefault(name, value, options) ?? checkRest(name, doc, options);
}

function checkDefault(name: string, value: unknown, options: KeyOptions): string | undefined {
  const form = formOf(value);
  const types = typesOf(value);
  const type = options.type ?? types[0];
  if (!type)
    return `key "${name}": expected a text, a number, a boolean or a list as default, found ${form ?? typeof value}`;
  if (!types.includes(type))
    return `key "${name}": a ${form ?? typeof value} as default makes a ${types.join(" or ")}, not a ${type}`;
  if (Array.isArray(value) && value.some((item) => String(item).includes(",")))
    return `key "${name}": a value of a list cannot have a comma in it`;
  // Of what has no empty value, an empty default would be none.
  const mayBeEmpty = type === "ipv4" || type === "ipv6";
  const text = textOf(value as Value);
  if (!isValue({ type, default: mayBeEmpty ? "" : "-" }, text))
    return `key "${name}": the default ${text || '""'} is not ${valueForm(type)}`;
  return undefined;
}

function checkRest(name: string, doc: unknown, { short = "", stage = "both" }: KeyOptions): string | undefined {
  if (typeof doc !== "string" || doc === "" || doc.length > 4096)
    return `key "${name}": expected a sentence that documents it as third argument`;
  if (!/^[a-zA-Z]?$/.test(short) || (short && reservedShorts.includes(short)))
    return `key "${name}": short is ${JSON.stringify(short)}; expected one letter other than ${[...reservedShorts].join(", ")}`;
  if (!stages.includes(stage))
    return `key "${name}": stage is ${JSON.stringify(stage)}; expected one of ${stages.join(", ")}`;
  if (short && stage === "build") return `key "${name}": a key of stage "build" has no short form`;
  return undefined;
}

function formOf(value: unknown): Form | undefined {
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "boolean") return typeof value as "number" | "boolean";
  if (!Array.isArray(value)) return undefined;
  if (value.every((item) => typeof item === "string")) return "list of texts";
  return value.every((item) => typeof item === "number") ? "list of numbers" : undefined;
}

function typesOf(value: unknown): readonly ArgumentType[] {
  if (Array.isArray(value) && value.length === 0)
    return [...typesByValue["list of texts"], ...typesByValue["list of numbers"]];
  const form = formOf(value);
  return form ? typesByValue[form] : [];
}

/** A default as it would be typed. */
function textOf(value: Value): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
