/** The reader of a module's outline: it must return or say what is wrong, and what it tells must lie in the module. */
import { readOutline } from "../../tender/wasm.ts";
import type { Target } from "./target.ts";

export function outlineTarget(): Target {
  return {
    name: "outline",
    feed(input) {
      const bytes = Uint8Array.from(input);
      const said = read(bytes);
      if (typeof said === "string") {
        if (!/^it (is|has) /.test(said)) throw new Error(`fails with "${said}"`);
        return;
      }
      const content = said.sections.reduce((sum, section) => sum + section.bytes.length, 0);
      if (content > bytes.length) throw new Error("has found more sections than there are bytes");
      // What the engine takes, the tender reads in the same way.
      const module = compile(bytes);
      if (!module) return;
      const found = said.exports.map(({ name }) => name);
      const there = WebAssembly.Module.exports(module).map(({ name }) => name);
      if (found.join("\0") !== there.join("\0")) throw new Error(`sees the exports ${found}; there are ${there}`);
      if (said.imports.length !== WebAssembly.Module.imports(module).length) throw new Error("miscounts the imports");
    },
  };
}

function read(bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof readOutline> | string {
  try {
    return readOutline(bytes);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
}
