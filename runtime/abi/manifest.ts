/**
 * The manifest: what an image needs and takes, in the custom section `fata.manifest` of its wasm. The compiler writes
 * it, the tender checks it before it opens anything. JSON in one canonical form (fixed keys in a fixed order, no spaces,
 * no needless escapes, bounded size), so that a reader in C needs only a small grammar.
 */

/** Name of the custom section. */
export const MANIFEST_SECTION = "fata.manifest";
/** Longest manifest in bytes of UTF-8. */
export const MANIFEST_MAX = 65536;

/** Kinds of device that a tender can attach. */
export const deviceKinds = ["network", "block"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** Types of image arguments. A flag has the values true and false, and may be given without a value. */
export const argumentTypes = ["string", "i32", "bool", "flag", "port", "ipv4", "ipv4-prefix", "log-levels"] as const;
export type ArgumentType = (typeof argumentTypes)[number];

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

/** What a value of each type looks like, for messages: "expected ...". */
export const valueForms: Readonly<Record<ArgumentType, string>> = {
  string: "a text of at most 4096 characters",
  i32: "a whole number from -2147483648 to 2147483647",
  bool: "true or false",
  flag: "true or false",
  port: "a port from 1 to 65535",
  ipv4: "an IPv4 address such as 10.0.0.1",
  "ipv4-prefix": "an IPv4 address and prefix length such as 10.0.0.2/24",
  "log-levels": "quiet, error, warning, info, debug or SOURCE:LEVEL, with commas between, such as info,arp:debug",
};

const BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const LEVEL = "(?:[^\\0,:]+:)?(?:quiet|error|warning|info|debug)";
const VALUES: Readonly<Record<ArgumentType, RegExp>> = {
  string: /^[^\0]{0,4096}$/,
  i32: /^(?:0|-?[1-9][0-9]{0,9})$/,
  bool: /^(?:true|false)$/,
  flag: /^(?:true|false)$/,
  port: /^[1-9][0-9]{0,4}$/,
  ipv4: new RegExp(`^${IPV4}$`),
  "ipv4-prefix": new RegExp(`^${IPV4}/(?:3[0-2]|[12]?[0-9])$`),
  "log-levels": new RegExp(`^(?=.{0,4096}$)${LEVEL}(?:,${LEVEL})*$`),
};

/**
 * Whether `text` is a value of an argument. The empty text is one where the default is empty: it means "none".
 * The text is what stands after `--name=`; where it is not a value, valueForms says what was expected.
 */
export function isValue(argument: Pick<ManifestArgument, "type" | "default">, text: string): boolean {
  if (text === "" && argument.default === "") return true;
  if (!VALUES[argument.type].test(text)) return false;
  if (argument.type === "i32") return Number(text) === (Number(text) | 0);
  return argument.type !== "port" || Number(text) <= 65535;
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
    if (seen.size === 64) return "devices is not a list of at most 64";
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
