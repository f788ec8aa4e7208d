/**
 * What each kind of device brings along: its options on the command line, with their help, and how it is opened.
 * Its hypercalls and the system calls that it needs stand in its C code (ring_net.c, tap.c, stream.c; ring_block.c, disk.c).
 */
import type { DeviceKind, ManifestDevice } from "../../runtime/abi/manifest.ts";
import type { Native } from "../native.ts";

export interface DeviceOption {
  /** Without dashes. Given as --NAME or --NAME:DEVICE. */
  readonly name: string;
  /** How its value is written in the help, such as TAP. */
  readonly value: string;
  readonly help: string;
}

export interface DeviceModule {
  readonly kind: DeviceKind;
  /** The first of these attaches the device. */
  readonly options: readonly [DeviceOption, ...DeviceOption[]];
  /** A value of the first option, for messages. */
  readonly example: string;
  /**
   * Opens the device. Throws an error that says why it cannot.
   * @param device as the manifest has it
   * @param values the values of the options above, in their order
   * @returns a warning, or undefined
   */
  attach(native: Native, device: ManifestDevice, values: readonly (string | undefined)[]): string | undefined;
}
