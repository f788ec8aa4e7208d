import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeEthernet, encodeEthernet, macNumber, macText } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "ethernet.as.ts");
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const type = fc.integer({ min: 0x600, max: 0xffff });

test("takes a frame apart as the oracle put it together", () => {
  fc.assert(
    fc.property(mac, mac, type, fc.uint8Array(), (destination, source, type, payload) => {
      const frame = encodeEthernet({ destination: macText(destination), source: macText(source), type, payload });
      wire.put(frame);
      assert.equal(wire.test("check", wire.at, frame.length), true);
      assert.equal(wire.call("destination", wire.at), macNumber(destination));
      assert.equal(wire.call("source", wire.at), macNumber(source));
      assert.equal(wire.u32("etherType", wire.at), type);
    }),
  );
});

test("puts a header together that the oracle takes apart", () => {
  fc.assert(
    fc.property(mac, mac, type, (destination, source, type) => {
      wire.put(new Uint8Array(14));
      wire.call("emit", wire.at, macNumber(destination), macNumber(source), type);
      const frame = decodeEthernet(wire.get(14));
      assert.deepEqual(frame, {
        destination: macText(destination),
        source: macText(source),
        type,
        payload: new Uint8Array(),
      });
      assert.deepEqual(wire.get(16).subarray(14), Uint8Array.of(0xee, 0xee), "nothing behind it is written");
    }),
  );
});

test("refuses every truncation", () => {
  wire.put(new Uint8Array(14).fill(8));
  for (let length = 0; length < 14; length++) assert.equal(wire.test("check", wire.at, length), false);
  assert.equal(wire.test("check", wire.at, 14), true);
});

test("refuses an 802.3 length in place of a type", () => {
  for (const [type, fine] of [
    [0, false],
    [1500, false],
    [0x5ff, false],
    [0x600, true],
  ] as const) {
    const zero = "00:00:00:00:00:00";
    wire.put(encodeEthernet({ destination: zero, source: zero, type, payload: new Uint8Array(50) }));
    assert.equal(wire.test("check", wire.at, 64), fine, `${type}`);
  }
});
