/**
 * What is printed of a trap, with any source map beside the image and any name in it: each frame has its line, and none
 * of them gives the terminal commands.
 */
import { describeTrap } from "../../tender/trap.ts";
import type { Target } from "./target.ts";
import { OBEYED } from "./text.ts";

/** Function and place of each frame in the module. */
const FRAMES = [0, 1, 7, 63, 64, 1000, 0x7fffffff, 0xffffffff].map((at, index) => ({ index, at: at.toString(16) }));
const FOLDER = { directory: "/images", workingDirectory: "/" };

export function trapTarget(): Target {
  return {
    name: "trap",
    feed(input) {
      // The map, and the name that the image has for one of its functions.
      const [text = "", name = "f"] = new TextDecoder().decode(input).split("\0");
      const frames = FRAMES.map(({ index, at }) => `    at wasm://wasm/00-a1:wasm-function[${index}]:0x${at}`);
      const error = new WebAssembly.RuntimeError("unreachable");
      error.stack = `RuntimeError: unreachable\n${frames.join("\n")}\n    at ${name} (wasm://wasm/00-a1:wasm-function[9]:0x1f)`;
      const lines = describeTrap(error, { text, ...FOLDER }).split("\n");
      const plain = describeTrap(error, undefined).split("\n");
      if (lines[0] !== "trap: unreachable") throw new Error(`the reason becomes ${JSON.stringify(lines[0])}`);
      if (lines.length !== plain.length)
        throw new Error(`of ${plain.length - 1} frames ${lines.length - 1} are printed`);
      const bad = lines.find((line) => OBEYED.test(line));
      if (bad !== undefined) throw new Error(`prints ${JSON.stringify(bad)}`);
    },
  };
}
