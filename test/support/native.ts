/** The native tenders that `npm run build:native` builds, and what this machine has for them. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, hostArchitecture } from "../../compiler/native/architecture.ts";
import { root } from "./repository.ts";

/** This machine's processor. */
export const host: Architecture =
  hostArchitecture ??
  (() => {
    throw new Error(`no native code for ${process.arch}`);
  })();

/** The native tender for a processor, by its name. */
export function nativeTenderFor(name: string): string {
  return join(root, `build/native/${name}/tender`);
}

/** Whether this machine has virtual machines. */
export const hasKvm = opens("/dev/kvm");

function opens(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}
