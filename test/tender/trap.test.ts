/** Traps: one clear line, the guest's stack, status 70. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { describeTrap } from "../../tender/trap.ts";
import { isNative } from "./engine.ts";
import { file, folder, tender } from "./process.ts";
import { guest, writeImage } from "./wat.ts";

/** Traps that any code may run into, and what is printed. */
const traps: Readonly<Record<string, readonly [body: string, reason: string]>> = {
  unreachable: ["(unreachable)", "unreachable"],
  bounds: ["(drop (i32.load (i32.const 0x7fffffff)))", "memory access out of bounds"],
  division: ["(drop (i32.div_s (i32.const 1) (i32.const 0)))", "divide by zero"],
  overflow: ["(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "divide result unrepresentable"],
  remainder: ["(drop (i64.rem_u (i64.const 1) (i64.const 0)))", "remainder by zero"],
  "not a number": ["(drop (i64.trunc_f32_u (f32.const nan)))", "float unrepresentable in integer range"],
  conversion: ["(drop (i32.trunc_f64_s (f64.const 1e300)))", "float unrepresentable in integer range"],
  table: ["(call_indirect (i32.const 9))", "table index is out of bounds"],
  "no function": ["(call_indirect (i32.const 0))", "null function or function signature mismatch"],
  "another type": [
    "(call_indirect (param i32) (i32.const 0) (i32.const 1))",
    "null function or function signature mismatch",
  ],
  "bulk memory": ["(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))", "memory access out of bounds"],
  "bulk table": ["(table.copy (i32.const 1) (i32.const 0) (i32.const 2))", "table index is out of bounds"],
  recursion: ["(call $deep)", "the stack is exhausted"],
  console: [
    "(call $console_write (i32.const -1) (i32.const 2))",
    "console_write: 2 bytes at 0xffffffff lie outside the memory of 65536 bytes",
  ],
};

const rest =
  "(table 2 funcref) (elem (i32.const 1) $deep) (func $deep (call $deep) (call $deep)) (func $inner (unreachable))";

for (const [name, [body, reason]] of Object.entries(traps)) {
  test(`${name}: ${reason}`, async () => {
    for (const place of ["start", "step"]) {
      const image = writeImage(
        file(`${name}.wasm`),
        guest({ rest, [place]: `${body} (i64.const 0)`, ...(place === "step" && { start: "(i64.const 0)" }) }),
      );
      const { status, stdout, stderr } = await tender(image);
      const [first, ...frames] = stderr.trimEnd().split("\n");
      assert.equal(first, `tender: trap: ${reason}`);
      assert.ok(frames.length > 0, "a stack");
      for (const frame of frames) assert.match(frame, /^ {4}at \S+ \(0x[0-9a-f]+\)$/);
      if (name !== "recursion") assert.match(frames.at(-1) ?? "", new RegExp(`at .*${place}`));
      assert.equal(status, 70);
      assert.equal(stdout.length, 0);
    }
  });
}

test("what the guest has written comes before the trap", async () => {
  const image = writeImage(
    file("words.wasm"),
    guest({
      rest: `(data (i32.const 0) "words\\n")`,
      start: "(call $console_write (i32.const 0) (i32.const 6)) (unreachable)",
    }),
  );
  const { stdout, status } = await tender(image);
  assert.deepEqual([stdout.toString(), status], ["words\n", 70]);
});

/** A source map whose one entry covers all of the module. */
const map = JSON.stringify({ version: 3, sources: ["unikernel.ts"], names: [], mappings: "AAGE" });

test("the stack names TypeScript files, lines and columns; of native code, its functions", async () => {
  const path = writeImage(file("mapped.wasm"), guest({ rest, start: "(call $inner) (i64.const 0)" }));
  writeFileSync(`${path}.map`, map);
  const { stderr, status } = await tender(path);
  assert.equal(status, 70);
  // The C compiler may have put one function into the other.
  if (isNative)
    return assert.match(stderr, /^tender: trap: unreachable\n( {4}at inner \(.*\)\n)? {4}at start \(0x[0-9a-f]+\)\n$/);
  const place = "unikernel.ts:4:3";
  assert.equal(
    stderr.replaceAll(`${folder}/`, ""),
    `tender: trap: unreachable\n    at inner (${place})\n    at start (${place})\n`,
  );
});

test("a broken source map hides no trap", async () => {
  const path = writeImage(file("broken.wasm"), guest({ rest, start: "(call $inner) (i64.const 0)" }));
  const odd = JSON.stringify(Array(20).fill({ toString: 1 }));
  for (const broken of [
    "",
    "{",
    "[]",
    '{"version":3}',
    '{"version":3,"sources":[],"names":[],"mappings":"!!!"}',
    '{"version":3,"sources":[1],"names":[],"mappings":"AAGE"}',
    `{"version":3,"sources":${odd},"names":[],"mappings":"AAGE","x_functions":${odd}}`,
  ]) {
    writeFileSync(`${path}.map`, broken);
    const { stderr, status } = await tender(path);
    assert.match(
      stderr,
      isNative ? /^tender: trap: unreachable\n/ : /^tender: trap: unreachable\n {4}at inner \(/,
      broken,
    );
    assert.equal(status, 70);
  }
});

test("names in a map are no commands for the terminal", () => {
  const error = new Error("x");
  error.stack = "Error: x\n    at wasm://wasm/00-a1:wasm-function[0]:0x1f";
  const map = { version: 3, sources: ["\u001b[2J"], names: [], mappings: "AAGE", x_functions: ["\u001b[2J"] };
  const file = { text: JSON.stringify(map), directory: "/", workingDirectory: "/" };
  assert.equal(describeTrap(error, file), "trap: Error: x\n    at \\u{1b}[2J (\\u{1b}[2J:4:3)");
});

test("frames of the engine and of the tender are not the guest's", () => {
  const error = new Error("x");
  error.stack = "Error: x\n    at loop (file:///a.js:1:2)\n    at f (wasm://wasm/00-a1:wasm-function[3]:0x1f)";
  assert.equal(describeTrap(error, undefined), "trap: Error: x\n    at f (0x1f)");
});
