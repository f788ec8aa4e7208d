/** What is to run as a service, checked against the image's manifest as the tender will check it. */
import {
  type DiskValue,
  findDevice,
  type Isolation,
  memoryTooSmall,
  notAttached,
  parseArguments,
  parseDisk,
  parseMac,
  parseMemory,
} from "../../runtime/abi/command.ts";
import { isName, isValue, type Manifest, valueForm } from "../../runtime/abi/manifest.ts";
import { UsageError } from "../errors.ts";
import type { Image } from "./image.ts";
import { checkPath } from "./quote.ts";
import { chooseTender, type Tender } from "./tender.ts";
import { deviceOptions, type Given } from "./words.ts";

export const restarts = ["always", "on-failure", "no"] as const;

/** The options as they were given, each checked for its type only. */
export interface Request {
  readonly image: Image;
  readonly devices: readonly Given[];
  /** What follows `--`. */
  readonly words: readonly string[];
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly bridge: string | undefined;
  readonly bridgeAddress: string | undefined;
  readonly mem: string;
  readonly isolation: Isolation;
  readonly restart: (typeof restarts)[number];
  readonly tender: string | undefined;
}

export interface Deployment {
  /** The service's, without `.service`. */
  readonly name: string;
  readonly user: string;
  readonly image: Image;
  readonly networks: readonly { readonly tap: string }[];
  readonly disks: readonly DiskValue[];
  readonly bridge: { readonly name: string; readonly address: string | undefined } | undefined;
  /** The most pages of 64 KiB that the guest's memory can have. */
  readonly pages: number;
  readonly isolation: Isolation;
  readonly restart: Request["restart"];
  readonly tender: Tender;
  /** The tender's options, each one word. */
  readonly options: readonly string[];
  /** The image's arguments, each one word. */
  readonly arguments: readonly string[];
}

/**
 * Checks what was asked for.
 * @throws UsageError that says what is wrong and what to type
 */
export function plan(request: Request): Deployment {
  const { image, isolation } = request;
  const { manifest } = image;
  const name = request.name ?? manifest.name;
  if (!isName(name))
    throw new UsageError(`--name=${name}: expected lower-case letters, digits and hyphens, such as ${manifest.name}`);
  checkDevices(manifest, request.devices);
  const taps = valuesOf("net", request.devices).map((g) => ({ tap: checkInterface(g.spelled, g.value) }));
  const bridge = checkBridge(request, taps.length);
  const links = [...taps.map(({ tap }) => tap), ...(bridge ? [bridge.name] : [])];
  const twice = links.find((link, at) => links.indexOf(link) !== at);
  if (twice !== undefined)
    throw new UsageError(`${twice} is named twice; each tap and the bridge have a name of their own`);
  for (const { spelled, value } of valuesOf("net-mac", request.devices)) refuse(parseMac(value), `${spelled}: `);
  const pages = refuse(parseMemory(request.mem));
  refuse(memoryTooSmall(manifest, pages));
  const read = parseArguments(manifest, request.words);
  if ("wrong" in read) throw new UsageError(read.wrong);
  return {
    name,
    user: checkUser(request.user, name),
    image,
    networks: taps,
    disks: valuesOf("disk", request.devices).map(checkDisk),
    bridge,
    pages: Math.min(pages, manifest.memory.maximum),
    isolation,
    restart: request.restart,
    tender: chooseTender(image, isolation, request.tender),
    options: [
      ...request.devices.map(({ spelled, value }) => `${spelled}=${value}`),
      `--mem=${request.mem}`,
      ...(isolation === "auto" ? [] : [`--isolation=${isolation}`]),
    ],
    arguments: read.list,
  };
}

function valuesOf(name: string, devices: readonly Given[]): Given[] {
  return devices.filter((given) => given.option.name === name);
}

/** Passes a result on, and throws a sentence that says what is wrong as a UsageError. */
function refuse<T>(result: T | string, prefix = ""): T {
  if (typeof result === "string") throw new UsageError(prefix + result);
  return result;
}

/** Every declared device is to be given, once, and no other. */
function checkDevices(manifest: Manifest, devices: readonly Given[]): void {
  const seen = new Set<string>();
  for (const { option, device, spelled } of devices) {
    const found = refuse(findDevice(manifest, option.kind, device, spelled));
    const key = `${option.name}:${found.name}`;
    if (seen.has(key)) throw new UsageError(`${spelled} is given twice`);
    seen.add(key);
  }
  for (const device of manifest.devices) {
    const attach = deviceOptions.find(({ kind }) => kind === device.kind);
    const example = device.kind === "network" ? "tap100" : "/var/lib/disk.img";
    if (attach && !seen.has(`${attach.name}:${device.name}`))
      throw new UsageError(notAttached(manifest, device, attach.name, example));
  }
}

/** What the kernel takes as an interface's name, and what neither networkd nor a unit's name has a meaning for. */
function checkInterface(option: string, name: string): string {
  if (name.startsWith("@"))
    throw new UsageError(`${option}=${name}: nobody passes a descriptor to a service; name a tap, such as tap100`);
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,14}$/.test(name) || name === "all" || name === "default")
    throw new UsageError(
      `${option}=${name}: expected at most 15 letters, digits, "_", "." and "-", a letter first, such as tap100`,
    );
  return name;
}

function checkBridge({ bridge, bridgeAddress }: Request, networks: number): Deployment["bridge"] {
  if (bridge === undefined) {
    if (bridgeAddress !== undefined) throw new UsageError("--bridge-address needs a bridge; add --bridge=br100");
    return undefined;
  }
  if (networks === 0) throw new UsageError("--bridge: no network device is attached to a tap; leave it out");
  const prefix = { type: "ipv4-prefix", default: "10.0.0.1/24" } as const;
  if (bridgeAddress !== undefined && !isValue(prefix, bridgeAddress))
    throw new UsageError(`--bridge-address=${bridgeAddress}: expected ${valueForm("ipv4-prefix")}`);
  return { name: checkInterface("--bridge", bridge), address: bridgeAddress };
}

function checkDisk({ spelled, value }: Given): DiskValue {
  const disk = parseDisk(value);
  checkPath(disk.path, spelled);
  return disk;
}

/** The longest name of a user that systemd takes. */
const USER_MAX = 31;

function checkUser(given: string | undefined, service: string): string {
  const user = given ?? `fata-${service}`;
  if (user === "root") throw new UsageError("--user=root: a service that needs no rights; leave the option out");
  if (user.length > USER_MAX && given === undefined)
    throw new UsageError(`${user} is too long for a user, of ${USER_MAX} characters at most; add --user=USER`);
  if (!/^[a-z_][a-z0-9_-]*$/.test(user) || user.length > USER_MAX)
    throw new UsageError(
      `--user=${user}: expected at most ${USER_MAX} lower-case letters, digits, "_" and "-", such as unikernel`,
    );
  return user;
}
