import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "chacha20.as.ts");
const { exports, memory } = guest.instantiate();
const key = Number(exports["allocate"]?.(32));
const nonce = Number(exports["allocate"]?.(12));
const state = Number(exports["allocate"]?.(64));
const out = Number(exports["allocate"]?.(64));

function blocks(keyBytes: Uint8Array, counter: number, nonceBytes: Uint8Array, count: number): string {
  memory.bytes(key, 32).set(keyBytes);
  memory.bytes(nonce, 12).set(nonceBytes);
  exports["chacha20Init"]?.(state, key, counter, nonce);
  let text = "";
  for (let i = 0; i < count; i++) {
    exports["chacha20Block"]?.(state, out);
    text += Buffer.from(memory.bytes(out, 64)).toString("hex");
  }
  return text;
}

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const zeros = (length: number) => "00".repeat(length);

// RFC 8439: section 2.3.2, then appendix A.1.
const vectors = [
  {
    name: "section 2.3.2",
    key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    nonce: "000000090000004a00000000",
    counter: 1,
    block: `10f1e7e4d13b5915500fdd1fa32071c4 c7d1f4c733c068030422aa9ac3d46c4e
            d2826446079faa0914c2d705d98b02a2 b5129cd1de164eb9cbd083e8a2503c4e`,
  },
  {
    name: "A.1 #1",
    key: zeros(32),
    nonce: zeros(12),
    counter: 0,
    block: `76b8e0ada0f13d90405d6ae55386bd28 bdd219b8a08ded1aa836efcc8b770dc7
            da41597c5157488d7724e03fb8d84a37 6a43b8f41518a11cc387b669b2ee6586`,
  },
  {
    name: "A.1 #2",
    key: zeros(32),
    nonce: zeros(12),
    counter: 1,
    block: `9f07e7be5551387a98ba977c732d080d cb0f29a048e3656912c6533e32ee7aed
            29b721769ce64e43d57133b074d839d5 31ed1f28510afb45ace10a1f4b794d6f`,
  },
  {
    name: "A.1 #3",
    key: `${zeros(31)}01`,
    nonce: zeros(12),
    counter: 1,
    block: `3aeb5224ecf849929b9d828db1ced4dd 832025e8018b8160b82284f3c949aa5a
            8eca00bbb4a73bdad192b5c42f73f2fd 4e273644c8b36125a64addeb006c13a0`,
  },
  {
    name: "A.1 #4",
    key: `00ff${zeros(30)}`,
    nonce: zeros(12),
    counter: 2,
    block: `72d54dfbf12ec44b362692df94137f32 8fea8da73990265ec1bbbea1ae9af0ca
            13b25aa26cb4a648cb9b9d1be65b2c09 24a66c54d545ec1b7374f4872e99f096`,
  },
  {
    name: "A.1 #5",
    key: zeros(32),
    nonce: `${zeros(11)}02`,
    counter: 0,
    block: `c2c64d378cd536374ae204b9ef933fcd 1a8b2288b3dfa49672ab765b54ee27c7
            8a970e0e955c14f3a88e741b97c286f7 5f8fc299e8148362fa198a39531bed6d`,
  },
];

describe("chacha20", () => {
  for (const vector of vectors) {
    test(`RFC 8439 ${vector.name}`, () => {
      assert.equal(blocks(hex(vector.key), vector.counter, hex(vector.nonce), 1), hex(vector.block).toString("hex"));
    });
  }

  test("counts its blocks, and agrees with OpenSSL", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), fc.nat(0xfffffff0), bytes(12), (key, counter, nonce) => {
        const iv = Buffer.alloc(16);
        iv.writeUInt32LE(counter);
        iv.set(nonce, 4);
        const stream = createCipheriv("chacha20", key, iv).update(Buffer.alloc(192));
        assert.equal(blocks(key, counter, nonce, 3), stream.toString("hex"));
      }),
    );
  });
});
