import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeMessage } from "../../../support/dnsmessage.ts";
import { compare, randomQuestion, randomZone } from "./randomzone.ts";
import { query, Served } from "./served.ts";
import { zonesOf } from "./zones.ts";

const ZONE = ". 1 SOA . . 1 1 1 1 1\n. 1 NS .\n";

describe("the server and RFC 1034, 4.3.2, step by step", () => {
  test("say the same about random zones", () => {
    const served = new Served(ZONE);
    fc.assert(
      fc.property(
        randomZone,
        fc.array(randomQuestion, { minLength: 20, maxLength: 40 }),
        ({ model, text }, questions) => {
          served.load(zonesOf(text));
          for (const question of questions) {
            const octets = served.octetsByStream(query(question.name, question.type));
            if (!octets) throw new Error("no response");
            compare(model, question, decodeMessage(octets));
          }
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});
