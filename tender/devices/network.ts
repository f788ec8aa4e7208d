/**
 * Network devices: taps and datagram sockets.
 */
import { parseMac } from "../../runtime/abi/command.ts";
import type { Native } from "../native.ts";
import type { DeviceModule } from "./device.ts";

export const network: DeviceModule = {
  kind: "network",
  options: [
    { name: "net", value: "TAP|@FD", help: "Network device: a tap, or a descriptor that was passed on." },
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
