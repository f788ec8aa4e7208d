/** XXH64 against what its reference implementation says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { xxh64 } from "../../../compiler/native/xxh64.ts";

const known = {
  "": "ef46db3751d8e999",
  a: "d24ec4f1a98c6e5b",
  abc: "44bc2cf5ad770999",
  "Nobody inspects the spammish repetition": "fbcea83c8a378bf1",
};

test("strings with a known hash", () => {
  for (const [text, hash] of Object.entries(known))
    assert.equal(
      Buffer.from(xxh64(Buffer.from(text)))
        .reverse()
        .toString("hex"),
      hash,
      text,
    );
});

test("each octet counts", () => {
  const bytes = Buffer.alloc(77, "fata");
  const hashes = new Set([Buffer.from(xxh64(bytes)).toString("hex")]);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(0, at);
    hashes.add(Buffer.from(xxh64(changed)).toString("hex"));
  }
  assert.equal(hashes.size, bytes.length + 1);
});
