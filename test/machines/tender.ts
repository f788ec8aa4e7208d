/** The native tender for a machine. */
import { join } from "node:path";
import type { Architecture } from "../../compiler/native/architecture.ts";
import { root } from "../support/repository.ts";

/** Where it is in a machine. */
export const TENDER = "/tender";

/** The path of the tender that `npm run build:native` has built for an architecture. */
export function tenderFor({ name }: Architecture): string {
  return join(root, `build/native/${name}/tender`);
}
