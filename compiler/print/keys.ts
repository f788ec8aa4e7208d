import { type ArgumentType, durationMs, ipv6Groups, itemType } from "../../runtime/abi/manifest.ts";
import type { Key } from "../config/key.ts";
import { fieldName } from "../graph/graph.ts";
import { docComment, importLine, literal, PRINTED } from "./text.ts";

/** How the values of a type look in keys.ts. */
interface Form {
  readonly type: string;
  /** Where the type is declared, when it is not the language's own. */
  readonly typeModule?: string;
  /** The function of the library that gives the value of an argument, and its module; a list's is named after it. */
  readonly read: string;
  readonly readModule: string;
  /** What the function is given after the name and the default. */
  readonly more?: string;
  /** A value as an expression. */
  readonly print: (text: string) => string;
  /** Whether the function takes its default as an expression, and not as it would be typed. */
  readonly plain?: true;
}

const ARGS = "fata/sys/args";
const NET_ARGS = "fata/net/args";
const IPV4 = "fata/wire/ipv4address";
const IPV6 = "fata/wire/ipv6address";

const same = (text: string): string => text;
const bool: Form = { type: "bool", read: "boolArgument", readModule: ARGS, print: same, plain: true };
const i32: Form = { type: "i32", read: "i32Argument", readModule: ARGS, print: same, plain: true };

/** By type of a single value; a key of a type that has none is the library's own business. */
const forms: Readonly<Partial<Record<ArgumentType, Form>>> = {
  string: { type: "string", read: "stringArgument", readModule: ARGS, print: literal },
  i32,
  bool,
  flag: bool,
  port: { ...i32, more: ", 1, 65535" },
  duration: { type: "u64", read: "durationArgument", readModule: ARGS, print: (text) => String(durationMs(text)) },
  ipv4: { type: "Ipv4Address", typeModule: IPV4, read: "ipv4Argument", readModule: NET_ARGS, print: ipv4Number },
  "ipv4-prefix": {
    type: "Ipv4Prefix",
    typeModule: IPV4,
    read: "ipv4PrefixArgument",
    readModule: NET_ARGS,
    print: (text) => newPrefix("Ipv4Prefix", text, ipv4Number),
  },
  ipv6: { type: "Ipv6Address", typeModule: IPV6, read: "ipv6Argument", readModule: NET_ARGS, print: newIpv6 },
  "ipv6-prefix": {
    type: "Ipv6Prefix",
    typeModule: IPV6,
    read: "ipv6PrefixArgument",
    readModule: NET_ARGS,
    print: (text) => newPrefix("Ipv6Prefix", text, newIpv6),
  },
};

/** Prints keys.ts, which an application imports as "fata/keys": one typed field for each key. */
export function printKeys(name: string, keys: readonly Key[]): string {
  const imports = new Map<string, Set<string>>();
  const need = (module: string, symbol: string): void => {
    imports.set(module, (imports.get(module) ?? new Set()).add(symbol));
  };
  const fields: string[] = [];
  for (const key of keys) {
    const item = itemType(key.type);
    const form = forms[item ?? key.type];
    if (!form) continue;
    if (fields.length > 0) fields.push("");
    fields.push(...docComment(key.doc, "  "));
    const type = item ? `${form.type}[]` : form.type;
    const value = key.stage === "build" ? constant(key, form, need) : reading(key, form, need);
    if (form.typeModule) need(form.typeModule, form.type);
    fields.push(`  readonly ${fieldName(key.name)}: ${type} = ${value};`);
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

type Need = (module: string, symbol: string) => void;

/** The value that an argument has when the image runs. */
function reading(key: Key, form: Form, need: Need): string {
  const list = itemType(key.type) !== undefined;
  const read = list ? form.read.replace(/Argument$/, "ListArgument") : form.read;
  need(form.readModule, read);
  const preset = form.plain && !list ? key.default : literal(key.default);
  return `${read}(${literal(key.name)}, ${preset}${form.more ?? ""})`;
}

/** The value that was fixed when the image was built. */
function constant(key: Key, form: Form, need: Need): string {
  // The prefix is made from an address.
  if (key.type.startsWith("ipv6-prefix")) need(IPV6, "Ipv6Address");
  if (!itemType(key.type)) return form.print(key.default);
  return `[${key.default === "" ? "" : key.default.split(",").map(form.print).join(", ")}]`;
}

function ipv4Number(text: string): string {
  const octets = text === "" ? [0] : text.split(".").map(Number);
  return `0x${octets.map((octet) => octet.toString(16).padStart(2, "0")).join("")}`;
}

function newIpv6(text: string): string {
  const groups = ipv6Groups(text || "::") ?? [];
  const half = (from: number): string =>
    `0x${groups
      .slice(from, from + 4)
      .map((group) => group.toString(16).padStart(4, "0"))
      .join("")}`;
  return `new Ipv6Address(${half(0)}, ${half(4)})`;
}

function newPrefix(type: string, text: string, address: (text: string) => string): string {
  const [host = "", length = ""] = text.split("/");
  return `new ${type}(${address(host)}, ${length})`;
}
