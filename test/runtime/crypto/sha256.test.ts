import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "sha256.as.ts");
const { exports, memory } = guest.instantiate();
const MOST = 100_000;
const message = Number(exports["allocate"]?.(MOST));
const out = Number(exports["allocate"]?.(32));

function digest(first: Uint8Array, second: Uint8Array): string {
  memory.bytes(message, first.length).set(first);
  memory.bytes(message + first.length, second.length).set(second);
  exports["digest"]?.(message, first.length, second.length, out);
  return Buffer.from(memory.bytes(out, 32)).toString("hex");
}

describe("SHA-256", () => {
  // FIPS 180-2, appendix B (https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values).
  for (const [text, expected] of [
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ] as const)
    test(`of "${text}"`, () => assert.equal(digest(Buffer.from(text), Buffer.alloc(0)), expected));

  test("of messages of all lengths about a block, cut anywhere, is Node's", () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i * 7 + 3);
    for (let length = 0; length <= 200; length++) {
      const whole = bytes.subarray(0, length);
      const expected = createHash("sha256").update(whole).digest("hex");
      for (const cut of [0, 1, 63, 64, 65, 128, length].filter((at) => at <= length))
        assert.equal(digest(whole.subarray(0, cut), whole.subarray(cut)), expected, `${length} bytes, cut at ${cut}`);
    }
    const long = Uint8Array.from({ length: MOST }, (_, i) => i ^ (i >> 8));
    assert.equal(digest(long, new Uint8Array(0)), createHash("sha256").update(long).digest("hex"));
  });
});
