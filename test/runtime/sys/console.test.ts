import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";
import { writeUtf16 } from "../../support/strings.ts";

const guest = await compileGuest(import.meta.url, "console.as.ts");

/** What is on the console after `text` was written; a line end is added. */
function written(text: string): string {
  const tender = guest.instantiate();
  const at = Number(tender.exports["allocate"]?.(text.length * 2 + 2));
  writeUtf16(tender.memory, at, `${text}\n`);
  tender.exports["write"]?.(at, text.length + 1);
  return tender.lines.join("\n");
}

describe("console", () => {
  test("writes texts of any length in UTF-8", () => {
    // The tender decodes each hypercall's bytes by themselves: a character must not be torn.
    const texts = fc.string({ unit: "binary", maxLength: 3000, size: "max" });
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(written(text), text.replace(/^\uFEFF/, ""));
      }),
      { numRuns: 60 },
    );
  });

  test("a text longer than what one hypercall takes arrives whole", () => {
    const text = "0123456789€".repeat(20_000);
    assert.equal(written(text), text);
  });

  test("lone surrogates become U+FFFD", () => {
    assert.equal(written("a\ud800b\udc00\ud801"), "a\ufffdb\ufffd\ufffd");
  });

  test("pieces are one line, handed over at the flush", () => {
    const tender = guest.instantiate();
    tender.exports["put"]?.();
    assert.deepEqual(tender.lines, []);
    tender.exports["flushConsole"]?.();
    assert.deepEqual(tender.lines, ["one line"]);
    tender.exports["flushConsole"]?.();
    assert.deepEqual(tender.lines, ["one line"]);
  });

  test("numbers are padded with zeros", () => {
    const tender = guest.instantiate();
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(12), (value, width) => {
        tender.exports["decimal"]?.(value, width);
        assert.equal(tender.lines.at(-1), String(value).padStart(width, "0"));
      }),
    );
  });
});
