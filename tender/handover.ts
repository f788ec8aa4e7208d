/**
 * The hand-over to the native tender (tender/native/main.c), which runs an image's native code: the same command line in
 * the same process, without Node.
 */
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reasonOf, status, TenderError } from "./errors.ts";
import type { Image } from "./image.ts";
import type { Native } from "./native.ts";
import type { Options } from "./options.ts";

/** This processor as native sections name it. */
const architecture = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : process.arch;

/** The program, which comes with the npm package; in a clone `npm run build:native` builds it. */
const nativeTender = fileURLToPath(new URL(`../../build/native/${architecture}/tender`, import.meta.url));

const sources = fileURLToPath(new URL("../../tender/native", import.meta.url));

/** Whether an image that may run anywhere (`--isolation=auto`) is one for the native tender. */
export function runsNatively(image: Image): boolean {
  return hasNativeCode(image) && existsSync(nativeTender) && canBeReadAgain(image);
}

/** The native tender reads the image itself: what came through a pipe is gone. */
function canBeReadAgain({ path }: Image): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function hasNativeCode(image: Image): boolean {
  const name = `native.${architecture}`;
  return image.outline.sections.some((s) => s.id === 0 && s.name === name);
}

/** Why an image is not handed over. */
export function whyV8(image: Image, options: Options): string {
  if (options.isolation === "v8") return "--isolation=v8";
  if (!hasNativeCode(image)) return `the image has no native code for ${architecture}`;
  if (!existsSync(nativeTender)) return "the native tender is not built";
  return `${image.path} is no file, which the native tender could read again`;
}

/**
 * Becomes the native tender. Throws a TenderError where that fails.
 * @param words the whole command line
 */
export function handOver(native: Native, words: readonly string[], options: Options): never {
  if (!existsSync(nativeTender))
    throw new TenderError(
      status.usage,
      `--isolation=${options.isolation}: the native tender is not built; build it: make -s -C ${sources} -f tender.mk ${architecture}`,
    );
  const passed = options.devices.map((d) => /^@([0-9]{1,7})$/.exec(d.value)?.[1]).filter((fd) => fd !== undefined);
  for (const fd of [0, 1, 2, ...passed.map(Number)]) native.inherit(fd);
  try {
    native.execute(nativeTender, words.map((word) => `${word}\0`).join(""));
  } catch (error) {
    throw new TenderError(status.sandbox, reasonOf(error));
  }
}
