import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "calendar.as.ts");
const DAY = 86400;

function check(seconds: readonly number[]): void {
  const tender = guest.instantiate();
  for (const second of seconds) tender.exports["time"]?.(BigInt(second));
  const expected = seconds.map((second) => new Date(second * 1000).toISOString().replace(".000", ""));
  assert.deepEqual(tender.lines, expected);
}

describe("calendar", () => {
  test("each day of the years 1970 to 2106, which 32 bits of seconds reach", () => {
    const days = Math.floor(0xffffffff / DAY);
    check(Array.from({ length: days + 1 }, (_, day) => day * DAY));
  });

  test("around leap days and the ends of years and centuries", () => {
    const seconds: number[] = [];
    for (let year = 1970; year < 10000; year++) {
      for (const month of [0, 1, 2, 11]) {
        const start = Date.UTC(year, month, 1) / 1000;
        if (start > 0) seconds.push(start - 1);
        seconds.push(start);
      }
    }
    check(seconds);
  });

  test("any second", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (second) => check([second])),
      { numRuns: 500 },
    );
    check([0, 0x7fffffff, 0x80000000, 0xffffffff, Date.UTC(9999, 11, 31, 23, 59, 59) / 1000]);
  });
});
