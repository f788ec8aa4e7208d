/** The process that compiles the images of a run of tests: tools/compiler/server.ts. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { CompileError, compileImage } from "../../compiler/pipeline/index.ts";
import { CompilerServer } from "../../tools/compiler/server.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-compiler-test-"));
const server = await new CompilerServer(1).start();
process.env["IMAGE_COMPILER"] = server.path;
after(() => {
  server.end();
  rmSync(folder, { recursive: true });
});

/** Compiles a project of one file beside main.ts. */
async function compile(name: string, source: string) {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "answer.ts"), source);
  const stages: string[] = [];
  const main = 'export { answer } from "../answer";';
  const request = { directory, main, mode: "dev", progress: (stage: string) => stages.push(stage) } as const;
  const { wasm, sourceMap, functions } = await compileImage(request);
  const { answer } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as {
    answer: () => number;
  };
  return { answer: answer(), stages, functions, sourceMap };
}

const fortyTwo = "export function answer(): i32 { return 42; }";

test("compiles, tells of its stages, and gives all that is known of the image", async () => {
  const { answer, stages, functions, sourceMap } = await compile("one", fortyTwo);
  assert.equal(answer, 42);
  assert.deepEqual(stages, ["compiling", "optimising"]);
  assert.deepEqual(functions, ["answer/answer", "~start"]);
  assert.match(sourceMap, /"answer\.ts"/);
  assert.deepEqual(await compile("one", fortyTwo), { answer, stages, functions, sourceMap });
});

test("sees that a file has changed, or is not the same in another folder", async () => {
  assert.equal((await compile("one", fortyTwo.replace("42", "43"))).answer, 43);
  assert.equal((await compile("two", fortyTwo)).answer, 42);
  assert.equal((await compile("two", fortyTwo.replace("42", "44"))).answer, 44);
  assert.equal((await compile("one", fortyTwo)).answer, 42);
});

test("sees that a file has come that was missing", async () => {
  const text = 'import { value } from "./value"; export function answer(): i32 { return value; }';
  mkdirSync(join(folder, "three/value"), { recursive: true });
  writeFileSync(join(folder, "three/value/index.ts"), "export const value = 1;");
  assert.equal((await compile("three", text)).answer, 1);
  writeFileSync(join(folder, "three/value.ts"), "export const value = 2;");
  assert.equal((await compile("three", text)).answer, 2);
});

test("compiles many at once, and the same one once", async () => {
  const answers = await Promise.all([0, 1, 0, 1, 2].map((i) => compile(`many-${i}`, fortyTwo.replace("42", `${i}`))));
  assert.deepEqual(
    answers.map(({ answer }) => answer),
    [0, 1, 0, 1, 2],
  );
});

test("tells of mistakes as the compiler does", async () => {
  await assert.rejects(compile("wrong", "export function answer(): i32 { return unknown; }"), (error) => {
    assert(error instanceof CompileError);
    assert.match(error.message, /Cannot find name 'unknown'[\s\S]*answer\.ts\(1,40\)/);
    return true;
  });
});

test("leaves a package in another place alone", async () => {
  const socket = connect(server.path);
  socket.write(`${JSON.stringify({ package: "/elsewhere", directory: folder, main: "", mode: "dev", data: "" })}\n`);
  assert.equal(await text(socket), "");
});

test("is not needed", async () => {
  process.env["IMAGE_COMPILER"] = join(folder, "nobody");
  assert.equal((await compile("alone", fortyTwo)).answer, 42);
});
