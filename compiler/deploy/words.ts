/** The command line of `fata deploy`, as far as yargs cannot read it: options with a device's name, image arguments. */
import { deviceOptionName } from "../../runtime/abi/command.ts";
import type { DeviceKind } from "../../runtime/abi/manifest.ts";
import { UsageError } from "../errors.ts";

/** The options of a device, as the tender has them. The first of a kind attaches the device. */
export const deviceOptions = [
  { name: "net", kind: "network", value: "TAP", help: "Attach a network device to a tap, which is made" },
  { name: "net-mac", kind: "network", value: "MAC", help: "Its Ethernet address [a random one at each start]" },
  { name: "disk", kind: "block", value: "FILE[,ro][,direct]", help: "Attach a block device to a file or a disk" },
] as const satisfies readonly { name: string; kind: DeviceKind; value: string; help: string }[];

export type DeviceOption = (typeof deviceOptions)[number];

/** A device option as it was given. */
export interface Given {
  readonly option: DeviceOption;
  /** The option and, when it was given, the device: `--net:service`. */
  readonly spelled: string;
  /** The device that was named. */
  readonly device: string | undefined;
  readonly value: string;
}

export interface Words {
  /** What is left for yargs. */
  readonly rest: readonly string[];
  readonly devices: readonly Given[];
  /** What follows `--`. */
  readonly image: readonly string[];
}

/**
 * Takes device options and the image's arguments out of the command line.
 * @throws UsageError when a device option has no value
 */
export function splitWords(words: readonly string[]): Words {
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  const rest: string[] = [];
  const devices: Given[] = [];
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? "";
    const [, name, device, given] = /^--([a-z-]+)(?::([^=]*))?(?:=(.*))?$/s.exec(word) ?? [];
    const option = deviceOptions.find((o) => o.name === deviceOptionName(name ?? ""));
    if (!option) {
      rest.push(word);
      continue;
    }
    const value = given ?? before[++at];
    const spelled = `--${name}${device === undefined ? "" : `:${device}`}`;
    if (!value) throw new UsageError(`${spelled} needs a value: ${spelled}=${option.value}`);
    devices.push({ option, spelled, device, value });
  }
  return { rest, devices, image: end < 0 ? [] : words.slice(end + 1) };
}
