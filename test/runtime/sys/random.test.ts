import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EVENT_LINK, EVENT_RESTORED, EVENT_USER } from "../../../runtime/abi/tender.ts";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "random.as.ts");

/** A second implementation of the generator, on OpenSSL's ChaCha20. The simulated tender's seeds count up. */
class Model {
  private key = Buffer.alloc(32);
  private pool = Buffer.alloc(0);
  private seeded = false;

  constructor(private seed: number) {}

  reseed(): void {
    this.seeded = false;
    this.pool = Buffer.alloc(0);
  }

  take(length: number): Buffer {
    const parts: Buffer[] = [];
    while (length > 0) {
      if (this.pool.length === 0) this.refill();
      const part = this.pool.subarray(0, length);
      this.pool = this.pool.subarray(part.length);
      parts.push(part);
      length -= part.length;
    }
    return Buffer.concat(parts);
  }

  private refill(): void {
    if (!this.seeded) this.key = Buffer.from(this.key.map((byte) => byte ^ (this.seed++ & 255)));
    this.seeded = true;
    const stream = createCipheriv("chacha20", this.key, Buffer.alloc(16)).update(Buffer.alloc(256));
    this.key = stream.subarray(0, 32);
    this.pool = stream.subarray(32);
  }
}

function fresh(seed: number) {
  const tender = guest.instantiate({ seed });
  const { exports, memory } = tender;
  const at = Number(exports["allocate"]?.(2048));
  const take = (length: number): Buffer => {
    memory.bytes(at, 2048).fill(0xee);
    exports["randomFill"]?.(at, length);
    assert.equal(memory.bytes(at + length, 1)[0], 0xee, "wrote past the end");
    return Buffer.from(memory.bytes(at, length));
  };
  return { tender, exports, memory, at, take };
}

describe("random", () => {
  test("gives what the model gives, in pieces of any length, across new seeds", () => {
    const action = fc.oneof({ weight: 5, arbitrary: fc.nat(600) }, { weight: 1, arbitrary: fc.constant("reseed") });
    fc.assert(
      fc.property(fc.nat(255), fc.array(action, { maxLength: 20 }), (seed, actions) => {
        const model = new Model(seed);
        const { exports, take } = fresh(seed);
        for (const action of actions) {
          if (typeof action === "number") {
            assert.deepEqual(take(action), model.take(action));
          } else {
            exports["reseed"]?.();
            model.reseed();
          }
        }
      }),
    );
  });

  test("another seed gives other bytes, and so does a new seed", () => {
    assert.notDeepEqual(fresh(1).take(32), fresh(2).take(32));
    const [left, right] = [fresh(3), fresh(3)];
    assert.deepEqual(left.take(32), right.take(32));
    left.exports["reseed"]?.();
    assert.notDeepEqual(left.take(32), right.take(32));
  });

  test("a restored image takes a new seed before its next number, and other events change nothing", () => {
    const model = new Model(8);
    const { tender, take } = fresh(8);
    tender.start();
    assert.deepEqual(take(10), model.take(10));
    for (const kind of [EVENT_USER, EVENT_LINK]) tender.event(kind).settle();
    assert.deepEqual(take(10), model.take(10));
    tender.event(EVENT_RESTORED).settle();
    model.reseed();
    assert.deepEqual(take(10), model.take(10));
  });

  test("what was given is nowhere in memory any more", () => {
    const { memory, at, take } = fresh(4);
    for (const length of [16, 64, 300]) {
      const given = take(length);
      memory.bytes(at, length).fill(0);
      const all = Buffer.from(memory.memory.buffer);
      for (let i = 0; i + 8 <= length; i += 8) assert.equal(all.indexOf(given.subarray(i, i + 8)), -1);
    }
  });

  test("numbers are the next four bytes", () => {
    const model = new Model(5);
    const { exports } = fresh(5);
    for (let i = 0; i < 200; i++) assert.equal(Number(exports["randomU32"]?.()) >>> 0, model.take(4).readUInt32LE());
  });

  test("numbers below a bound are drawn without bias", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: 1, max: 0xffffffff }), (seed, bound) => {
        const model = new Model(seed);
        const { exports } = fresh(seed);
        for (let i = 0; i < 20; i++) {
          // Each result has floor(2^32 / bound) numbers that lead to it; the others are drawn again.
          let product: bigint;
          do product = BigInt(model.take(4).readUInt32LE()) * BigInt(bound);
          while ((product & 0xffffffffn) < 2n ** 32n % BigInt(bound));
          assert.equal(Number(exports["randomBelow"]?.(bound)) >>> 0, Number(product >> 32n));
        }
      }),
    );
    assert.equal(fresh(6).exports["randomBelow"]?.(1), 0);
  });

  test("a bound of zero is a mistake", () => {
    assert.throws(() => fresh(7).exports["randomBelow"]?.(0), WebAssembly.RuntimeError);
  });
});
