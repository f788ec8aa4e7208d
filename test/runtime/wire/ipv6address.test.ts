import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ipv6Groups } from "../../../runtime/abi/manifest.ts";
import { values } from "../../vectors/values.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "ipv6address.as.ts");
const word = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
/** Words with many groups of zeros. */
const sparse = fc
  .array(fc.constantFrom("0000", "0001", "00ab", "ffff"), { minLength: 4, maxLength: 4 })
  .map((groups) => BigInt(`0x${groups.join("")}`));
const half = fc.oneof(word, sparse);

function put(text: string): number {
  const octets = Buffer.from(text);
  wire.put(octets);
  return octets.length;
}

/** The groups of an address; undefined for what is none. */
function parse(text: string): number[] | undefined {
  if (!wire.test("parse", wire.at, put(text))) return undefined;
  const octets = Buffer.from(wire.get(16));
  return Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i));
}

function format(high: bigint, low: bigint): string {
  return Buffer.from(wire.get(wire.u32("format", high, low, wire.at))).toString();
}

function prefix(text: string): string | undefined {
  const length = Number(wire.call("prefix", wire.at, put(text)));
  return length < 0 ? undefined : Buffer.from(wire.get(length)).toString();
}

test("the texts that tenders take are read, and no others", () => {
  for (const text of values.ipv6.right) assert.deepEqual(parse(text), ipv6Groups(text), text);
  for (const text of values.ipv6.wrong) assert.equal(parse(text), undefined, text);
  for (const text of values["ipv6-prefix"].right) assert(prefix(text), text);
  for (const text of values["ipv6-prefix"].wrong) assert.equal(prefix(text), undefined, text);
});

test("what is no address is refused, just as Node refuses it", () => {
  const piece = fc.constantFrom("::", ":", "0", "12ab", "ffff", "10000", "1.2.3.4", ".", "/");
  const text = fc.oneof(
    fc.ipV6(),
    fc.array(piece, { maxLength: 14 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      assert.equal(parse(text) !== undefined, isIPv6(text), text);
      if (isIPv6(text)) assert.deepEqual(parse(text), ipv6Groups(text));
    }),
    { numRuns: 3000 },
  );
});

test("any address is written and read again", () => {
  fc.assert(
    fc.property(half, half, (high, low) => {
      const text = format(high, low);
      const hex = `${high.toString(16).padStart(16, "0")}${low.toString(16).padStart(16, "0")}`;
      assert.deepEqual(
        parse(text),
        (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16)),
        text,
      );
      // The URL standard writes addresses the same way, IPv4-mapped ones aside.
      if (!text.includes(".")) assert.equal(new URL(`http://[${text}]`).hostname, `[${text}]`);
    }),
    { numRuns: 2000 },
  );
});

test("an address is written as RFC 5952 has it", () => {
  for (const [text, written] of [
    ["2001:0DB8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:a00:1", "::ffff:10.0.0.1"],
    ["0::0", "::"],
  ] as const) {
    assert.equal(prefix(`${text}/64`), `${written}/64`);
  }
});

test("a prefix contains what shares its first bits", () => {
  fc.assert(
    fc.property(half, half, half, half, fc.nat(128), (high, low, otherHigh, otherLow, length) => {
      const shift = BigInt(128 - length);
      const [one, other] = [(high << 64n) | low, (otherHigh << 64n) | otherLow];
      const expected = one >> shift === other >> shift;
      assert.equal(wire.test("contains", high, low, length, otherHigh, otherLow), expected);
      assert(wire.test("contains", high, low, length, high, low));
      assert.equal(wire.test("equals", high, low, otherHigh, otherLow), one === other);
    }),
  );
});
