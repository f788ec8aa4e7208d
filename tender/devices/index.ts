/**
 * Every kind of device, and how those of one image are attached.
 */
import { findDevice, notAttached } from "../../runtime/abi/command.ts";
import type { Manifest, ManifestDevice } from "../../runtime/abi/manifest.ts";
import { reasonOf, status, TenderError } from "../errors.ts";
import type { Native } from "../native.ts";
import { block } from "./block.ts";
import type { DeviceModule } from "./device.ts";
import { network } from "./network.ts";

export const deviceModules: readonly DeviceModule[] = [network, block];

/** A device option as it was given. */
export interface Given {
  readonly module: DeviceModule;
  /** Index into the module's options. */
  readonly option: number;
  /** The device that was named, or undefined. */
  readonly device: string | undefined;
  readonly value: string;
}

/**
 * Opens all devices of an image. Throws a TenderError when one is missing, not declared or cannot be opened.
 * @returns warnings
 */
export function attachDevices(native: Native, manifest: Manifest, given: readonly Given[]): string[] {
  const values = new Map<ManifestDevice, (string | undefined)[]>();
  for (const g of given) {
    const device = findDevice(manifest, g.module.kind, g.device, spell(g));
    if (typeof device === "string") throw new TenderError(status.device, device);
    const list = values.get(device) ?? [];
    if (list[g.option] !== undefined) throw new TenderError(status.usage, `${spell(g)} is given twice`);
    list[g.option] = g.value;
    values.set(device, list);
  }
  for (const device of manifest.devices) {
    const { options, example } = moduleOf(device);
    if (values.get(device)?.[0] === undefined)
      throw new TenderError(status.device, notAttached(manifest, device, options[0].name, example));
  }
  const warnings: string[] = [];
  for (const device of manifest.devices) {
    try {
      const warning = moduleOf(device).attach(native, device, values.get(device) ?? []);
      if (warning !== undefined) warnings.push(warning);
    } catch (error) {
      throw new TenderError(status.device, `${device.kind} device "${device.name}": ${reasonOf(error)}`);
    }
  }
  return warnings;
}

function moduleOf(device: ManifestDevice): DeviceModule {
  const module = deviceModules.find((m) => m.kind === device.kind);
  if (!module) throw new TenderError(status.device, `this tender has no ${device.kind} devices`);
  return module;
}

/** An option as it was given, without its value. */
function spell(g: Given): string {
  return `--${g.module.options[g.option]?.name}${g.device === undefined ? "" : `:${g.device}`}`;
}
