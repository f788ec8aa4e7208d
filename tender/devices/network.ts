/**
 * Network devices: taps and datagram sockets.
 */
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
    return native.addNet(device, target, mac === undefined ? undefined : parseMac(mac));
  },
};

/** The 6 bytes of an Ethernet address. Throws where it is none that a device can have. */
function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text))
    throw new Error(`"${text}" is not an Ethernet address; expected such as 02:00:00:00:00:01`);
  const bytes = Uint8Array.from(text.split(":"), (b) => Number.parseInt(b, 16));
  if (((bytes[0] ?? 1) & 1) === 1)
    throw new Error(`${text} is a group's Ethernet address; a device's has an even first byte`);
  if (bytes.every((b) => b === 0)) throw new Error(`${text} is no device's Ethernet address`);
  return bytes;
}
