/**
 * Which tender the tests of this folder and of test/conformance run: Node's or, as the variable FATA_TENDER says,
 *
 *     native    the native one (`npm run build:native`)
 *     foreign   the native one for the other processor, under qemu-user, which has no seccomp filters
 *
 * whose images get native code. native/suite.test.ts runs them so.
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/repository.ts";

const chosen = process.env["FATA_TENDER"];
if (chosen !== undefined && chosen !== "native" && chosen !== "foreign")
  throw new Error(`FATA_TENDER=${chosen}: expected native or foreign`);

export const isNative = chosen !== undefined;

/** How the native tender of these tests holds the guest: seccomp, or kvm. */
export const isolation = process.env["FATA_ISOLATION"] ?? "seccomp";

/** Whether the machine that the tests run on has virtual machines. In emulated ones they are tested anyhow: test/machines. */
export const hasKvm = opens("/dev/kvm");
if (!hasKvm) console.error("/dev/kvm does not open: --isolation=kvm is tested in test/machines only");

function opens(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}

const host = process.arch === "x64" ? "x86_64" : "aarch64";

/** The processor that is not this one. */
export const foreignArchitecture = host === "x86_64" ? "aarch64" : "x86_64";

/** The processor of the tender under test, as native sections name it. */
export const architecture = chosen === "foreign" ? foreignArchitecture : host;

/** The native tender for a processor. */
export function nativeTenderFor(name: string): string {
  return join(root, `build/native/${name}/tender`);
}

/** The native tender for this processor, or another build of it. */
export const nativeTender = process.env["FATA_NATIVE_TENDER"] ?? nativeTenderFor(host);

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
