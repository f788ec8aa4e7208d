/**
 * Adds native code for a processor to an image, in place: `node translate.js IMAGE ARCHITECTURE`. A program, because writing an
 * image is synchronous in the tests and translating it is not.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { architectures } from "../../../compiler/native/architecture.ts";
import { findCompiler } from "../../../compiler/native/compiler.ts";
import { addNativeSections } from "../../../compiler/native/index.ts";
import { readOutline } from "../../../tender/wasm.ts";

/** The names of functions by index, from the custom section "name": subsection 1 is a list of indices and names. */
function functionNames(image: Uint8Array): string[] {
  const { sections } = readOutline(image);
  const names = sections.find((s) => s.id === 0 && s.name === "name")?.bytes ?? new Uint8Array();
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = names[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const list: string[] = [];
  while (at < names.length) {
    const kind = number();
    const end = number() + at;
    for (let count = kind === 1 ? number() : 0; count > 0; count--) {
      const index = number();
      const length = number();
      list[index] = Buffer.from(names.subarray(at, at + length)).toString();
      at += length;
    }
    at = end;
  }
  return Array.from(list, (name, index) => name ?? `function ${index}`);
}

const [path = "", target] = process.argv.slice(2);
const image = readFileSync(path);
const compilers = await Promise.all(architectures.filter((a) => a.name === target).map(findCompiler));
const request = { image, functions: functionNames(image), compilers, progress: () => undefined };
writeFileSync(path, (await addNativeSections(request)).image);
