import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUdp, encodeUdp, ipv4Number, ipv4Text } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "udp.as.ts");
const port = fc.nat(65535);
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);
const data = fc.uint8Array({ maxLength: 300 });
const FROM = "10.0.0.1";
const TO = "10.0.0.2";

function verify(source: string, destination: string): boolean {
  return wire.test("verify", wire.at, ipv4Number(source), ipv4Number(destination));
}

test("takes a datagram apart as the oracle put it together", () => {
  fc.assert(
    fc.property(port, port, data, address, address, (sourcePort, destinationPort, data, source, destination) => {
      const octets = encodeUdp({ sourcePort, destinationPort, data }, source, destination);
      wire.put(octets);
      assert.equal(wire.test("check", wire.at, octets.length), true);
      assert.equal(wire.u32("sourcePort", wire.at), sourcePort);
      assert.equal(wire.u32("destinationPort", wire.at), destinationPort);
      assert.equal(wire.u32("length", wire.at), octets.length);
      assert.equal(verify(source, destination), true);
    }),
  );
});

test("puts a datagram together that the oracle takes apart", () => {
  fc.assert(
    fc.property(port, port, data, address, address, (sourcePort, destinationPort, data, source, destination) => {
      const length = 8 + data.length;
      wire.put(Uint8Array.from([...new Uint8Array(8), ...data]));
      const addresses = [ipv4Number(source), ipv4Number(destination)];
      wire.call("emit", wire.at, sourcePort, destinationPort, length, ...addresses, wire.at + 8);
      assert.deepEqual(decodeUdp(wire.get(length), source, destination), {
        sourcePort,
        destinationPort,
        data,
        length,
      });
      assert.deepEqual(wire.get(length), encodeUdp({ sourcePort, destinationPort, data }, source, destination));
    }),
  );
});

test("refuses every truncation", () => {
  const octets = encodeUdp({ sourcePort: 1, destinationPort: 2, data: new Uint8Array(20) }, FROM, TO);
  wire.put(octets);
  for (let length = 0; length < octets.length; length++) {
    assert.equal(wire.test("check", wire.at, length), false, `${length}`);
  }
});

test("refuses a length that is shorter than the header or longer than the datagram", () => {
  for (const [length, fine] of [
    [0, false],
    [7, false],
    [8, true],
    [27, true],
    [28, true],
    [29, false],
    [65535, false],
  ] as const) {
    wire.put(encodeUdp({ sourcePort: 1, destinationPort: 2, data: new Uint8Array(20), length }, FROM, TO));
    assert.equal(wire.test("check", wire.at, 28), fine, `${length}`);
  }
});

test("a checksum of zero is none; a sum of zero is sent as all ones", () => {
  wire.put(encodeUdp({ sourcePort: 1, destinationPort: 2, data: Uint8Array.of(1, 2, 3), checksum: 0 }, FROM, TO));
  assert.equal(verify(FROM, TO), true);
  // Data chosen so that everything sums to 0xffff: 0xffff less the sum of the rest.
  const rest = encodeUdp({ sourcePort: 1, destinationPort: 2, data: Uint8Array.of(0, 0) }, FROM, TO);
  const word = rest.subarray(6, 8);
  wire.put(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, ...word]));
  wire.call("emit", wire.at, 1, 2, 10, ipv4Number(FROM), ipv4Number(TO), wire.at + 8);
  assert.deepEqual(wire.get(8).subarray(6), Uint8Array.of(0xff, 0xff));
  assert.equal(verify(FROM, TO), true);
});

test("notices a changed bit anywhere, and another address", () => {
  const octets = encodeUdp({ sourcePort: 7, destinationPort: 9, data: Uint8Array.of(1, 2, 3, 4, 5) }, FROM, TO);
  for (let bit = 0; bit < octets.length * 8; bit++) {
    const changed = octets.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    wire.put(changed);
    const fine = wire.test("check", wire.at, octets.length) && verify(FROM, TO);
    assert.equal(fine, false, `bit ${bit}`);
  }
  wire.put(octets);
  assert.equal(verify(FROM, TO), true);
  assert.equal(verify(FROM, "10.0.0.3"), false);
});
