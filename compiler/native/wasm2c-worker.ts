/**
 * The thread that wasm2c runs in. The program is WebAssembly itself, and has a stack of 64 KiB above its static data, which
 * some hundred nested blocks overflow without a word: it then fails, runs on for ever, or writes wrong C. Here its stack is
 * moved to the upper end of a larger memory. What the program says goes to the thread that has started this one.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

/** What the program exports: its memory, and a function that moves the stack pointer down by some bytes and returns it. */
interface Program {
  readonly o: WebAssembly.Memory;
  readonly r: (bytes: number) => number;
}

type Instantiate = (code: Uint8Array, imports: object) => Promise<{ instance: { exports: unknown } }>;
const engine = WebAssembly as unknown as { instantiate: Instantiate };

const MIB = 1 << 20;
const WASM_PAGE = 65_536;
/** Up to here the memory is the heap's, which grows from below. The rest is the stack's. */
const HEAP = 768 * MIB;
const TOP = 1024 * MIB;

/** Whether heap and stack have kept clear of each other. */
let apart = () => false;

const { instantiate } = engine;
engine.instantiate = async (code, imports) => {
  const result = await instantiate(code, imports);
  const { o: memory, r: allocate } = result.instance.exports as Program;
  memory.grow((TOP - memory.buffer.byteLength) / WASM_PAGE);
  allocate(allocate(0) - TOP);
  if (allocate(0) !== TOP) throw new Error("the stack of this wasm2c cannot be moved");
  apart = () =>
    memory.buffer.byteLength === TOP && new Uint8Array(memory.buffer, HEAP, WASM_PAGE).every((b) => b === 0);
  return result;
};

// It writes to the descriptors themselves, which a thread shares with all others.
const { writeSync } = fs;
fs.writeSync = ((fd: number, bytes: Uint8Array, ...rest: [number?, number?, number?]) => {
  if (fd !== 2) return writeSync(fd, bytes, ...rest);
  const [offset = 0, length = bytes.length] = rest;
  parentPort?.postMessage(Buffer.from(bytes.subarray(offset, offset + length)).toString());
  return length;
}) as typeof writeSync;

process.once("exit", () => {
  if (apart()) return;
  parentPort?.postMessage("error: a function is nested too deeply, or the image is too large");
  process.exitCode = 1;
});
createRequire(import.meta.url)("wabt/bin/wasm2c");
