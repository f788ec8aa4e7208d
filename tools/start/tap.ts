/**
 * A tap for `npm start`: its name, its addresses, and the commands that make it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** An IPv4 network of 256 addresses with a route that stands in its way. */
interface Conflict {
  readonly network: string;
  readonly route: string;
}

/** The first three bytes of networks to try, the documented one first. */
const NETWORKS = ["10.0.0", "10.99.0", "172.20.99", "192.168.99"] as const;

/** What the host has on its end of the wire, and what the unikernel gets. */
export interface Wire {
  readonly tap: string;
  /** With prefix, such as 10.0.0.1/24. */
  readonly host: string;
  readonly guest: string;
  /** Networks that were passed over since the host uses them. */
  readonly conflicts: readonly Conflict[];
}

/** The commands that make a tap which the present user may open. */
export function tapCommands(wire: Wire, user: number): string[][] {
  return [
    ["ip", "tuntap", "add", wire.tap, "mode", "tap", "user", String(user)],
    ["ip", "address", "add", wire.host, "dev", wire.tap],
    ["ip", "link", "set", wire.tap, "up"],
  ];
}

/**
 * Chooses a free name and a network that no route of the host touches.
 * @param routes destinations of the host's IPv4 routes, such as 192.168.1.0/24
 * @param taken whether an interface of that name exists
 * @returns the wire, or undefined when all networks are in use
 */
export function chooseWire(routes: readonly string[], taken: (name: string) => boolean): Wire | undefined {
  let number = 0;
  while (taken(`tap${number}`)) number++;
  const conflicts: Conflict[] = [];
  for (const network of NETWORKS) {
    const route = routes.find((destination) => overlaps(destination, `${network}.0/24`));
    if (route === undefined)
      return { tap: `tap${number}`, host: `${network}.1/24`, guest: `${network}.2/24`, conflicts };
    conflicts.push({ network: `${network}.0/24`, route });
  }
  return undefined;
}

/** Whether an interface of this name exists. */
export function interfaceExists(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}

/** Whether `name` is a persistent tap that belongs to this user, such as the commands above make. */
export function ownsTap(name: string, user: number): boolean {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/owner`, "utf8")) === user;
  } catch {
    return false; // there is no such interface, or it is not a tap
  }
}

/** Destinations of the host's IPv4 routes but the default one. */
export function hostRoutes(): string[] {
  const { stdout } = spawnSync("ip", ["-json", "-4", "route", "show"], { encoding: "utf8" });
  const routes = JSON.parse(stdout || "[]") as { dst: string }[];
  return routes.map((route) => route.dst).filter((destination) => destination !== "default");
}

/** Whether two prefixes, or single addresses, have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [addressA, lengthA] = parsePrefix(a);
  const [addressB, lengthB] = parsePrefix(b);
  const unit = 2 ** (32 - Math.min(lengthA, lengthB));
  return Math.floor(addressA / unit) === Math.floor(addressB / unit);
}

function parsePrefix(text: string): [address: number, length: number] {
  const [address = "", length = "32"] = text.split("/");
  return [address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0), Number(length)];
}
