/** All that is fuzzed, by name. */
import { addressesTarget } from "./addresses.ts";
import { framesTarget } from "./frames.ts";
import { manifestTarget } from "./manifest.ts";
import { outlineTarget } from "./outline.ts";
import type { Target } from "./target.ts";
import { wireTarget } from "./wire.ts";

/** Makes a fresh target of each. */
export const targets: Readonly<Record<string, () => Target>> = {
  frames: framesTarget,
  wire: wireTarget,
  addresses: addressesTarget,
  manifest: manifestTarget,
  outline: outlineTarget,
};
