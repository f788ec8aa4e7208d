/** Images whose native code is written in C, not made from their wasm. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Architecture, nativeSection } from "../../../compiler/native/architecture.ts";
import { packNative } from "../../../compiler/native/elf.ts";
import { xxh64 } from "../../../compiler/native/xxh64.ts";
import type { Manifest } from "../../../runtime/abi/manifest.ts";
import { host } from "../../support/native.ts";
import { root } from "../../support/repository.ts";
import { guest, image, section } from "../wat.ts";

/** The native code of a C file in this folder, by custom for this machine: an ELF file as native sections hold it. */
export function compileC(name: string, architecture = host): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "fata-guest-"));
  try {
    const output = join(folder, "guest");
    const layout = join(root, "compiler/native/c/layout.ld");
    const source = join(root, "test/tender/native", name);
    const flags = ["-O1", "-Wall", "-Werror", "-ffreestanding", "-fno-pie", "-fno-stack-protector", "-nostdlib"];
    const frames = [
      "-fno-omit-frame-pointer",
      "-mno-omit-leaf-frame-pointer",
      "-fstack-clash-protection",
      ...architecture.flags,
    ];
    const link = ["-static", "-no-pie", `-Wl,-T,${layout}`, "-Wl,--build-id=none", "-Wl,-z,noexecstack"];
    const compiler = architecture === host ? "gcc" : `${architecture.name}-linux-gnu-gcc`;
    execFileSync(compiler, [...flags, ...frames, ...link, "-o", output, source]);
    return packNative(readFileSync(output), (symbol) => symbol);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The custom section's name, by custom on this machine. */
export function sectionName(architecture = host): string {
  return nativeSection(architecture);
}

/** An image with one page of memory (up to 16) and the given ELF file as its native code. */
export function imageWith(
  elf: Uint8Array,
  manifest: Partial<Manifest> = {},
  architecture: Architecture = host,
): Uint8Array {
  const wasm = image(guest({}), manifest);
  const hash = xxh64(wasm);
  return Buffer.concat([wasm, section(sectionName(architecture), Buffer.concat([hash, elf]))]);
}
