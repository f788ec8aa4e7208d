/**
 * Network devices: taps, datagram sockets, and stream sockets such as passt's.
 */
import { parseMac } from "../../runtime/abi/command.ts";
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
  ],
  example: "tap0",

  attach(native: Native, device: string, [target = "", mac]: readonly (string | undefined)[]): string | undefined {
    return native.addNet(device, target, mac === undefined ? undefined : macOf(mac));
  },
};

function macOf(text: string): Uint8Array {
  const mac = parseMac(text);
  if (typeof mac === "string") throw new Error(mac);
  return mac;
}
