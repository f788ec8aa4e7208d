import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ArpPacket, decodeArp, encodeArp, ipv4Text, macNumber, macText } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "arp.as.ts");
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const hex = (octets: Uint8Array): string => `0x${Buffer.from(octets).toString("hex")}`;

const packet: ArpPacket = {
  operation: 1,
  sha: "02:00:00:00:00:01",
  spa: "10.0.0.1",
  tha: "00:00:00:00:00:00",
  tpa: "10.0.0.2",
};

test("round trip against the oracle, both ways", () => {
  fc.assert(
    fc.property(fc.nat(65535), mac, ipv4, mac, ipv4, (operation, sha, spa, tha, tpa) => {
      const fields = { operation, sha: macText(sha), spa: ipv4Text(spa), tha: macText(tha), tpa: ipv4Text(tpa) };
      wire.put(encodeArp(fields));
      assert.equal(wire.test("check", wire.at, 28), true);
      assert.equal(wire.u32("operation", wire.at), operation);
      assert.equal(wire.call("senderHardware", wire.at), macNumber(sha));
      assert.equal(wire.u32("senderProtocol", wire.at), Number(hex(spa)));
      assert.equal(wire.call("targetHardware", wire.at), macNumber(tha));
      assert.equal(wire.u32("targetProtocol", wire.at), Number(hex(tpa)));

      const expected = wire.get(28);
      wire.put(new Uint8Array(28));
      wire.call("emit", wire.at, operation, macNumber(sha), Number(hex(spa)), macNumber(tha), Number(hex(tpa)));
      assert.deepEqual(wire.get(28), expected);
      assert.deepEqual(decodeArp(wire.get(28)), fields);
    }),
  );
});

test("refuses every truncation, takes padding", () => {
  wire.put(Uint8Array.from([...encodeArp(packet), ...new Uint8Array(18)]));
  for (let length = 0; length < 28; length++) assert.equal(wire.test("check", wire.at, length), false, `${length}`);
  assert.equal(wire.test("check", wire.at, 46), true);
});

test("refuses other hardware, other protocols and other address lengths", () => {
  for (const wrong of [{ hrd: 6 }, { pro: 0x86dd }, { hln: 8 }, { hln: 0 }, { pln: 16 }, { pln: 0 }]) {
    wire.put(encodeArp({ ...packet, ...wrong }));
    assert.equal(wire.test("check", wire.at, 28), false, JSON.stringify(wrong));
  }
});
