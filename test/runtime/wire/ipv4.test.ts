import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeIpv4, encodeIpv4, type Ipv4Packet, ipv4Number, ipv4Text } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "ipv4.as.ts");

const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);
const packets = fc.record({
  source: address,
  destination: address,
  protocol: fc.nat(255),
  payload: fc.uint8Array({ maxLength: 200 }),
  timeToLive: fc.nat(255),
  identification: fc.nat(65535),
  fragment: fc.nat(0x7fff),
  options: fc.nat(10).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
});
const plain: Ipv4Packet = {
  source: "10.0.0.1",
  destination: "10.0.0.2",
  protocol: 17,
  payload: new Uint8Array(30),
  options: new Uint8Array(8),
};

/** Puts a packet as a frame's payload, with as many octets of padding behind it. @returns their number together */
function put(packet: Ipv4Packet, padding = 0): number {
  const octets = Uint8Array.from([...encodeIpv4(packet), ...new Uint8Array(padding).fill(0xaa)]);
  wire.put(octets);
  return octets.length;
}

test("takes a packet apart as the oracle put it together, options and padding too", () => {
  fc.assert(
    fc.property(packets, fc.nat(30), (packet, padding) => {
      const length = put(packet, padding);
      assert.equal(wire.test("check", wire.at, length), true);
      assert.equal(wire.test("verifyHeader", wire.at), true);
      assert.equal(wire.u32("headerLength", wire.at), 20 + packet.options.length);
      assert.equal(wire.u32("totalLength", wire.at), length - padding);
      assert.equal(wire.u32("typeOfService", wire.at), 0);
      assert.equal(wire.u32("identification", wire.at), packet.identification);
      assert.equal(wire.test("dontFragment", wire.at), (packet.fragment & 0x4000) !== 0);
      assert.equal(wire.test("moreFragments", wire.at), (packet.fragment & 0x2000) !== 0);
      assert.equal(wire.u32("fragmentOffset", wire.at), (packet.fragment & 0x1fff) * 8);
      assert.equal(wire.test("isFragment", wire.at), (packet.fragment & 0x3fff) !== 0);
      assert.equal(wire.u32("timeToLive", wire.at), packet.timeToLive);
      assert.equal(wire.u32("protocol", wire.at), packet.protocol);
      assert.equal(wire.u32("sourceAddress", wire.at), ipv4Number(packet.source));
      assert.equal(wire.u32("destinationAddress", wire.at), ipv4Number(packet.destination));
    }),
  );
});

test("puts a header together that the oracle takes apart, and nothing behind it", () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const { identification, fragment, timeToLive, protocol, source, destination, payload } = packet;
      wire.put(Uint8Array.from([...new Uint8Array(20), ...payload]));
      const length = 20 + payload.length;
      const addresses = [ipv4Number(source), ipv4Number(destination)];
      wire.call("emit", wire.at, length, identification, fragment, timeToLive, protocol, ...addresses);
      const expected = { ...packet, options: new Uint8Array(), headerLength: 20, totalLength: length };
      assert.deepEqual(decodeIpv4(wire.get(length)), expected);
    }),
  );
});

test("refuses every truncation", () => {
  const whole = put(plain);
  for (let length = 0; length < whole; length++) {
    assert.equal(wire.test("check", wire.at, length), false, `${length}`);
    assert.equal(wire.test("isTruncated", wire.at, length), true, `${length}`);
  }
  assert.equal(wire.test("check", wire.at, whole), true);
});

test("refuses other versions, and lengths that contradict each other", () => {
  const wrong: [string, Partial<Ipv4Packet>][] = [
    ...[0, 1, 2, 3, 5, 6, 8, 12, 15].map((version): [string, object] => [`version ${version}`, { version }]),
    ["IHL 0", { headerLength: 0 }],
    ["IHL 4", { headerLength: 16 }],
    ["header longer than the total length", { headerLength: 60, totalLength: 58 }],
    ["total length shorter than a header", { totalLength: 19 }],
    ["total length 0", { totalLength: 0 }],
  ];
  for (const [what, fields] of wrong) {
    const length = put({ ...plain, ...fields });
    assert.equal(wire.test("check", wire.at, length), false, what);
    assert.equal(wire.test("isTruncated", wire.at, length), false, what);
  }
  const length = put({ ...plain, totalLength: 59 });
  assert.equal(wire.test("check", wire.at, length), false, "total length longer than the frame");
  assert.equal(wire.test("isTruncated", wire.at, length), true, "total length longer than the frame");
});

test("notices every changed bit of the header", () => {
  const length = put(plain);
  const octets = wire.get(length);
  for (let bit = 0; bit < 28 * 8; bit++) {
    const changed = octets.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    wire.put(changed);
    const fine = wire.test("check", wire.at, length) && wire.test("verifyHeader", wire.at);
    assert.equal(fine, false, `bit ${bit}`);
  }
});

test("the header of a captured packet (RFC 1071's sum of it is 0xb861)", () => {
  // From Wikipedia's "Internet checksum", where the sum is worked out by hand.
  wire.put(Buffer.from("45000073000040004011b861c0a80001c0a800c7", "hex"));
  assert.equal(wire.test("verifyHeader", wire.at), true);
  assert.equal(wire.test("dontFragment", wire.at), true);
  wire.call("emit", wire.at, 0x73, 0, 0x4000, 64, 17, 0xc0a80001, 0xc0a800c7);
  assert.equal(Buffer.from(wire.get(20)).toString("hex"), "45000073000040004011b861c0a80001c0a800c7");
});
