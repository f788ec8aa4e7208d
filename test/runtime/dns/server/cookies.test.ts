import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { opt, option, query, Served } from "./served.ts";

const ZONE = `
$ORIGIN example.org.
$TTL 300
@ SOA ns admin 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
`;
const NAME = "ns.example.org";
const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const seconds = (time: number): bigint => BigInt(time) * 1_000_000_000n;

/** A server with the secret of RFC 9018's appendix, at a Unix time. */
function at(time: number): Served {
  const served = new Served(ZONE, { wall: seconds(time) });
  served.tender.memory.bytes(served.call("scratch"), 16).set(hex("e5e973e5a6b2a43f48e7dc849e37bfcf"));
  served.call("shareSecret");
  return served;
}

/** What comes back to a cookie. */
function answered(served: Served, cookie: string, from: string): string {
  const { edns } = served.ask(query(NAME, 1, { additionals: [opt(1232, 0, option(10, hex(cookie)))] }), from);
  assert.equal(edns?.options.length, 1);
  assert.equal(edns.options[0]?.code, 10);
  return Buffer.from(edns.options[0]?.data ?? []).toString("hex");
}

const [FIRST, SECOND] = ["2464c4abcf10c957", "fc93fc62807ddb86"];
const MADE = "010000005cf79f111f8130c3eee29480";

describe("cookies: the examples of RFC 9018", () => {
  test("A.1: a new cookie", () => {
    assert.equal(answered(at(1559731985), FIRST, "198.51.100.100"), FIRST + MADE);
  });

  test("A.2: an hour's half later a new one is given for it", () => {
    const renewed = "010000005cf7a871d4a564a1442aca77";
    assert.equal(answered(at(1559734385), FIRST + MADE, "198.51.100.100"), FIRST + renewed);
  });

  test("A.3: what is reserved counts as it came", () => {
    const [old, renewed] = ["01abcdef5cf78f71a314227b6679ebf5", "010000005cf7a9acf73a7810aca2381e"];
    assert.equal(answered(at(1559734700), SECOND + old, "203.0.113.203"), SECOND + renewed);
    // That it was believed shows half an hour earlier, when it is given back.
    assert.equal(answered(at(1559727985 + 1800), SECOND + old, "203.0.113.203"), SECOND + old);
  });
});

describe("cookies", () => {
  /** Whether a cookie is believed: then it is not subject to the limit of responses. */
  function isBelieved(served: Served, cookie: string, from: string): boolean {
    served.call("limit", 1, 0, 24, 15);
    const message = query(NAME, 1, { additionals: [opt(1232, 0, option(10, hex(cookie)))] });
    const got = Array.from({ length: 5 }, () => served.octets(message, from)).filter((octets) => octets);
    assert.ok(got.length === 5 || got.length <= 1);
    return got.length === 5;
  }

  test("are believed for an hour, and from clocks that are five minutes ahead", () => {
    for (const [age, believed] of [
      [0, true],
      [1800, true],
      [3600, true],
      [3601, false],
      [-300, true],
      [-301, false],
      [2 ** 31, false],
    ] as const)
      assert.equal(isBelieved(at(1559731985 + age), FIRST + MADE, "198.51.100.100"), believed, `${age} s`);
  });

  test("are believed from where they were given to, whole, and of version 1", () => {
    const now = 1559731985;
    assert.equal(isBelieved(at(now), FIRST + MADE, "198.51.100.101"), false);
    assert.equal(isBelieved(at(now), SECOND + MADE, "198.51.100.100"), false);
    assert.equal(isBelieved(at(now), FIRST, "198.51.100.100"), false);
    assert.equal(isBelieved(at(now), `${FIRST}${MADE}00`, "198.51.100.100"), false);
    assert.equal(isBelieved(at(now), `${FIRST}02${MADE.slice(2)}`, "198.51.100.100"), false);
    for (let bit = 0; bit < 192; bit++) {
      const forged = hex(FIRST + MADE);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(isBelieved(at(now), Buffer.from(forged).toString("hex"), "198.51.100.100"), false, `bit ${bit}`);
    }
  });

  test("of servers that share no secret are not believed", () => {
    const served = new Served(ZONE, { wall: seconds(1559731985) });
    assert.equal(isBelieved(served, FIRST + MADE, "198.51.100.100"), false);
    const own = answered(new Served(ZONE, { seed: 7 }), FIRST, "198.51.100.100");
    assert.equal(isBelieved(new Served(ZONE, { seed: 7 }), own, "198.51.100.100"), true);
    assert.equal(isBelieved(new Served(ZONE, { seed: 8 }), own, "198.51.100.100"), false);
  });

  test("are given to who asks for nothing else (RFC 7873, 5.4)", () => {
    const served = at(1559731985);
    const octets = hex(`123400000000000000000001000029040000000000000c000a0008${FIRST}`);
    const response = served.ask(octets, "198.51.100.100");
    assert.equal(response.question, undefined);
    assert.equal(response.code, 0);
    assert.equal(Buffer.from(response.edns?.options[0]?.data ?? []).toString("hex"), FIRST + MADE);
  });

  test("only the first one counts", () => {
    const options = [...option(10, hex(FIRST)), ...option(10, hex(SECOND))];
    const { edns } = at(1559731985).ask(query(NAME, 1, { additionals: [opt(1232, 0, options)] }), "198.51.100.100");
    assert.deepEqual(
      edns?.options.map(({ data }) => Buffer.from(data).toString("hex")),
      [FIRST + MADE],
    );
  });
});
