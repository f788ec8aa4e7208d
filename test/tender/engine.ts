/**
 * Which tender the tests of this folder and of test/conformance run: Node's or, as the variable FATA_TENDER says,
 *
 *     native    the native one (`npm run build:native`)
 *     foreign   the native one for the other processor, under qemu-user, which has no seccomp filters
 *
 * whose images get native code. native/suite.test.ts runs them so.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasKvm, host, nativeTenderFor } from "../support/native.ts";
import { root } from "../support/repository.ts";

const chosen = process.env["FATA_TENDER"];
if (chosen !== undefined && chosen !== "native" && chosen !== "foreign")
  throw new Error(`FATA_TENDER=${chosen}: expected native or foreign`);

export const isNative = chosen !== undefined;

/** How the native tender of these tests holds the guest: seccomp, or kvm. */
export const isolation = process.env["FATA_ISOLATION"] ?? "seccomp";

if (!hasKvm) console.error("/dev/kvm does not open: --isolation=kvm is tested in test/machines only");

/** The processor that is not this one. */
export const foreignArchitecture = host.name === "x86_64" ? "aarch64" : "x86_64";

/** The processor of the tender under test, as native sections name it. */
export const architecture = chosen === "foreign" ? foreignArchitecture : host.name;

/** The native tender for this processor, or another build of it. */
export const nativeTender = process.env["FATA_NATIVE_TENDER"] ?? nativeTenderFor(host.name);

/** How it reads and writes devices, as the variable FATA_IO says: rw, where by custom it takes what --io=auto gives it. */
const io = process.env["FATA_IO"] === undefined ? [] : [`--io=${process.env["FATA_IO"]}`];

/** The command of the tender under test. */
export const tenderCommand: readonly string[] =
  chosen === "foreign"
    ? [`qemu-${architecture}-static`, nativeTenderFor(architecture), "--isolation=seccomp", "--no-sandbox", "--quiet"]
    : isNative
      ? [nativeTender, `--isolation=${isolation}`, ...io]
      : [process.execPath, join(root, "build/tender/tender.cjs"), ...io];

/** An image with native code, by custom for this processor, made from its wasm. */
export function withNative(image: Uint8Array, target = architecture): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "fata-translate-"));
  try {
    const path = join(folder, "image.wasm");
    writeFileSync(path, image);
    const translate = join(root, "build/test/tender/native/translate.js");
    execFileSync(process.execPath, [translate, path, target], { stdio: "pipe" });
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
