import { type DeviceKind, isName } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { Device, describe, expectKind, nameMessage, type Recipe } from "./device.ts";
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
  return attached("network", "OffloadDevice", name, site, { offload });
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
  const address = new Key({
    name: `${prefix}ipv4`,
    type: "ipv4-prefix",
    default: "10.0.0.2/24",
    doc: `IPv4 address of ${nameOf(net)} and the length of its network's prefix.`,
    site,
  });
  const gateway = new Key({
    name: `${prefix}ipv4-gateway`,
    type: "ipv4",
    default: "",
    doc: `IPv4 address of the router that ${nameOf(net)} reaches other networks by; none when empty.`,
    site,
  });
  const parameters = [
    { name: "device", value: net },
    { name: "address", value: address },
    { name: "gateway", value: gateway },
  ];
  return new Device("stack", { name: `${prefix}stack`, className: "Stack", parameters }, site);
}

/** A device that the tender attaches. */
function attached<K extends DeviceKind>(
  kind: K,
  className: string,
  name: string,
  site: Site | undefined,
  more: Pick<Recipe, "offload" | "files" | "disk"> = {},
): Device<K> {
  if (typeof name !== "string" || !isName(name)) throw new ProjectError(nameMessage(`a ${kind} device`, name), site);
  const parameters = [{ name: "name", value: name }];
  return new Device(kind, { name, className, parameters, attached: kind, ...more }, site);
}

/** A device's own name; of one that is chosen by an option, the option's. */
function nameOf({ source }: Device): string {
  return "option" in source ? `what --${source.option.name} chooses` : source.name;
}
