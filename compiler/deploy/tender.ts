/** The tender that a service starts. */
import { join } from "node:path";
import type { Isolation } from "../../runtime/abi/command.ts";
import { UsageError } from "../errors.ts";
import { packageRoot } from "../package.ts";
import type { Image } from "./image.ts";
import { checkPath } from "./quote.ts";

/** Where images and the native tender lie on a machine. */
export const LIBRARY = "/usr/local/lib/fata";

export interface Tender {
  /** Its command, an absolute path first. */
  readonly command: readonly [string, ...string[]];
  /** native: the static program at its place in LIBRARY. node: Node's. given: the user's own. */
  readonly kind: "native" | "node" | "given";
}

/**
 * Chooses the tender: the native one for an image with native code, else Node's, which then has to lie on the machine
 * where it lies here.
 * @param given the value of --tender
 * @throws UsageError
 */
export function chooseTender(image: Image, isolation: Isolation, given: string | undefined): Tender {
  const needsNative = isolation === "seccomp" || isolation === "kvm";
  if (needsNative && image.native.length === 0)
    throw new UsageError(
      `--isolation=${isolation}: the image has no native code; build it with: fata build DIR --native=x86_64,aarch64`,
    );
  if (given !== undefined) {
    checkProgram(given, "--tender");
    return { command: [given], kind: "given" };
  }
  if (isolation !== "v8" && image.native.length > 0) return { command: [`${LIBRARY}/tender`], kind: "native" };
  const script = join(packageRoot, "build/tender/tender.cjs");
  checkProgram(process.execPath, "Node, which runs the tender");
  checkPath(script, "the tender for Node");
  return { command: [process.execPath, script], kind: "node" };
}

function checkProgram(path: string, what: string): void {
  checkPath(path, what);
  if (path.includes("$")) throw new UsageError(`${what}: systemd takes no program with a dollar sign in its path`);
}
