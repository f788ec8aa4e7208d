import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";
import { stringAt, writeUtf16 } from "../../support/strings.ts";

const guest = await compileGuest(import.meta.url, "utf8.as.ts");
const { exports, memory } = guest.instantiate();
const ROOM = 4096;
const at = Number(exports["allocate"]?.(ROOM));

const E_TOO_LONG = -68;

/** What the guest makes of bytes: a string, or undefined when it refuses them. */
function decode(bytes: Uint8Array): string | undefined {
  memory.bytes(at, bytes.length).set(bytes);
  // What follows the text must not matter.
  memory.bytes(at + bytes.length, 4).fill(0xbf);
  const text = Number(exports["decode"]?.(at, bytes.length));
  return text ? stringAt(memory, text) : undefined;
}

/** The same by Node. */
function expected(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function guestString(text: string): number {
  writeUtf16(memory, at, text);
  return Number(exports["makeString"]?.(at, text.length));
}

const anyText = fc.string({ unit: "binary", maxLength: 100 });

describe("utf8", () => {
  test("decodes every text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(decode(new TextEncoder().encode(text)), text);
      }),
    );
  });

  test("agrees with TextDecoder on every truncation", () => {
    const bytes = new TextEncoder().encode("aé€😀\u0000\u07ff\u0800\uffff\u{10000}\u{10ffff}z");
    for (let start = 0; start < bytes.length; start++) {
      for (let end = start; end <= bytes.length; end++) {
        const part = bytes.subarray(start, end);
        assert.equal(decode(part), expected(part), Buffer.from(part).toString("hex"));
      }
    }
  });

  test("agrees with TextDecoder on every first byte with the edges of what may follow", () => {
    const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (let first = 0; first < 256; first++) {
      for (const second of edges) {
        for (const third of edges) {
          for (const bytes of [[first], [first, second], [first, second, third], [first, second, third, 0xbf]]) {
            const text = Uint8Array.from(bytes);
            assert.equal(decode(text), expected(text), Buffer.from(text).toString("hex"));
          }
        }
      }
    }
  });

  test("agrees with TextDecoder on random bytes, and on texts with one byte changed", () => {
    const changed = fc.tuple(anyText, fc.nat(), fc.nat(255)).map(([text, place, byte]) => {
      const bytes = new TextEncoder().encode(text);
      if (bytes.length > 0) bytes[place % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), changed), (bytes) => {
        assert.equal(decode(bytes), expected(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("encodes as TextEncoder does, lone surrogates too", () => {
    const unit = fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7f0, max: 0xe010 }));
    const anyUnits = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyUnits, (text) => {
        const bytes = new TextEncoder().encode(text);
        const string = guestString(text);
        assert.equal(exports["utf8Length"]?.(string), bytes.length);
        memory.bytes(at, ROOM).fill(0xee);
        assert.equal(exports["encodeUtf8"]?.(string, at, bytes.length), bytes.length);
        assert.deepEqual(memory.bytes(at, bytes.length), bytes);
        assert.equal(memory.bytes(at + bytes.length, 1)[0], 0xee);
      }),
      { numRuns: 1000 },
    );
  });

  test("writes nothing when there is no room", () => {
    const string = guestString("aé€😀");
    for (let room = 0; room < 10; room++) {
      memory.bytes(at, 16).fill(0xee);
      assert.equal(exports["encodeUtf8"]?.(string, at, room), E_TOO_LONG);
      assert.deepEqual([...memory.bytes(at, 16)], Array(16).fill(0xee));
    }
    assert.equal(exports["encodeUtf8"]?.(string, at, 10), 10);
  });
});
