/** UTF-8 both ways, against Node's own decoder. */
import { compileGuest } from "../support/guest.ts";
import type { Target } from "./target.ts";
import { decodeStrictly } from "./text.ts";

const guest = await compileGuest(import.meta.url, "utf8.as.ts");
const LENGTH_MAX = 1024;

export function utf8Target(): Target {
  const { exports, memory } = guest.instantiate();
  const call = (name: string, ...values: number[]): number => Number(exports[name]?.(...values));
  const [at, units, octets] = [LENGTH_MAX + 4, 2 * LENGTH_MAX, LENGTH_MAX].map((size) => call("allocate", size));
  if (!at || !units || !octets) throw new Error("the guest has no memory");
  return {
    name: "utf8",
    feed(whole) {
      const input = whole.subarray(0, LENGTH_MAX);
      memory.bytes(at, input.length).set(input);
      // What follows the text must not matter, nor be read as its continuation.
      memory.bytes(at + input.length, 4).fill(0xbf);
      const length = call("recode", at, input.length, units, octets);
      const expected = decodeStrictly(input);
      if (length < 0 && expected === undefined) return;
      const text = length < 0 ? undefined : Buffer.from(memory.bytes(units, 2 * length)).toString("utf16le");
      if (text !== expected) throw new Error(`reads ${JSON.stringify(text)}; it is ${JSON.stringify(expected)}`);
      if (Buffer.compare(memory.bytes(octets, input.length), input) !== 0) throw new Error("writes it differently");
    },
  };
}
