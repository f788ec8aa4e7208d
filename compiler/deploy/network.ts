/** The files for systemd-networkd: systemd.netdev(5), systemd.network(5). */
import type { Deployment } from "./deployment.ts";
import type { PlannedFile } from "./files.ts";

const NETWORK = "/etc/systemd/network";

/** Before files of distributions, after those of a host's own for the same link. */
const PREFIX = "60-fata-";

/** The taps' files. */
export function tapFiles({ networks, bridge, user }: Deployment): PlannedFile[] {
  return networks.flatMap(({ tap }) => [
    netdev(tap, "tap", ["[Tap]", `User=${user}`]),
    network(tap, bridge ? [`Bridge=${bridge.name}`] : ["LinkLocalAddressing=no"]),
  ]);
}

/** The bridge's files, none without a bridge. */
export function bridgeFiles({ bridge }: Deployment): PlannedFile[] {
  if (!bridge) return [];
  const { name, address } = bridge;
  return [
    netdev(name, "bridge", [
      "[Bridge]",
      "# No other bridges are to be found: a tap need not wait until it may forward.",
      "STP=no",
      "ForwardDelaySec=10ms",
    ]),
    network(name, [
      ...(address === undefined ? ["LinkLocalAddressing=no"] : [`Address=${address}`]),
      "IPv6AcceptRA=no",
      "# Its address is there before the first unikernel is.",
      "ConfigureWithoutCarrier=yes",
    ]),
  ];
}

function netdev(name: string, kind: string, rest: readonly string[]): PlannedFile {
  return file(`${name}.netdev`, ["[NetDev]", `Name=${name}`, `Kind=${kind}`, "", ...rest]);
}

function network(name: string, rest: readonly string[]): PlannedFile {
  const link = ["[Link]", "# The host's start does not wait for a unikernel.", "RequiredForOnline=no"];
  return file(`${name}.network`, ["[Match]", `Name=${name}`, "", ...link, "", "[Network]", ...rest]);
}

function file(name: string, lines: readonly string[]): PlannedFile {
  const text = ["# Written by: fata deploy systemd", ...lines, ""].join("\n");
  return { path: `${NETWORK}/${PREFIX}${name}`, content: text, mode: 0o644 };
}
