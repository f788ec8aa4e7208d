import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GuestCalls } from "./guestcalls.ts";

const tcp = await GuestCalls.load(import.meta.url, "syncookie.as.ts");
const key = tcp.u32("scratch");
tcp.memory.bytes(key, 16).set(Array.from({ length: 16 }, (_, i) => i * 7));
const SECOND = 1_000_000_000n;
/** Local address and port, remote address and port. */
type Tuple = readonly [number, number, number, number];
const u32 = fc.nat(0xffffffff);
const port = fc.integer({ min: 1, max: 65535 });
const tuple: fc.Arbitrary<Tuple> = fc.tuple(u32, port, u32, port);
const TUPLE: Tuple = [0x0a000001, 80, 0x0a000002, 50000];
const time = fc.bigInt({ min: 0n, max: 10_000_000_000n * SECOND });

const make = (tuple: Tuple, sequence: number, mss: number, now: bigint): number =>
  tcp.u32("makeCookie", key, ...tuple, sequence, mss, now);
const check = (tuple: Tuple, sequence: number, cookie: number, now: bigint): number =>
  tcp.u32("checkCookie", key, ...tuple, sequence, cookie, now);

test("RFC 6528, 3: numbers are ahead of those before by the clock, and as good as random between connections", () => {
  const isn = (tuple: Tuple, now: bigint): number =>
    tcp.u32("initialSequence", tcp.u64("hashConnection", key, ...tuple, 0n), now);
  fc.assert(
    fc.property(tuple, time, fc.bigInt({ min: 0n, max: 60n * SECOND }), (tuple, now, later) => {
      const ahead = (isn(tuple, now + later) - isn(tuple, now)) >>> 0;
      // 4 us each; both ends are rounded down.
      assert.ok(Math.abs(ahead - Number(later / 4000n)) <= 1, `${ahead}`);
    }),
  );
  const numbers = Array.from({ length: 1000 }, (_, i) => isn([TUPLE[0], TUPLE[1], TUPLE[2], 40000 + i], 0n));
  assert.equal(new Set(numbers).size, 1000);
  const high = numbers.filter((number) => number >= 0x80000000).length;
  assert.ok(high > 400 && high < 600, `${high}`);
  for (let i = 0; i < 4; i++) {
    const other = TUPLE.map((field, j) => (i === j ? field + 1 : field)) as unknown as Tuple;
    assert.notEqual(isn(other, 0n), isn(TUPLE, 0n));
  }
  const offset = (tuple: Tuple): number => tcp.u32("timestampOffset", tcp.u64("hashConnection", key, ...tuple, 0n));
  assert.notEqual(offset(TUPLE), isn(TUPLE, 0n));
});

test("a cookie comes back as the MSS that it was made of, or a smaller one", () => {
  const sizes = [88, 536, 1220, 1360, 1400, 1440, 1460, 8960];
  fc.assert(
    fc.property(tuple, u32, fc.integer({ min: 88, max: 65535 }), time, (tuple, sequence, mss, now) => {
      const expected = sizes.findLast((size) => size <= mss);
      assert.equal(check(tuple, sequence, make(tuple, sequence, mss, now), now), expected);
    }),
  );
});

test("a cookie counts for a minute at least, and for no more than two", () => {
  fc.assert(
    fc.property(time, (now) => {
      const cookie = make(TUPLE, 7, 1460, now);
      assert.equal(check(TUPLE, 7, cookie, now + 60n * SECOND), 1460);
      assert.equal(check(TUPLE, 7, cookie, now + 129n * SECOND), 0);
      assert.equal(check(TUPLE, 7, cookie, now + 1900n * SECOND), 0);
    }),
  );
});

test("a cookie of another connection, another SYN or nobody's is none", () => {
  const now = 1000n * SECOND;
  const cookie = make(TUPLE, 12345, 1460, now);
  for (let i = 0; i < 4; i++) {
    const other = TUPLE.map((field, j) => (i === j ? field ^ 1 : field)) as unknown as Tuple;
    assert.equal(check(other, 12345, cookie, now), 0);
  }
  assert.equal(check(TUPLE, 12346, cookie, now), 0);
  for (let bit = 0; bit < 32; bit++) assert.equal(check(TUPLE, 12345, (cookie ^ (1 << bit)) >>> 0, now), 0, `${bit}`);
  tcp.memory.bytes(key, 16)[3] = 1;
  assert.equal(check(TUPLE, 12345, cookie, now), 0);
});

test("window scale and SACK come back in the timestamp, which never runs ahead", () => {
  fc.assert(
    fc.property(u32, fc.integer({ min: -1, max: 14 }), fc.boolean(), (timestamp, scale, sack) => {
      const value = tcp.u32("cookieTimestamp", timestamp, scale, sack ? 1 : 0);
      assert.equal(tcp.u32("cookieWindowScale", value) | 0, scale);
      assert.equal(tcp.is("cookieSack", value), sack);
      assert.ok((timestamp - value) >>> 0 < 64);
    }),
  );
});
