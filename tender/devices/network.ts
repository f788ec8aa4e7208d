/**
 * Network devices: taps, datagram sockets, and stream sockets such as passt's.
 */
import { parseMac } from "../../runtime/abi/command.ts";
import type { ManifestDevice } from "../../runtime/abi/manifest.ts";
import type { Native } from "../native.ts";
import type { DeviceModule } from "./device.ts";

export const network: DeviceModule = {
  kind: "network",
  options: [
    {
      name: "net",
      value: "TAP|@FD|unix:PATH",
      help: "Network device: a tap, a descriptor, or a socket such as passt's.",
    },
    { name: "net-mac", value: "MAC", help: "Its Ethernet address; by default a random one." },
    {
      name: "net-offload",
      value: "on|off",
      help: "Leave checksums and segments to the host where image and tap can (default: on).",
    },
  ],
  example: "tap0",

  attach(
    native: Native,
    { name, offload = 0 }: ManifestDevice,
    [target = "", mac, use = "on"]: readonly (string | undefined)[],
  ): string | undefined {
    const address = mac === undefined ? undefined : macOf(mac);
    if (use !== "on" && use !== "off") throw new Error(`"${use}" does not say whether to offload; expected on or off`);
    return native.addNet(name, target, address, use === "on" ? offload : 0);
  },
};

function macOf(text: string): Uint8Array {
  const mac = parseMac(text);
  if (typeof mac === "string") throw new Error(mac);
  return mac;
}
