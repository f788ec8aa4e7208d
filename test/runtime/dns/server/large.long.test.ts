import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMessage } from "../../../support/dnsmessage.ts";
import { T } from "./model.ts";
import { query, Served } from "./served.ts";
import { zonesOf } from "./zones.ts";

const NAMES = 100_000;
const addressOf = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;

test("a zone of 100,000 names is compiled, and each of them is answered", () => {
  const lines = Array.from({ length: NAMES }, (_, i) => `host${i} A ${addressOf(i)}`);
  const block = zonesOf(`$ORIGIN example.org.\n$TTL 300\n@ SOA ns admin 1 2 3 4 60\n@ NS host0\n${lines.join("\n")}\n`);
  // Of each name a node, its slots, and its answer: some hundred octets.
  assert.ok(block.length < NAMES * 160, `${block.length} octets`);
  const served = new Served(". 1 SOA . . 1 1 1 1 1\n. 1 NS .\n");
  served.load(block);
  const ask = (name: string) => {
    const octets = served.octets(query(`${name}.example.org`, T.a));
    assert.ok(octets);
    return decodeMessage(octets);
  };
  for (let i = 0; i < NAMES; i++) assert.equal(ask(`host${i}`).answers[0]?.data, addressOf(i));
  for (let i = 0; i < 1000; i++) assert.equal(ask(`host${NAMES + i}`).code, 3);
});
