import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeMessage, FLAG } from "../../../support/dnsmessage.ts";
import { opt, option, query, Served } from "./served.ts";

const ZONE = `
$ORIGIN example.org.
$TTL 300
@ SOA ns admin 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
*.wild A 192.0.2.3
`;

function limited(rate: number, slip = 0, prefix = 24, window = 15): Served {
  const served = new Served(ZONE);
  served.call("limit", rate, slip, prefix, window);
  return served;
}

/** Sends the same query so many times. @returns what came: "full", "truncated" or "none" */
function burst(served: Served, count: number, message = query("ns.example.org"), from = "192.0.2.7"): string[] {
  return Array.from({ length: count }, () => {
    const octets = served.octets(message, from);
    if (!octets) return "none";
    return decodeMessage(octets).flags & FLAG.tc ? "truncated" : "full";
  });
}

const full = (outcomes: readonly string[]): number => outcomes.filter((one) => one === "full").length;

describe("response rate limiting", () => {
  test("is off unless switched on", () => {
    assert.equal(full(burst(new Served(ZONE), 1000)), 1000);
  });

  test("rates beyond what is counted limit nobody but floods", () => {
    for (const rate of [3_000_000, 0xffffffff]) assert.equal(full(burst(limited(rate), 1000)), 1000, String(rate));
  });

  test("a second's worth at once, then so many each second", () => {
    const served = limited(10);
    assert.equal(full(burst(served, 10)), 10);
    assert.equal(full(burst(served, 1)), 0);
    served.advance(1100);
    assert.equal(full(burst(served, 5)), 5);
    served.advance(60_000);
    assert.equal(full(burst(served, 100)), 10);
    assert.equal(served.counter("rateDropped"), 91);
  });

  test("who goes on beyond it waits longer, at most the window", () => {
    const served = limited(10, 0, 24, 5);
    burst(served, 10_000);
    served.advance(4900);
    assert.equal(full(burst(served, 1)), 0);
    served.advance(1300);
    assert.ok(full(burst(served, 100)) > 0);
  });

  test("each second one, or each, is sent empty and as truncated", () => {
    const outcomes = burst(limited(1, 2), 7);
    assert.deepEqual(outcomes, ["full", "none", "truncated", "none", "truncated", "none", "truncated"]);
    const served = limited(1, 1);
    assert.deepEqual(burst(served, 3), ["full", "truncated", "truncated"]);
    const response = served.ask(
      query("ns.example.org", 1, { additionals: [opt(1232, 0, option(10, new Uint8Array(8)))] }),
    );
    assert.deepEqual([response.answers.length, response.authorities.length], [0, 0]);
    assert.equal(response.edns?.options[0]?.data.length, 24);
    assert.equal(served.counter("rateTruncated"), 3);
  });

  test("networks are apart, as long as their prefix says", () => {
    for (const [prefix, near, far] of [
      [24, "192.0.2.200", "192.0.3.7"],
      [16, "192.0.99.1", "192.1.2.7"],
      [32, "192.0.2.7", "192.0.2.8"],
      [0, "1.2.3.4", ""],
    ] as const) {
      const served = limited(3, 0, prefix);
      burst(served, 3);
      assert.equal(full(burst(served, 1, undefined, near)), 0);
      if (far) assert.equal(full(burst(served, 1, undefined, far)), 1);
    }
  });

  test("other records are apart; what does not exist below one name, a wildcard's names, and errors are not", () => {
    const served = limited(3);
    burst(served, 3);
    assert.equal(full(burst(served, 4, query("www.example.org"))), 3);
    const names = (suffix: string) => Array.from({ length: 10 }, (_, i) => query(`n${i}.${suffix}`));
    for (const suffix of ["example.org", "wild.example.org", "example.com"])
      assert.equal(full(names(suffix).flatMap((message) => burst(served, 1, message))), 3, suffix);
  });

  test("TCP is not limited: who answers there is who asks", () => {
    const served = limited(1);
    for (let i = 0; i < 10; i++) assert.ok(served.octetsByStream(query("ns.example.org")));
  });

  test("floods from everywhere do not make it grow, nor let one network have more", () => {
    const served = limited(5);
    burst(served, 5);
    const pages = served.tender.memory.memory.buffer.byteLength;
    for (let i = 0; i < 50_000; i++) served.octets(query("www.example.org"), `10.${i & 255}.${(i >> 8) & 255}.1`);
    assert.equal(served.tender.memory.memory.buffer.byteLength, pages);
  });
});
