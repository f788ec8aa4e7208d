import type { ArgumentType } from "../../runtime/abi/manifest.ts";
import type { Key } from "../config/key.ts";
import { fieldName } from "../graph/graph.ts";
import { docComment, importLine, literal, PRINTED } from "./text.ts";

/** How a key of each type is read: the type of its field, and the function of the library that gives its value. */
interface Reader {
  readonly field: string;
  /** Where the field's type is declared, when it is not the language's own. */
  readonly fieldModule?: string;
  readonly read: string;
  readonly module: string;
  /** What the function is given after the name and the default. */
  readonly more?: string;
}

const ARGS = "fata/sys/args";
const NET_ARGS = "fata/net/args";
const ADDRESS = "fata/wire/ipv4address";

/** By type; a key of a type that has none is the library's own business. */
const readers: Readonly<Partial<Record<ArgumentType, Reader>>> = {
  string: { field: "string", read: "stringArgument", module: ARGS },
  i32: { field: "i32", read: "i32Argument", module: ARGS },
  bool: { field: "bool", read: "boolArgument", module: ARGS },
  flag: { field: "bool", read: "boolArgument", module: ARGS },
  port: { field: "i32", read: "i32Argument", module: ARGS, more: ", 1, 65535" },
  ipv4: { field: "Ipv4Address", fieldModule: ADDRESS, read: "ipv4Argument", module: NET_ARGS },
  "ipv4-prefix": { field: "Ipv4Prefix", fieldModule: ADDRESS, read: "ipv4PrefixArgument", module: NET_ARGS },
};

/** Prints keys.ts, which an application imports as "fata/keys": one typed field for each key. */
export function printKeys(name: string, keys: readonly Key[]): string {
  const imports = new Map<string, Set<string>>();
  const need = (module: string, symbol: string): void => {
    imports.set(module, (imports.get(module) ?? new Set()).add(symbol));
  };
  const fields: string[] = [];
  for (const key of keys) {
    const reader = readers[key.type];
    if (!reader) continue;
    const { field, fieldModule, read, module, more = "" } = reader;
    need(module, read);
    if (fieldModule) need(fieldModule, field);
    if (fields.length > 0) fields.push("");
    fields.push(...docComment(key.doc, "  "));
    const value = `${read}(${literal(key.name)}, ${defaultOf(key)}${more})`;
    fields.push(`  readonly ${fieldName(key.name)}: ${field} = ${value};`);
  }
  const modules = [...imports].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    PRINTED,
    "",
    `// The arguments of the image "${name}", each with the value that it was given or else its default.`,
    "",
    ...modules.flatMap(([module, symbols]) => importLine(symbols, module)),
    ...(modules.length > 0 ? [""] : []),
    ...(fields.length > 0 ? ["class Keys {", ...fields, "}"] : ["class Keys {}"]),
    "",
    "export const keys: Keys = new Keys();",
    "",
  ];
  return lines.join("\n");
}

function defaultOf(key: Key): string {
  const plain = key.type === "i32" || key.type === "bool" || key.type === "flag" || key.type === "port";
  return plain ? key.default : literal(key.default);
}
