/** Addresses and prefixes as text, against Node's own opinion. */
import { isIPv4 } from "node:net";
import { compileGuest } from "../support/guest.ts";
import type { Target } from "./target.ts";
import { decodeStrictly } from "./text.ts";

const guest = await compileGuest(import.meta.url, "addresses.as.ts");
const LENGTH_MAX = 256;

export function addressesTarget(): Target {
  const { exports, memory } = guest.instantiate();
  const call = (name: string, ...values: number[]): number => Number(exports[name]?.(...values));
  const at = call("scratch");
  return {
    name: "addresses",
    feed(input) {
      const octets = input.subarray(0, LENGTH_MAX);
      memory.bytes(at, octets.length).set(octets);
      // Text is what decodes strictly; the rest never becomes a string.
      const address = call("isAddress", at, octets.length);
      const prefix = call("isPrefix", at, octets.length);
      const text = decodeStrictly(octets);
      if (address >= 0 !== (text !== undefined)) throw new Error("disagrees with TextDecoder");
      if (text === undefined) return;
      const [host = "", length = "", ...rest] = text.split("/");
      if ((address === 1) !== isIPv4(text)) throw new Error(`address: ${address}`);
      const expected = isIPv4(host) && /^([12]?\d|3[0-2])$/.test(length) && rest.length === 0;
      if ((prefix === 1) !== expected) throw new Error(`prefix: ${prefix}`);
    },
  };
}
