/**
 * The manifest: what an image needs and takes, in the custom section `fata.manifest` of its wasm. The compiler writes
 * it, the tender checks it before it opens anything. JSON in one canonical form (fixed keys in a fixed order, no spaces,
 * no needless escapes, bounded size), so that a reader in C needs only a small grammar.
 */

/** Name of the custom section. */
export const MANIFEST_SECTION = "fata.manifest";
/** Longest manifest in bytes of UTF-8. */
export const MANIFEST_MAX = 65536;

/** Most devices of an image: with the tender's descriptor for signals they make 64 to wait for. */
export const DEVICES_MAX = 63;

/** Kinds of device that a tender can attach. */
export const deviceKinds = ["network", "block"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** Types of single values that there are lists of, too. */
const listedTypes = ["string", "i32", "port", "duration", "ipv4", "ipv4-prefix", "ipv6", "ipv6-prefix"] as const;
type ListedType = (typeof listedTypes)[number];
const singleTypes = [...listedTypes, "bool", "flag", "log-levels"] as const;
type SingleType = (typeof singleTypes)[number];

/**
 * Types of image arguments. A flag has the values true and false, and may be given without a value. The values of a list
 * have commas between them; it may be empty.
 */
export type ArgumentType = SingleType | `${ListedType}-list`;
export const argumentTypes: readonly ArgumentType[] = [
  ...singleTypes,
  ...listedTypes.map((type) => `${type}-list` as const),
];

export interface ManifestDevice {
  /** Lower-case letters, digits and hyphens, a letter first. */
  readonly name: string;
  readonly kind: DeviceKind;
  /** Offloads that the image may use, of a network device: NET_F_* of tender.ts. Left out where there are none. */
  readonly offload?: number;
}

export interface ManifestArgument {
  /** Given as `--name=value`. */
  readonly name: string;
  /** One letter, given as `-l value`, or empty. */
  readonly short: string;
  readonly type: ArgumentType;
  /** The default as it would be typed, or empty. */
  readonly default: string;
  readonly doc: string;
}

export interface Manifest {
  readonly abi: number;
  readonly name: string;
  readonly version: string;
  readonly devices: readonly ManifestDevice[];
  /** Pages of 64 KiB, as in the wasm's memory section. */
  readonly memory: { readonly initial: number; readonly maximum: number };
  readonly arguments: readonly ManifestArgument[];
  /** SHA-256 of the wasm without this section, the first 32 hex digits. */
  readonly build: string;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Whether `name` may name a device, an argument or an image. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** What a single value of each type looks like, for messages: "expected ...". */
const singleForms: Readonly<Record<SingleType, string>> = {
  string: "a text of at most 4096 characters",
  i32: "a whole number from -2147483648 to 2147483647",
  port: "a port from 1 to 65535",
  duration: "a duration of at most 36500d such as 500ms, 30s, 5m, 2h or 7d",
  ipv4: "an IPv4 address such as 10.0.0.1",
  "ipv4-prefix": "an IPv4 address and prefix length such as 10.0.0.2/24",
  ipv6: "an IPv6 address such as fd00::1",
  "ipv6-prefix": "an IPv6 address and prefix length such as fd00::2/64",
  bool: "true or false",
  flag: "true or false",
  "log-levels": "quiet, error, warning, info, debug or SOURCE:LEVEL, with commas between, such as info,arp:debug",
};

/** What a value of a type looks like, for messages: "expected ...". */
export function valueForm(type: ArgumentType): string {
  const item = itemType(type);
  return item ? `a list with commas between, each ${singleForms[item]}` : singleForms[type as SingleType];
}

/** The type of a list's values; undefined where the type is no list. */
export function itemType(type: ArgumentType): ListedType | undefined {
  return listedTypes.find((item) => type === `${item}-list`);
}

/** Most characters of a value, counted as JavaScript does. */
const VALUE_MAX = 4096;
const LEVEL = "(?:[^\\0,:]+:)?(?:quiet|error|warning|info|debug)";
const LEVELS = new RegExp(`^(?=.*$)${LEVEL}(?:,${LEVEL})*$`);

const singleChecks: Readonly<Record<SingleType, (text: string) => boolean>> = {
  string: () => true,
  i32: (text) => /^(?:0|-?[1-9][0-9]{0,9})$/.test(text) && Number(text) === (Number(text) | 0),
  port: (text) => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535,
  duration: (text) => durationMs(text) !== undefined,
  ipv4: isIpv4,
  "ipv4-prefix": (text) => isPrefix(text, isIpv4, 32),
  ipv6: isIpv6,
  "ipv6-prefix": (text) => isPrefix(text, isIpv6, 128),
  bool: (text) => text === "true" || text === "false",
  flag: (text) => text === "true" || text === "false",
  "log-levels": (text) => LEVELS.test(text),
};

/**
 * Whether `text` is a value of an argument. The empty text is one where the default is empty: it means "none"; of a list
 * it is one always.
 * The text is what stands after `--name=`; where it is not a value, valueForm says what was expected.
 */
export function isValue(argument: Pick<ManifestArgument, "type" | "default">, text: string): boolean {
  const item = itemType(argument.type);
  if (text === "" && (item || argument.default === "")) return true;
  if (text.length > VALUE_MAX || text.includes("\0")) return false;
  const check = singleChecks[item ?? (argument.type as SingleType)];
  return item ? text.split(",").every(check) : check(text);
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A hundred years: in nanoseconds they are a u64. */
const DURATION_MAX_MS = 36_500 * 86_400_000;

/** Milliseconds of a duration such as 500ms, 30s, 5m, 2h or 7d; undefined where the text is none. */
export function durationMs(text: string): number | undefined {
  const [, digits, unit = ""] = /^(0|[1-9][0-9]{0,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitsMs[unit] ?? Number.NaN);
  return ms <= DURATION_MAX_MS ? ms : undefined;
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/.test(text);
}

function isIpv6(text: string): boolean {
  return ipv6Groups(text) !== undefined;
}

/**
 * The eight groups of an IPv6 address as RFC 4291, 2.2 has it: groups of hex digits, `::` for one or more groups of zeros,
 * an IPv4 address for the last two. Undefined where the text is none.
 */
export function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::").map(groupsOf);
  const [head, tail] = halves;
  if (!head || halves.length > 2) return undefined;
  // An IPv4 address can only stand at the end.
  if (tail && text.indexOf(".") >= 0 && text.indexOf(".") < text.indexOf("::")) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (!tail || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The groups between colons; undefined where one is none. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const [index, part] of text.split(":").entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else if (isIpv4(part) && text.split(":").length === index + 1) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else return undefined;
  }
  return groups;
}

function isPrefix(text: string, isAddress: (text: string) => boolean, longest: number): boolean {
  const [, address = "", length] = /^([^/]*)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  return isAddress(address) && Number(length) <= longest;
}

/** The canonical text of a manifest. */
export function encodeManifest(m: Manifest): string {
  return JSON.stringify({
    abi: m.abi,
    name: m.name,
    version: m.version,
    devices: m.devices.map((d) => ({
      name: d.name,
      kind: d.kind,
      ...(d.offload !== undefined && { offload: d.offload }),
    })),
    memory: { initial: m.memory.initial, maximum: m.memory.maximum },
    arguments: m.arguments.map((a) => ({
      name: a.name,
      short: a.short,
      type: a.type,
      default: a.default,
      doc: a.doc,
    })),
    build: m.build,
  });
}

const NOT_CANONICAL = "the manifest is not in canonical form";

/**
 * Reads a manifest. The reader in C (tender/native/manifest.c) says the same of each text.
 * @param text the section's content
 * @returns the manifest, or a sentence that says what is wrong with it
 */
export function parseManifest(text: string): Manifest | string {
  let value: unknown;
  if (text.length > MANIFEST_MAX) return `the manifest is longer than ${MANIFEST_MAX} bytes`;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_CANONICAL;
  }
  if (!isManifest(value) || encodeManifest(value) !== text) return NOT_CANONICAL;
  return check(value) ?? value;
}

/** Whether the fields are there, and of their types. */
function isManifest(value: unknown): value is Manifest {
  return (
    isRecord(value) &&
    isCount(value["abi"]) &&
    isText(value["name"]) &&
    isText(value["version"]) &&
    isListOf(value["devices"], isDevice) &&
    isRecord(value["memory"]) &&
    isCount(value["memory"]["initial"]) &&
    isCount(value["memory"]["maximum"]) &&
    isListOf(value["arguments"], (a) => ["name", "short", "type", "default", "doc"].every((key) => isText(a[key]))) &&
    isText(value["build"])
  );
}

function isDevice({ name, kind, offload }: Record<string, unknown>): boolean {
  return isText(name) && isText(kind) && (offload === undefined || isCount(offload));
}

/** What is wrong with the values, in the order of the text. */
function check({ abi, name, version, devices, memory, arguments: list, build }: Manifest): string | undefined {
  if (!isWithin(abi, 65535)) return "abi is not a small number";
  if (!isName(name)) return "name is not a name";
  if (version.length > 64) return "version is not a short text";
  const wrong = checkDevices(devices);
  if (wrong) return wrong;
  if (!isWithin(memory.initial, 65536) || !isWithin(memory.maximum, 65536))
    return "memory has no initial and maximum number of pages";
  if (memory.initial > memory.maximum) return "memory.initial is above memory.maximum";
  return checkArguments(list) ?? (/^[0-9a-f]{32}$/.test(build) ? undefined : "build is not 32 hex digits");
}

function checkDevices(devices: readonly ManifestDevice[]): string | undefined {
  const seen = new Set<string>();
  for (const { name, kind, offload } of devices) {
    if (seen.size === DEVICES_MAX) return `devices is not a list of at most ${DEVICES_MAX}`;
    if (!isName(name)) return "a device has no proper name";
    if (!deviceKinds.includes(kind)) return `device ${name} is of no known kind`;
    if (offload !== undefined && kind !== "network") return `device ${name} has offloads, but is no network device`;
    if (offload !== undefined && (offload === 0 || !isWithin(offload, 0xffffffff)))
      return `device ${name} has offloads that are no set of features`;
    if (seen.has(name)) return `device ${name} is declared twice`;
    seen.add(name);
  }
  return undefined;
}

function checkArguments(list: readonly ManifestArgument[]): string | undefined {
  const seen = new Set<string>();
  for (const [index, { name, short, type, default: preset, doc }] of list.entries()) {
    if (index === 256) return "arguments is not a list of at most 256";
    if (!isName(name)) return "an argument has no proper name";
    if (!/^[a-zA-Z]?$/.test(short)) return `argument ${name}: short is not one letter`;
    if (!argumentTypes.includes(type)) return `argument ${name} is of no known type`;
    if (preset.length > 4096 || doc.length > 4096) return `argument ${name} has too long a default or doc text`;
    if (seen.has(name) || (short && seen.has(short))) return `argument ${name} is declared twice`;
    seen.add(name).add(short || name);
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, is: (item: Record<string, unknown>) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isRecord(item) && is(item));
}

/** A whole number that JSON keeps as it is; a negative one is for `check`. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isWithin(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

function isText(value: unknown): value is string {
  /* What UTF-8 and C's strings cannot hold is no text. */
  return typeof value === "string" && !/[\0\p{Surrogate}]/u.test(value);
}
