/**
 * Images written by hand: WebAssembly text, assembled, with a manifest.
 */
import { writeFileSync } from "node:fs";
import wabt from "wabt";
import { encodeManifest, MANIFEST_SECTION, type Manifest } from "../../runtime/abi/manifest.ts";
import * as abi from "../../runtime/abi/tender.ts";
import { isNative, withNative } from "./engine.ts";

const assembler = await wabt();

/** What most images need: one page of memory, no devices, no arguments. */
export const plainManifest: Manifest = {
  abi: abi.ABI_VERSION,
  name: "test",
  version: "1.0",
  devices: [],
  memory: { initial: 1, maximum: 16 },
  arguments: [],
  build: "0".repeat(32),
};

/** A custom section. */
export function section(name: string, content: Uint8Array): Uint8Array {
  const head = [name.length, ...Buffer.from(name)];
  const size: number[] = [];
  for (let n = head.length + content.length; ; n >>>= 7) {
    size.push(n < 128 ? n : (n & 127) | 128);
    if (n < 128) break;
  }
  return Uint8Array.from([0, ...size, ...head, ...content]);
}

/**
 * Assembles WebAssembly text. `$NAME$` stands for the constant NAME of the ABI.
 * @returns the module without a manifest
 */
export function assemble(text: string): Uint8Array {
  const constants = abi as Readonly<Record<string, unknown>>;
  const filled = text.replace(/\$([A-Z][A-Z0-9_]*)\$/g, (_, name: string) => {
    const value = constants[name];
    if (typeof value !== "number") throw new Error(`the ABI has no constant ${name}`);
    return String(value);
  });
  const module = assembler.parseWat("test.wat", filled);
  try {
    module.validate();
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}

/** A module with a manifest. */
export function image(text: string, manifest: Partial<Manifest> = {}): Uint8Array {
  const content = Buffer.from(encodeManifest({ ...plainManifest, ...manifest }));
  return Buffer.concat([assemble(text), section(MANIFEST_SECTION, content)]);
}

/** Writes an image to a file, with native code where the tender under test runs that. */
export function writeImage(path: string, text: string, manifest: Partial<Manifest> = {}): string {
  const bytes = image(text, manifest);
  writeFileSync(path, isNative ? withNative(bytes) : bytes);
  return path;
}

/** All hypercalls, imported under their own names. */
export const imports = `
  (import "tender" "exit" (func $exit (param i32)))
  (import "tender" "console_write" (func $console_write (param i32 i32)))
  (import "tender" "argv" (func $argv (param i32 i32 i32) (result i32)))
  (import "tender" "random" (func $random (param i32 i32) (result i32)))
  (import "tender" "clock_monotonic" (func $clock_monotonic (result i64)))
  (import "tender" "net_attach" (func $net_attach (param i32 i32 i32) (result i32)))
  (import "tender" "block_attach" (func $block_attach (param i32 i32 i32) (result i32)))`;

/**
 * A module with all hypercalls, one page of memory (up to 16), and bodies for the exported functions.
 * @param parts bodies in WebAssembly text; locals are declared at their beginning. `rest` is further module fields
 */
export function guest(parts: { start?: string; step?: string; event?: string; rest?: string }): string {
  return `(module ${imports}
    (memory (export "memory") 1 16)
    ${parts.rest ?? ""}
    (func $start (export "start") (param $now i64) (param $wall i64) (result i64) ${parts.start ?? "(i64.const 0)"})
    (func $step (export "step") (param $now i64) (param $wall i64) (result i64)
      ${parts.step ?? "(call $exit (i32.const 0)) (i64.const 0)"})
    (func $event (export "event") (param $kind i32) ${parts.event ?? ""}))`;
}
