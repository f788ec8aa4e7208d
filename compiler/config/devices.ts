import { type DeviceKind, isName, isValue, valueForm } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { Device, describe, expectKind, groupPrefix, nameMessage, type Recipe } from "./device.ts";
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
  /** Its address and the length of its network's prefix, unless the key `ipv4` says otherwise; 10.0.0.2/24 by custom. */
  readonly address?: string;
  /** Whether it can be asked, by the key `dhcp`, to get its address by DHCP; true by custom. False makes the image smaller. */
  readonly dhcp?: boolean;
}

/**
 * An IPv4 stack (ARP, ICMP, UDP, TCP, DHCP) on a network interface. It brings the keys `ipv4`, `ipv4-gateway`, `dhcp` and
 * `hostname`, which are given when the image is run. The application starts when there is an address.
 */
export function stack(net: Device<"network">, options: StackOptions = {}): Device<"stack"> {
  const site = callSite();
  expectKind("stack", "its network", "network", net, site);
  const { dhcp = true, address: ipv4 = "10.0.0.2/24" } = options;
  if (!isValue({ type: "ipv4-prefix", default: "-" }, ipv4))
    throw new ProjectError(`stack: address is ${JSON.stringify(ipv4)}; expected ${valueForm("ipv4-prefix")}`, site);
  if (typeof dhcp !== "boolean")
    throw new ProjectError(`stack: dhcp is ${describe(dhcp)}; expected true or false`, site);
  const prefix = groupPrefix("a stack", options.group, site);
  const unless = dhcp ? ` Not used with --${prefix}dhcp.` : "";
  const address = new Key({
    name: `${prefix}ipv4`,
    type: "ipv4-prefix",
    default: ipv4,
    doc: `IPv4 address of ${nameOf(net)} and the length of its network's prefix.${unless}`,
    site,
  });
  const gateway = new Key({
    name: `${prefix}ipv4-gateway`,
    type: "ipv4",
    default: "",
    doc: `IPv4 address of the router that ${nameOf(net)} reaches other networks by; none when empty.${unless}`,
    site,
  });
  const parameters = [
    { name: "device", value: net },
    { name: "address", value: address },
    { name: "gateway", value: gateway },
  ];
  const name = `${prefix}stack`;
  if (!dhcp) return new Device("stack", { name, className: "Stack", parameters }, site);
  return new Device(
    "stack",
    { name, className: "DhcpStack", parameters: [...parameters, ...dhcpParameters(net, prefix, site)] },
    site,
  );
}

/** What a stack with DHCP takes besides. */
function dhcpParameters(net: Device<"network">, prefix: string, site: Site | undefined) {
  const dhcp = new Key({
    name: `${prefix}dhcp`,
    type: "flag",
    default: "false",
    doc: `Whether ${nameOf(net)} gets its address, gateway and name servers by DHCP.`,
    site,
  });
  const hostname = new Key({
    name: `${prefix}hostname`,
    type: "string",
    default: "",
    doc: "Name that the DHCP server is told; none when empty.",
    site,
  });
  return [
    { name: "dhcp", value: dhcp },
    { name: "hostname", value: hostname },
  ];
}

export interface ResolverOptions {
  /** Goes before the name of its key, as that of a stack. */
  readonly group?: string;
}

/**
 * Finds the addresses of names, by DNS over a stack. It brings the key `dns-servers`, which is given when the image is run;
 * without it, the servers are those that DHCP tells of.
 */
export function resolver(net: Device<"stack">, options: ResolverOptions = {}): Device<"resolver"> {
  const site = callSite();
  expectKind("resolver", "its stack", "stack", net, site);
  const prefix = groupPrefix("a resolver", options.group, site);
  const servers = new Key({
    name: `${prefix}dns-servers`,
    type: "ipv4-list",
    default: "",
    doc: "IPv4 addresses of the name servers, with commas between; when empty, those that DHCP tells of.",
    site,
  });
  const parameters = [
    { name: "stack", value: net },
    { name: "servers", value: servers },
  ];
  return new Device("resolver", { name: `${prefix}resolver`, className: "Resolver", parameters }, site);
}

/** A device that the tender attaches. */
export function attached<K extends DeviceKind>(
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
