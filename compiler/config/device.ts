import type { DeviceKind } from "../../runtime/abi/manifest.ts";
import type { Site } from "../errors.ts";
import type { Key } from "./key.ts";

/** Kinds of device: what a unikernel can need. */
export const kinds = ["network", "block", "stack"] as const;
export type Kind = (typeof kinds)[number];

/** What the constructor of a device's class is given in main.ts: a device, the value of a key, or a text. */
export type Argument = Device | Key | string;

/** How a device is made in main.ts. */
export interface Recipe {
  /** Its variable's name in main.ts; of an attached device also the name that the tender knows it by. */
  readonly name: string;
  /** Its class, exported by "fata". */
  readonly className: string;
  readonly args: readonly Argument[];
  /** Set when the tender attaches it (`--net:NAME=`, `--disk:NAME=`). */
  readonly attached?: DeviceKind;
  /** Whether it leaves checksums and segments to the host. */
  readonly offload?: boolean;
}

/**
 * A device of one kind. It is a plain value: pass the same constant twice and both users share one device.
 */
export class Device<K extends Kind = Kind> {
  readonly kind: K;
  /** @internal */
  readonly recipe: Recipe;
  /** Where it was declared. */
  readonly site: Site | undefined;

  /** @internal */
  constructor(kind: K, recipe: Recipe, site: Site | undefined) {
    this.kind = kind;
    this.recipe = recipe;
    this.site = site;
  }
}

/** What a value is, for messages: `a network`, `a stack`, `a string`, `undefined`. */
export function describe(value: unknown): string {
  if (value instanceof Device) return `a ${value.kind}`;
  if (value === null || value === undefined) return String(value);
  const type = Array.isArray(value) ? "array" : typeof value;
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}
