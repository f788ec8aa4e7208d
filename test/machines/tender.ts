/** The native tender for a machine. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Architecture, hostArchitecture } from "../../compiler/native/architecture.ts";
import { root } from "../support/repository.ts";

/** Where it is in a machine. */
export const TENDER = "/tender";

/** The path of the tender that `npm run build:native` has built for an architecture. */
export function tenderFor(architecture: Architecture): string {
  const path = join(root, `build/native/${architecture.name}/tender`);
  if (architecture === hostArchitecture) return path;
  const musl = join(homedir(), ".cache/fata/musl", architecture.name);
  if (!existsSync(musl)) {
    mkdirSync(musl, { recursive: true });
    execFileSync(join(root, "tools/unpack"), ["arm64", musl, "musl-dev"]);
  }
  execFileSync("make", [
    ...["-s", "-C", join(root, "tender/native"), "-f", "tender.mk", `ARCH=${architecture.name}`],
    ...[`MUSL_INCLUDE=${musl}/usr/include/aarch64-linux-musl`, `MUSL_LIB=${musl}/usr/lib/aarch64-linux-musl`],
  ]);
  return path;
}
