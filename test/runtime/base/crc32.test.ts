import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "crc32.as.ts");
const { exports, memory } = guest.instantiate();
const area = Number(exports["allocate"]?.(1000));

const checksum = (bytes: Uint8Array, before = 0): number => {
  memory.bytes(area, bytes.length).set(bytes);
  return Number(exports["checksum"]?.(area, bytes.length, before)) >>> 0;
};

describe("CRC-32", () => {
  // The check value of the catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC.
  test("of 123456789", () => assert.equal(checksum(Buffer.from("123456789")), 0xcbf43926));

  test("is zlib's, whole and in pieces", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 11 + (i >> 3));
    for (const length of [0, 1, 2, 3, 255, 256, 1000]) {
      const part = bytes.subarray(0, length);
      assert.equal(checksum(part), crc32(part));
      const cut = length >> 1;
      assert.equal(checksum(part.subarray(cut), checksum(part.subarray(0, cut))), crc32(part));
    }
  });
});
