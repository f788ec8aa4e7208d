/**
 * The readers of a module's outline: they must return or say what is wrong, what they tell must lie in the module, and
 * both must say the same.
 */
import { spell } from "../../tender/image.ts";
import { type Outline, readOutline } from "../../tender/wasm.ts";
import { compareAnswers, openReaders } from "./native/readers.ts";
import type { Target } from "./target.ts";

export function outlineTarget(): Target {
  const native = openReaders();
  return {
    name: "outline",
    feed(input) {
      const bytes = Uint8Array.from(input);
      const said = read(bytes);
      compareAnswers("the outline", typeof said === "string" ? said : listOutline(said), native.readOutline(bytes));
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

/** In the order of readers.c. */
function listOutline(o: Outline): string[] {
  return [
    ...o.sections.flatMap((s) => [s.name, `${s.id}`, `${s.bytes.length}`]),
    ...o.imports.flatMap((i) => [i.module, i.name, spell(i.type)]),
    ...o.exports.flatMap((e) => [e.name, spell(e.type)]),
    ...[`${o.memories}`, ...(o.memory ? [`${o.memory.initial}`, `${o.memory.maximum}`] : [])],
    ...[`${o.tables.length}`, ...o.tables.slice(0, 1).map(String)],
  ];
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
