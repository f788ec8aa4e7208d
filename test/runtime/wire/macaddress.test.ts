import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { macNumber, macText } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "macaddress.as.ts");
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });

test("loads and stores six octets and no more", () => {
  fc.assert(
    fc.property(mac, (octets) => {
      wire.put(octets);
      const value = wire.call("loadMac", wire.at);
      assert.equal(value, macNumber(octets));
      wire.put(new Uint8Array(6));
      wire.call("storeMac", wire.at, value);
      assert.deepEqual(wire.get(8), Uint8Array.of(...octets, 0xee, 0xee));
    }),
  );
});

test("is written with two digits an octet", () => {
  fc.assert(
    fc.property(mac, (octets) => {
      wire.put(octets);
      const length = wire.u32("format", wire.call("loadMac", wire.at), wire.at);
      assert.equal(Buffer.from(wire.get(length)).toString(), macText(octets));
    }),
  );
});

test("tells stations from groups", () => {
  assert.equal(wire.test("isStationMac", 0x010000000002n), true);
  assert.equal(wire.test("isStationMac", 0n), false, "zero");
  assert.equal(wire.test("isStationMac", 0x0100005e0001n), false, "multicast");
  assert.equal(wire.test("isStationMac", 0xffffffffffffn), false, "broadcast");
  assert.equal(wire.test("isGroupMac", 0xffffffffffffn), true);
  assert.equal(wire.test("isGroupMac", 0xfffffffffffen), false);
});
