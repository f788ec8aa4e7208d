import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { internetChecksum } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "checksum.as.ts");

/** The checksum of octets that begin `skip` octets into memory, as runtime/wire computes it. */
function checksum(octets: Uint8Array, skip = 0): number {
  wire.put(Uint8Array.from([...new Uint8Array(skip), ...octets]));
  return wire.u32("finish", wire.call("sum", wire.at + skip, octets.length));
}

test("the example of RFC 1071, section 3", () => {
  const octets = Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
  wire.put(octets);
  assert.equal(wire.u32("fold", wire.call("sum", wire.at, 8)), 0xddf2);
  assert.equal(checksum(octets), 0x220d);
});

test("every length up to 200, at every alignment, agrees with the definition", () => {
  const octets = Uint8Array.from({ length: 200 }, (_, i) => (i * 151 + 89) & 255);
  for (let length = 0; length <= octets.length; length++) {
    const piece = octets.subarray(0, length);
    for (let skip = 0; skip < 8; skip++) assert.equal(checksum(piece, skip), internetChecksum(piece), `${length}`);
  }
});

test("the largest datagram of all ones does not overflow", () => {
  assert.equal(checksum(new Uint8Array(65535).fill(255)), internetChecksum(new Uint8Array(65535).fill(255)));
});

test("any octets agree with the definition", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (octets) => {
      assert.equal(checksum(octets), internetChecksum(octets));
    }),
  );
});

test("sums of pieces that begin at even offsets add up", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 300 }), fc.nat(), (octets, cut) => {
      const first = (cut % octets.length) & ~1;
      wire.put(octets);
      const total =
        (wire.call("sum", wire.at, first) as bigint) +
        (wire.call("sum", wire.at + first, octets.length - first) as bigint);
      assert.equal(wire.u32("finish", total), internetChecksum(octets));
    }),
  );
});

test("verify accepts data with its checksum in it, and notices any changed bit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 100 }), fc.nat(), (octets, position) => {
      octets.fill(0, 2, 4);
      const sum = internetChecksum(octets);
      octets.set([sum >> 8, sum & 255], 2);
      wire.put(octets);
      assert.equal(wire.test("verify", wire.at, octets.length), true);
      const bit = position % (octets.length * 8);
      octets[bit >> 3] = (octets[bit >> 3] as number) ^ (1 << (bit & 7));
      wire.put(octets);
      assert.equal(wire.test("verify", wire.at, octets.length), false);
    }),
  );
});

test("the pseudo header sums as its twelve octets do", () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(u32, u32, fc.nat(255), fc.nat(65535), (source, destination, protocol, length) => {
      const octets = Buffer.alloc(12);
      octets.writeUInt32BE(source, 0);
      octets.writeUInt32BE(destination, 4);
      octets.writeUInt8(protocol, 9);
      octets.writeUInt16BE(length, 10);
      const sum = wire.call("pseudoHeader", source | 0, destination | 0, protocol, length);
      assert.equal(wire.u32("finish", sum), internetChecksum(octets));
    }),
  );
});

test("update gives what summing again gives (RFC 1624)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 64 }), fc.nat(65535), (octets, word) => {
      const before = internetChecksum(octets);
      const old = ((octets[4] as number) << 8) | (octets[5] as number);
      octets.set([word >> 8, word & 255], 4);
      // Zero has two forms in one's complement; which one comes out does not matter to a receiver.
      const zero = (sum: number) => (sum === 0xffff ? 0 : sum);
      assert.equal(zero(wire.u32("update", before, old, word)), zero(internetChecksum(octets)));
    }),
  );
});

test("the vector of RFC 1624, section 4", () => {
  assert.equal(wire.u32("update", 0xdd2f, 0x5555, 0x3285), 0x0000);
});
