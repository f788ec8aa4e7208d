/**
 * The name server: a query, whatever it is, traps nothing; its response is sound, no longer than it may be, and has the query's
 * number and question. Zones are random; each input is asked as it is, and as one that was made of a sound query.
 */
import fc from "fast-check";
import { randomZones } from "../runtime/dns/server/randomzone.ts";
import { query, Served } from "../runtime/dns/server/served.ts";
import { RCODE } from "../support/dns.ts";
import { decodeMessage, FLAG } from "../support/dnsmessage.ts";
import type { Target } from "./target.ts";

/** Inputs after which another zone is served. */
const ZONE_EVERY = 512;
/** Most octets of a response by UDP. */
const UDP_MAX = 1232;

export function nameServerTarget(): Target {
  let fed = 0;
  let served: Served | undefined;
  let sound = query("a.example.org");
  return {
    name: "nameserver",
    feed(input) {
      if (fed % ZONE_EVERY === 0) {
        const [zones = []] = fc.sample(randomZones, { numRuns: 1, seed: fed });
        served = new Served(zones.map(({ text }) => text));
      }
      if (!served) return;
      fed++;
      check(served, input);
      // The same with a header that asks for one thing: few inputs would come past it.
      const question = input.slice();
      question.set(sound.subarray(0, Math.min(12, question.length)));
      check(served, question);
      // A sound name, and the rest as it comes.
      sound = query(`${["a", "b", "c.a", "x.b", "*"][fed % 5]}.example.org`, input[0] ?? 1);
      if (input.length > 1) sound[11] = (input[1] ?? 0) & 3;
      check(served, Buffer.concat([sound, input.subarray(2)]));
    },
  };
}

function check(served: Served, message: Uint8Array): void {
  for (const [octets, most] of [
    [served.octets(message), UDP_MAX],
    [served.octetsByStream(message), 65535],
  ] as const) {
    if (!octets) {
      const isQuery = message.length >= 12 && ((message[2] ?? 0) & 0x80) === 0;
      if (isQuery) throw new Error("a query without response");
      continue;
    }
    if (octets.length > most) throw new Error(`a response of ${octets.length} octets`);
    const response = decodeMessage(octets);
    if (response.id !== Buffer.from(message).readUInt16BE(0)) throw new Error("another number");
    if (!(response.flags & FLAG.qr)) throw new Error("no response");
    const end = 12 + (response.question ? response.question.name.length + 2 + 4 : 0);
    if (response.question?.name && !octets.subarray(12, end).equals(Buffer.from(message.subarray(12, end))))
      throw new Error("another question");
    if (response.code === RCODE.failure) throw new Error("the server fails");
    if (response.flags & FLAG.tc && response.answers.length > 0) throw new Error("a part of an answer");
  }
}
