/**
 * Every kind of device, and how those of one image are attached.
 */
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
    const device = findDevice(manifest, g);
    const list = values.get(device) ?? [];
    if (list[g.option] !== undefined) throw new TenderError(status.usage, `${spell(g)} is given twice`);
    list[g.option] = g.value;
    values.set(device, list);
  }
  for (const device of manifest.devices) {
    const module = moduleOf(device);
    if (values.get(device)?.[0] === undefined) {
      const option = `--${module.options[0].name}:${device.name}=${module.example}`;
      throw fail(`the ${device.kind} device "${device.name}" is not attached; add ${option}`, manifest);
    }
  }
  const warnings: string[] = [];
  for (const device of manifest.devices) {
    try {
      const warning = moduleOf(device).attach(native, device.name, values.get(device) ?? []);
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

/** The device that an option is about. */
function findDevice(manifest: Manifest, g: Given): ManifestDevice {
  const kind = g.module.kind;
  const ofKind = manifest.devices.filter((d) => d.kind === kind);
  if (g.device === undefined) {
    const [only, second] = ofKind;
    if (only && !second) return only;
    throw fail(`${spell(g)}: ${only ? `which of the ${kind} devices?` : `there is no ${kind} device`}`, manifest);
  }
  const device = ofKind.find((d) => d.name === g.device);
  if (!device) throw fail(`${spell(g)}: there is no ${kind} device "${g.device}"`, manifest);
  return device;
}

/** An option as it was given, without its value. */
function spell(g: Given): string {
  return `--${g.module.options[g.option]?.name}${g.device === undefined ? "" : `:${g.device}`}`;
}

function fail(what: string, manifest: Manifest): TenderError {
  const list = manifest.devices.map((d) => `${d.name} (${d.kind})`).join(", ");
  return new TenderError(status.device, `${what}; ${manifest.name} declares ${list || "no devices"}`);
}
