import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "base64.as.ts");
const { exports, memory } = guest.instantiate();
const [from, to] = [Number(exports["allocate"]?.(1024)), Number(exports["allocate"]?.(1024))];

function call(name: string, bytes: Uint8Array): Buffer | undefined {
  memory.bytes(from, bytes.length).set(bytes);
  const length = Number(exports[name]?.(from, bytes.length, to));
  return length < 0 ? undefined : Buffer.from(memory.bytes(to, length));
}

describe("base64", () => {
  test("the vectors of RFC 4648, 10", () => {
    for (const [text, encoded] of [
      ["", ""],
      ["f", "Zg=="],
      ["fo", "Zm8="],
      ["foo", "Zm9v"],
      ["foob", "Zm9vYg=="],
      ["fooba", "Zm9vYmE="],
      ["foobar", "Zm9vYmFy"],
    ] as const) {
      assert.equal(call("encode", Buffer.from(text))?.toString(), encoded);
      assert.equal(call("decode", Buffer.from(encoded))?.toString(), text);
    }
  });

  test("any bytes, as Node has them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const encoded = Buffer.from(bytes).toString("base64");
        assert.equal(call("encode", bytes)?.toString(), encoded);
        assert.deepEqual(call("decode", Buffer.from(encoded)), Buffer.from(bytes));
      }),
    );
  });

  test("what is malformed", () => {
    for (const text of [
      "Z",
      "Zg",
      "Zg=",
      "Zg===",
      "Zm8",
      "Zh==",
      "Zm9=",
      "Z===",
      "====",
      "Zm-v",
      "Zm_v",
      "Zm 9",
      "Zg==Zg==",
    ])
      assert.equal(call("decode", Buffer.from(text)), undefined, text);
  });
});
