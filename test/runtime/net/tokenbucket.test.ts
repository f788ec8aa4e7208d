import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const { exports } = (await compileGuest(import.meta.url, "tokenbucket.as.ts")).instantiate();
const make = (rate: number, burst: number) => exports["make"]?.(rate, burst);
const take = (now: bigint) => exports["take"]?.(now) !== 0;

test("starts full, whenever that is", () => {
  for (const start of [0n, 1n, 5_000_000_000n]) {
    make(10, 3);
    assert.deepEqual([take(start), take(start), take(start), take(start)], [true, true, true, false]);
  }
});

test("lets through a burst and then the rate, and never more", () => {
  const gaps = fc.array(fc.nat(300_000_000), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20 }), (gaps, rate, burst) => {
      make(rate, burst);
      const interval = BigInt(Math.floor(1e9 / rate));
      // The model keeps the level in ns: a token is an interval.
      const full = interval * BigInt(burst);
      let level = full;
      let now = 0n;
      for (const gap of gaps) {
        const got = take(now);
        assert.equal(got, level >= interval);
        if (got) level -= interval;
        now += BigInt(gap);
        level = level + BigInt(gap) > full ? full : level + BigInt(gap);
      }
    }),
  );
});
