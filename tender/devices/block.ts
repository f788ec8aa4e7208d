/**
 * Block devices: files and the host's block devices.
 */
import { parseDisk } from "../../runtime/abi/command.ts";
import type { ManifestDevice } from "../../runtime/abi/manifest.ts";
import type { Native } from "../native.ts";
import type { DeviceModule } from "./device.ts";

export const block: DeviceModule = {
  kind: "block",
  options: [
    {
      name: "disk",
      value: "FILE[,ro][,direct]",
      help: "Block device: a file; ro: read-only, direct: past the host's memory (also: --block).",
    },
  ],
  example: "disk.img",

  attach(native: Native, { name }: ManifestDevice, [value = ""]: readonly (string | undefined)[]): undefined {
    const { path, readOnly, direct } = parseDisk(value);
    if (path === "") throw new Error("no file is named; expected such as disk.img or disk.img,ro");
    native.addBlock(name, path, readOnly, direct);
  },
};
