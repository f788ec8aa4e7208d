import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import { GuestCalls } from "./guestcalls.ts";

const rtt = await GuestCalls.load(import.meta.url, "rtt.as.ts");
const MS = 1_000_000;
const ms = (value: number): bigint => BigInt(Math.round(value * MS));
let sequence = 0;
let time = 0n;

/** One segment goes, and is acknowledged after a while. */
function sample(rttMs: number): void {
  sequence += 100;
  rtt.u32("sent", sequence, time);
  time += ms(rttMs);
  assert.equal(rtt.is("acknowledged", sequence, time, 100, 100, 0n), true);
}

beforeEach(() => {
  rtt.u32("renew");
  sequence = 0xffffff00;
  time = 0n;
});

test("(2.1): one second until there is a sample; (5.7): three behind a SYN that was lost", () => {
  assert.equal(rtt.u64("timeout"), ms(1000));
  rtt.u32("backOff");
  assert.equal(rtt.u64("timeout"), ms(2000));
  rtt.u32("restart");
  assert.equal(rtt.u64("timeout"), ms(3000));
  sample(500);
  rtt.u32("restart");
  assert.equal(rtt.u64("timeout"), ms(1500));
});

test("(2.2) and (2.3): the formulas, computed in floating point", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20000 }), { minLength: 1, maxLength: 40 }), (samples) => {
      rtt.u32("renew");
      let srtt = 0;
      let rttvar = 0;
      samples.forEach((r, i) => {
        sample(r);
        rttvar = i === 0 ? r / 2 : (3 / 4) * rttvar + (1 / 4) * Math.abs(srtt - r);
        srtt = i === 0 ? r : (7 / 8) * srtt + (1 / 8) * r;
        const rto = Math.min(Math.max(srtt + Math.max(1, 4 * rttvar), 200), 60000);
        const near = (name: string, expected: number): void =>
          assert.ok(Math.abs(Number(rtt.u64(name)) / MS - expected) < 0.001, `${name} ${rtt.u64(name)} ${expected}`);
        near("smoothed", srtt);
        near("variation", rttvar);
        near("timeout", rto);
      });
      assert.equal(rtt.u64("least"), ms(Math.min(...samples)));
      assert.equal(rtt.u64("latest"), ms(samples.at(-1) as number));
    }),
  );
});

test("(5.5): backing off doubles, up to a minute, until there is a sample again", () => {
  sample(100);
  assert.equal(rtt.u64("timeout"), ms(300));
  for (const timeout of [600, 1200, 2400, 4800, 9600, 19200, 38400, 60000, 60000]) {
    rtt.u32("backOff");
    assert.equal(rtt.u64("timeout"), ms(timeout));
  }
  sample(100);
  assert.ok(rtt.u64("timeout") < ms(300));
});

test("(3), Karn: what was outstanding when something was sent again gives no sample", () => {
  rtt.u32("sent", 100, 0n);
  rtt.u32("resent");
  assert.equal(rtt.is("acknowledged", 100, ms(700), 100, 100, 0n), false);
  assert.equal(rtt.u64("smoothed"), 0n);
  rtt.u32("sent", 200, ms(700));
  rtt.u32("backOff");
  assert.equal(rtt.is("acknowledged", 200, ms(800), 100, 100, 0n), false);
  assert.equal(rtt.u64("timeout"), ms(2000));
});

test("one segment at a time is timed: the first, until it is acknowledged as a whole", () => {
  rtt.u32("sent", 100, ms(0));
  rtt.u32("sent", 200, ms(5));
  assert.equal(rtt.is("acknowledged", 99, ms(20), 200, 100, ms(15)), false);
  assert.equal(rtt.is("acknowledged", 200, ms(30), 200, 100, ms(25)), true);
  assert.equal(rtt.u64("smoothed"), ms(30));
});

test("RFC 7323, appendix G: timestamps give samples meanwhile, which count as many as a round trip has", () => {
  assert.equal(rtt.is("acknowledged", 100, ms(50), 1000, 100, ms(40)), true);
  assert.equal(rtt.u64("smoothed"), ms(40));
  assert.equal(rtt.u64("variation"), ms(20));
  // ceiling(1000 / 200) = 5 samples.
  rtt.is("acknowledged", 200, ms(60), 1000, 100, ms(80));
  assert.ok(Math.abs(Number(rtt.u64("smoothed")) / MS - (40 + 40 / 40)) < 0.001);
  assert.ok(Math.abs(Number(rtt.u64("variation")) / MS - (20 * (1 - 1 / 20) + 40 / 20)) < 0.001);
});

test("a round trip of no time is one", () => {
  sample(0);
  assert.equal(rtt.u64("smoothed"), 1n);
  assert.equal(rtt.u64("timeout"), ms(200));
});
