import assert from "node:assert/strict";
import { isIPv4 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ipv4Number, ipv4Text } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "ipv4address.as.ts");
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);

function parse(text: string): number {
  const octets = Buffer.from(text);
  wire.put(octets);
  return Number(wire.call("parse", wire.at, octets.length));
}

function prefix(text: string): string | undefined {
  const octets = Buffer.from(text);
  wire.put(octets);
  const length = Number(wire.call("prefix", wire.at, octets.length));
  return length < 0 ? undefined : Buffer.from(wire.get(length)).toString();
}

function classify(own: string, length: number, address: string): string[] {
  const bits = wire.u32("classify", ipv4Number(own), length, ipv4Number(address));
  return ["contains", "broadcast", "neighbour"].filter((_, bit) => bits & (1 << bit));
}

test("any address is written and read again", () => {
  fc.assert(
    fc.property(address, (text) => {
      assert.equal(parse(text), ipv4Number(text));
      const length = wire.u32("format", ipv4Number(text), wire.at);
      assert.equal(Buffer.from(wire.get(length)).toString(), text);
    }),
  );
});

test("what is no address is refused, just as Node refuses it", () => {
  const wrong = ["", ".", "...", "1.2.3", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5", "256.1.1.1", "1.1.1.256", "01.2.3.4"];
  for (const text of [
    ...wrong,
    "1.2.3.00",
    "1..2.3",
    "1.2.3.-4",
    "1.2.3.+4",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.a",
    "１.2.3.4",
  ]) {
    assert.equal(parse(text), -1, JSON.stringify(text));
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789./ax"), maxLength: 16 }), (text) => {
      assert.equal(parse(text) >= 0, isIPv4(text), JSON.stringify(text));
    }),
  );
});

test("prefixes are read and written again; malformed ones are refused", () => {
  fc.assert(
    fc.property(address, fc.nat(32), (own, length) => {
      assert.equal(prefix(`${own}/${length}`), `${own}/${length}`);
    }),
  );
  const wrong = ["", "/", "10.0.0.1", "10.0.0.1/", "/24", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/024"];
  for (const text of [...wrong, "10.0.0.1/24/", "10.0.0/24", "10.0.0.1/999999999999", "10.0.0.1/ 24"]) {
    assert.equal(prefix(text), undefined, text);
  }
});

test("a /24", () => {
  assert.deepEqual(classify("10.0.0.2", 24, "10.0.0.2"), ["contains", "neighbour"]);
  assert.deepEqual(classify("10.0.0.2", 24, "10.0.0.254"), ["contains", "neighbour"]);
  assert.deepEqual(classify("10.0.0.2", 24, "10.0.1.1"), []);
  assert.deepEqual(classify("10.0.0.2", 24, "10.0.0.255"), ["contains", "broadcast"]);
  assert.deepEqual(classify("10.0.0.2", 24, "10.0.0.0"), ["contains", "broadcast"]);
  assert.deepEqual(classify("10.0.0.2", 24, "255.255.255.255"), ["broadcast"]);
  assert.equal(wire.u32("broadcast", ipv4Number("10.0.0.2"), 24), ipv4Number("10.0.0.255"));
});

test("a /31 and a /32 have no broadcast address of their own", () => {
  assert.deepEqual(classify("10.0.0.2", 31, "10.0.0.3"), ["contains", "neighbour"]);
  assert.deepEqual(classify("10.0.0.2", 31, "10.0.0.4"), []);
  assert.deepEqual(classify("10.0.0.2", 32, "10.0.0.2"), ["contains", "neighbour"]);
  assert.deepEqual(classify("10.0.0.2", 32, "10.0.0.3"), []);
  assert.equal(wire.u32("broadcast", ipv4Number("10.0.0.2"), 31), 0xffffffff);
});

test("a /0 contains everything, but not everything is a host", () => {
  assert.deepEqual(classify("10.0.0.2", 0, "192.0.2.1"), ["contains", "neighbour"]);
  assert.deepEqual(classify("10.0.0.2", 0, "127.0.0.1"), ["contains"]);
  assert.deepEqual(classify("10.0.0.2", 0, "224.0.0.1"), ["contains"]);
});

test("which addresses may be a host's", () => {
  for (const text of ["1.0.0.0", "10.0.0.1", "126.255.255.255", "128.0.0.0", "223.255.255.255"]) {
    assert.equal(wire.test("isUnicast", ipv4Number(text)), true, text);
  }
  for (const text of ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"]) {
    assert.equal(wire.test("isUnicast", ipv4Number(text)), false, text);
  }
});
