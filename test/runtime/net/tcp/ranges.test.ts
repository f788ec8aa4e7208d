import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GuestCalls } from "./guestcalls.ts";

const tcp = await GuestCalls.load(import.meta.url, "ranges.as.ts");
const at = tcp.u32("scratch");
/** Where the sequence numbers of a test begin: some wrap. */
const base = fc.constantFrom(0, 1000, 0x7ffffff0, 0xfffffff0, 0xffffff80);
const range = fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 30 }));
const u32 = (value: number): number => value >>> 0;

test("RFC 9293, 3.4: numbers are compared modulo 2^32", () => {
  for (const [a, b] of [
    [0, 1],
    [0xffffffff, 0],
    [0xfffffff0, 0x10],
    [5, 0x80000004],
  ] as const) {
    assert.equal(tcp.is("isBefore", a, b), true);
    assert.equal(tcp.is("isBefore", b, a), false);
    assert.equal(tcp.is("isAfter", b, a), true);
    assert.equal(tcp.is("isAfter", a, b), false);
    assert.equal(tcp.u32("later", a, b), b);
    assert.equal(tcp.u32("later", b, a), b);
    assert.equal(tcp.u32("earlier", a, b), a);
    assert.equal(tcp.u32("earlier", b, a), a);
  }
  assert.equal(tcp.is("isBefore", 7, 7) || tcp.is("isAfter", 7, 7), false);
  assert.equal(tcp.is("isWithin", 0xfffffffe, 0xfffffffe, 1), true);
  assert.equal(tcp.is("isWithin", 0xffffffff, 0xfffffffe, 1), false);
  assert.equal(tcp.is("isWithin", 3, 0xfffffffe, 6), true);
  assert.equal(tcp.is("isWithin", 4, 0xfffffffe, 6), false);
  assert.equal(tcp.is("isWithin", 0xfffffffd, 0xfffffffe, 6), false);
  assert.equal(tcp.is("isWithin", 9, 9, 0), false);
});

/** The ranges of a set of numbers. */
function rangesOf(numbers: Set<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === number) last[1]++;
    else ranges.push([number, number + 1]);
  }
  return ranges;
}

function read(base: number): [number, number][] {
  const count = tcp.u32("count");
  return Array.from({ length: count }, (_, i) => [u32(tcp.u32("left", i) - base), u32(tcp.u32("right", i) - base)]);
}

test("a set of ranges is what the same set of numbers is, and never larger than it may be", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: range.map(([left, length]) => ({ left, right: left + length })) },
    { weight: 1, arbitrary: fc.nat(240).map((before) => ({ before })) },
  );
  fc.assert(
    fc.property(base, fc.array(step, { maxLength: 60 }), (base, steps) => {
      tcp.u32("renew");
      let numbers = new Set<number>();
      let from = 0;
      for (const step of steps) {
        if ("before" in step) {
          from = Math.max(from, step.before);
          tcp.u32("removeBefore", u32(base + step.before));
          numbers = new Set([...numbers].filter((number) => number >= step.before));
        } else {
          const grown = new Set(numbers);
          for (let number = step.left; number < step.right; number++) grown.add(number);
          const fits = tcp.is("add", u32(base + step.left), u32(base + step.right));
          assert.equal(fits, rangesOf(grown).length <= 16);
          if (fits) numbers = grown;
        }
        assert.deepEqual(read(base), rangesOf(numbers));
        assert.equal(tcp.u32("octets"), numbers.size);
      }
      for (let number = 0; number < 240; number += 7) {
        const index = rangesOf(numbers).findIndex(([, right]) => right > number);
        assert.equal(tcp.u32("find", u32(base + number)), index < 0 ? tcp.u32("count") : index);
        const whole = [0, 1, 2].every((i) => numbers.has(number + i));
        assert.equal(tcp.is("holds", u32(base + number), u32(base + number + 3)), whole);
      }
    }),
  );
});

/** The blocks of the SACK option that would be sent. */
function blocks(most = 4): number[][] {
  const end = tcp.u32("reassemblyEmit", at, most);
  if (end === at) return [];
  const octets = Buffer.from(tcp.memory.bytes(at, end - at));
  assert.deepEqual([...octets.subarray(0, 4)], [1, 1, 5, octets.length - 2]);
  return Array.from({ length: (octets.length - 4) / 8 }, (_, i) => [
    octets.readUInt32BE(4 + i * 8),
    octets.readUInt32BE(8 + i * 8),
  ]);
}

