/**
 * The parsers of runtime/wire, each fed the frame from its own offset on, right or not: what they accept must lie inside
 * of the octets they were given, and the IPv4 parser must agree with the oracle about what is IPv4.
 */
import { compileGuest } from "../support/guest.ts";
import { decodeIpv4 } from "../support/packets.ts";
import type { Target } from "./target.ts";

const guest = await compileGuest(import.meta.url, "wire.as.ts");

export function wireTarget(): Target {
  const { exports, memory } = guest.instantiate();
  const call = (name: string, ...values: number[]): number => Number(exports[name]?.(...values));
  const at = call("scratch");
  return {
    // Its inputs are the same frames.
    name: "frames",
    feed(input) {
      memory.bytes(at, input.length).set(input);
      if (call("parseAll", at, input.length) === 0) throw new Error("a parser accepts lengths that are too large");
      const packet = input.subarray(Math.min(14, input.length));
      const accepted = call("acceptsIpv4", at + 14, packet.length) !== 0;
      if (accepted !== oracleAccepts(packet)) throw new Error(`runtime/wire ${accepted ? "accepts" : "refuses"} it`);
    },
  };
}

function oracleAccepts(packet: Uint8Array): boolean {
  try {
    return decodeIpv4(packet).headerLength <= packet.length;
  } catch {
    return false;
  }
}
