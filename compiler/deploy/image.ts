/** What a deployment has to know of an image. */
import { readFileSync } from "node:fs";
import { MANIFEST_SECTION, type Manifest, parseManifest } from "../../runtime/abi/manifest.ts";
import { ABI_VERSION } from "../../runtime/abi/tender.ts";
import { ProjectError } from "../errors.ts";
import { type Architecture, architectures, nativeSection } from "../native/architecture.ts";
import { shown } from "../output.ts";

export interface Image {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  /** The processors that it has native code for. */
  readonly native: readonly Architecture[];
}

/**
 * Reads an image.
 * @throws ProjectError when the file is none
 */
export function readImage(path: string): Image {
  const bad = (why: string) => new ProjectError(`${shown(path)}: ${why}`);
  let bytes: Uint8Array<ArrayBuffer>;
  let module: WebAssembly.Module;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw bad(missing ? "there is no such image; build one: fata build DIR" : (error as Error).message);
  }
  try {
    module = new WebAssembly.Module(bytes);
  } catch {
    throw bad("this is no image; build one: fata build DIR");
  }
  const [content] = WebAssembly.Module.customSections(module, MANIFEST_SECTION);
  if (!content) throw bad("it is wasm, but has no manifest; images are built with: fata build DIR");
  const manifest = parseManifest(new TextDecoder().decode(content));
  if (typeof manifest === "string") throw bad(manifest);
  if (manifest.abi !== ABI_VERSION)
    throw bad(`the image speaks ABI version ${manifest.abi}, not ${ABI_VERSION}; build it anew: fata build DIR`);
  const native = architectures.filter(
    (architecture) => WebAssembly.Module.customSections(module, nativeSection(architecture)).length > 0,
  );
  return { bytes, manifest, native };
}
