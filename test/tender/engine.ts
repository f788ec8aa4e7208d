/**
 * Which tender the tests of this folder and of test/conformance run: Node's or, with FATA_TENDER=native, the native one
 * (`npm run build:native`), whose images get native code. native/suite.test.ts runs them so.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/repository.ts";

export const isNative = process.env["FATA_TENDER"] === "native";

/** This processor as native sections name it. */
export const architecture = process.arch === "x64" ? "x86_64" : "aarch64";

/** The native tender. */
export const nativeTender = join(root, `build/native/${architecture}/tender`);

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
