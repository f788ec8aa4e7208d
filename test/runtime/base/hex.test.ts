import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";
import { stringAt } from "../../support/strings.ts";

const guest = await compileGuest(import.meta.url, "hex.as.ts");
const { exports, memory } = guest.instantiate();

describe("hex", () => {
  test("digits both ways", () => {
    for (let value = 0; value < 16; value++) {
      const digit = value.toString(16);
      assert.equal(exports["hexDigit"]?.(value), digit.charCodeAt(0));
      assert.equal(exports["hexDigit"]?.(value + 0xf0), digit.charCodeAt(0));
      assert.equal(exports["hexValue"]?.(digit.charCodeAt(0)), value);
      assert.equal(exports["hexValue"]?.(digit.toUpperCase().charCodeAt(0)), value);
    }
  });

  test("no other character is a digit", () => {
    for (let code = 0; code < 0x10000; code++) {
      if (!/^[0-9a-fA-F]$/.test(String.fromCharCode(code))) assert.equal(exports["hexValue"]?.(code), -1, String(code));
    }
  });

  test("bytes as text", () => {
    const at = Number(exports["allocate"]?.(256));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
        memory.bytes(at, bytes.length).set(bytes);
        const text = stringAt(memory, Number(exports["encodeHex"]?.(at, bytes.length)));
        assert.equal(text, Buffer.from(bytes).toString("hex"));
      }),
    );
  });
});