test("RFC 2018, 7: every second segment is lost", () => {
  // "Assume the left window edge is 5000 and that the data transmitter sends a burst of 8 segments, each containing 500 data
  // bytes." Case 3: the 2nd, 4th, 6th and 8th are dropped.
  tcp.u32("renew");
  assert.deepEqual(blocks(), []);
  const expected = [
    [6000, [[6000, 6500]]],
    [
      7000,
      [
        [7000, 7500],
        [6000, 6500],
      ],
    ],
    [
      8000,
      [
        [8000, 8500],
        [7000, 7500],
        [6000, 6500],
      ],
    ],
  ] as const;
  for (const [left, sack] of expected) {
    assert.equal(tcp.is("reassemblyAdd", left, left + 500), true);
    assert.deepEqual(blocks(), sack);
  }
  // "Suppose at this point, the 4th packet is received out of order."
  tcp.u32("reassemblyAdd", 6500, 7000);
  assert.deepEqual(blocks(), [
    [6000, 7500],
    [8000, 8500],
  ]);
  // "Suppose at this point, the 2nd segment is received."
  assert.equal(tcp.u32("reassemblyAdvance", 6000), 7500);
  assert.deepEqual(blocks(), [[8000, 8500]]);
  assert.equal(tcp.u32("reassemblyAdvance", 8000), 8500);
  assert.deepEqual(blocks(), []);
  assert.equal(tcp.is("reassemblyIsEmpty"), true);
});

test("each range is told in as many acknowledgments as there is room for blocks", () => {
  tcp.u32("renew");
  for (let i = 0; i < 6; i++) tcp.u32("reassemblyAdd", i * 100, i * 100 + 50);
  // The latest segment's range first, though it is the first of all, and not the range that it grew out of.
  tcp.u32("reassemblyAdd", 50, 60);
  tcp.u32("reassemblyAdd", 450, 460);
  assert.deepEqual(blocks(), [
    [400, 460],
    [0, 60],
    [500, 550],
    [300, 350],
  ]);
  assert.equal(blocks(3).length, 3);
  assert.equal(blocks(1).length, 1);
});

test("RFC 2883, 4: what comes twice is told first, and once", () => {
  tcp.u32("renew");
  tcp.u32("reassemblyRepeated", 500, 1000);
  assert.equal(tcp.is("reassemblyHasNews"), true);
  assert.deepEqual(blocks(), [[500, 1000]]);
  assert.equal(tcp.is("reassemblyHasNews"), false);
  tcp.u32("reassemblyAdd", 2000, 3000);
  tcp.u32("reassemblyAdd", 2000, 2500);
  assert.deepEqual(blocks(), [
    [2000, 2500],
    [2000, 3000],
  ]);
  assert.deepEqual(blocks(), [[2000, 3000]]);
  assert.equal(tcp.is("reassemblyHasNews"), true);
});

test("the ranges behind gaps are bounded; what is one too many is refused", () => {
  tcp.u32("renew");
  for (let i = 0; i < 128; i++) assert.equal(tcp.is("reassemblyAdd", i * 2, i * 2 + 1), true);
  assert.equal(tcp.is("reassemblyAdd", 1000, 1001), false);
  assert.equal(tcp.u32("reassemblyOctets"), 128);
  // It would be no more ranges than before.
  assert.equal(tcp.is("reassemblyAdd", 1, 2), true);
  assert.equal(tcp.is("reassemblyAdd", 1000, 1001), true);
});

test("data comes in any order, and comes together at the end", () => {
  fc.assert(
    fc.property(base, fc.array(range, { maxLength: 100 }), (base, segments) => {
      tcp.u32("renew");
      const numbers = new Set<number>();
      let next = 0;
      for (const [left, length] of segments) {
        const right = left + length;
        if (right <= next) tcp.u32("reassemblyRepeated", u32(base + left), u32(base + right));
        else {
          for (let number = left; number < right; number++) numbers.add(number);
          if (left <= next) {
            while (numbers.has(next)) next++;
            assert.equal(u32(tcp.u32("reassemblyAdvance", u32(base + right)) - base), next);
          } else assert.equal(tcp.is("reassemblyAdd", u32(base + left), u32(base + right)), true);
        }
        const behind = rangesOf(new Set([...numbers].filter((number) => number > next)));
        assert.equal(
          tcp.u32("reassemblyOctets"),
          behind.reduce((total, [left, right]) => total + right - left, 0),
        );
        const told = blocks().map(
          ([left, right]) => `${u32((left as number) - base)}-${u32((right as number) - base)}`,
        );
        const known = behind.map(([left, right]) => `${left}-${right}`);
        // But for D-SACK, each block is a whole range, and told once.
        const ranges = told.filter((block) => known.includes(block));
        assert.ok(told.length - new Set(ranges).size <= 1);
        assert.equal(new Set(told.slice(1)).size, told.slice(1).length);
        if (known.length > 0) assert.ok(ranges.length > 0);
      }
    }),
  );
});
