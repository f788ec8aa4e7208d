import { type DeviceKind, isName } from "../../runtime/abi/manifest.ts";
import { formatSite, ProjectError, type Site } from "../errors.ts";
import { Device, describe, type Kind } from "./device.ts";
import { Key } from "./key.ts";
import { callSite } from "./site.ts";

export interface NetworkOptions {
  /**
   * Leaves checksums, and the cutting of large packets into segments, to the host where it can: the image may send and
   * receive 64 KiB at a time. That pays where much data flows, and costs a little for each small packet.
   */
  readonly offload?: boolean;
}

/**
 * A network interface, attached with `tender --net:NAME=tap0`.
 * @param name lower-case letters, digits and hyphens
 */
export function network(name: string, options: NetworkOptions = {}): Device<"network"> {
  const site = callSite();
  const { offload = false } = options;
  if (typeof offload !== "boolean")
    throw new ProjectError(`network("${name}"): offload is ${describe(offload)}; expected true or false`, site);
  if (!offload) return attached("network", "NetworkDevice", name, site);
  const { recipe } = attached("network", "OffloadDevice", name, site);
  return new Device("network", { ...recipe, offload }, site);
}

/**
 * A disk, attached with `tender --disk:NAME=FILE`.
 * @param name lower-case letters, digits and hyphens
 */
export function block(name: string): Device<"block"> {
  return attached("block", "BlockDevice", name, callSite());
}

export interface StackOptions {
  /**
   * Goes before the names of its keys: the group "management" makes `--management-ipv4`. An image with two stacks needs
   * it to tell them apart.
   */
  readonly group?: string;
}

/**
 * An IPv4 stack (ARP, ICMP, UDP) on a network interface. It brings the keys `ipv4` and `ipv4-gateway`, which are given
 * when the image is run.
 */
export function stack(net: Device<"network">, options: StackOptions = {}): Device<"stack"> {
  const site = callSite();
  expectKind("stack", "its network", "network", net, site);
  const group = options.group ?? "";
  if (group && !isName(group)) throw new ProjectError(nameMessage("the group of a stack", group), site);
  const prefix = group ? `${group}-` : "";
  const at = site && { site };
  const address = new Key({
    name: `${prefix}ipv4`,
    type: "ipv4-prefix",
    default: "10.0.0.2/24",
    doc: `IPv4 address of ${net.recipe.name} and the length of its network's prefix.`,
    ...at,
  });
  const gateway = new Key({
    name: `${prefix}ipv4-gateway`,
    type: "ipv4",
    default: "",
    doc: `IPv4 address of the router that ${net.recipe.name} reaches other networks by; none when empty.`,
    ...at,
  });
  const recipe = { name: `${prefix}stack`, className: "Stack", args: [net, address, gateway] };
  return new Device("stack", recipe, site);
}

/** Throws unless `value` is a device of the kind: TypeScript says so in the editor, `any` and plain JavaScript do not. */
export function expectKind(user: string, need: string, kind: Kind, value: unknown, site: Site | undefined): void {
  if (value instanceof Device && value.kind === kind) return;
  const declared = value instanceof Device && value.site ? `, declared at ${formatSite(value.site)}` : "";
  throw new ProjectError(`${user} needs a ${kind} as ${need}, but is given ${describe(value)}${declared}`, site);
}

function attached<K extends DeviceKind>(kind: K, className: string, name: string, site: Site | undefined): Device<K> {
  if (typeof name !== "string" || !isName(name)) throw new ProjectError(nameMessage(`a ${kind} device`, name), site);
  return new Device(kind, { name, className, args: [name], attached: kind }, site);
}

/** Says that a name is malformed. */
export function nameMessage(what: string, name: unknown): string {
  return `the name of ${what} is ${JSON.stringify(name)}; expected lower-case letters, digits and hyphens, a letter first`;
}
