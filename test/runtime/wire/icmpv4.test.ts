import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeIcmp, encodeIcmp } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "icmpv4.as.ts");
const octet = fc.nat(255);
const u16 = fc.nat(65535);
const data = fc.uint8Array({ maxLength: 300 });

test("takes an echo apart as the oracle put it together", () => {
  fc.assert(
    fc.property(octet, octet, u16, u16, data, (type, code, identifier, sequence, data) => {
      const message = encodeIcmp({ type, code, word: identifier * 0x10000 + sequence, data });
      wire.put(message);
      assert.equal(wire.test("check", message.length), true);
      assert.equal(wire.u32("type", wire.at), type);
      assert.equal(wire.u32("code", wire.at), code);
      assert.equal(wire.u32("identifier", wire.at), identifier);
      assert.equal(wire.u32("sequenceNumber", wire.at), sequence);
    }),
  );
});

test("puts an echo together that the oracle takes apart", () => {
  fc.assert(
    fc.property(octet, u16, u16, data, (type, identifier, sequence, data) => {
      wire.put(Uint8Array.from([...new Uint8Array(8), ...data]));
      wire.call("emitEcho", wire.at, type, identifier, sequence, 8 + data.length);
      const word = identifier * 0x10000 + sequence;
      assert.deepEqual(decodeIcmp(wire.get(8 + data.length)), { type, code: 0, word, data });
    }),
  );
});

test("puts an error together that the oracle takes apart", () => {
  fc.assert(
    fc.property(octet, octet, fc.integer({ min: 0, max: 0xffffffff }), data, (type, code, word, data) => {
      wire.put(Uint8Array.from([...new Uint8Array(8), ...data]));
      wire.call("emitError", wire.at, type, code, word, 8 + data.length);
      assert.deepEqual(decodeIcmp(wire.get(8 + data.length)), { type, code, word, data });
    }),
  );
});

test("turns an echo into its reply, all else unchanged", () => {
  fc.assert(
    fc.property(u16, u16, data, (identifier, sequence, data) => {
      const word = identifier * 0x10000 + sequence;
      wire.put(encodeIcmp({ type: 8, code: 0, word, data }));
      wire.call("turnIntoReply", wire.at);
      assert.deepEqual(decodeIcmp(wire.get(8 + data.length)), { type: 0, code: 0, word, data });
    }),
  );
});

test("a reply of nothing but zeros has a checksum that a receiver accepts", () => {
  for (const length of [0, 1, 8, 56]) {
    const data = new Uint8Array(length);
    wire.put(encodeIcmp({ type: 8, code: 0, word: 0, data }));
    wire.call("turnIntoReply", wire.at);
    assert.deepEqual(decodeIcmp(wire.get(8 + length)), { type: 0, code: 0, word: 0, data });
  }
});

test("a message has at least a header", () => {
  for (let length = 0; length < 8; length++) assert.equal(wire.test("check", length), false);
  assert.equal(wire.test("check", 8), true);
});
