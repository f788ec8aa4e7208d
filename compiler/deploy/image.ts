/** What a deployment has to know of an image. */
import { readFileSync, statSync } from "node:fs";
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
 * Reads a file that is to be an image.
 * @throws ProjectError when it is no file: of a device or a pipe there may be no end
 */
export function readImageFile(path: string): Uint8Array<ArrayBuffer> {
  const bad = (why: string) => new ProjectError(`${shown(path)}: ${why}`);
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw bad("it is a folder; name an image");
    if (!status.isFile()) throw bad("it is no file; name an image");
    return readFileSync(path);
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw bad(code === "ENOENT" ? "there is no such image; build one: fata build DIR" : message);
  }
}

/**
 * Reads an image.
 * @throws ProjectError when the file is none
 */
export function readImage(path: string): Image {
  const bad = (why: string) => new ProjectError(`${shown(path)}: ${why}`);
  const bytes = readImageFile(path);
  let module: WebAssembly.Module;
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
