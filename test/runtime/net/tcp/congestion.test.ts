import assert from "node:assert/strict";
import { test } from "node:test";
import { GuestCalls } from "./guestcalls.ts";

const tcp = await GuestCalls.load(import.meta.url, "congestion.as.ts");
const MSS = 1000;
const MS = 1_000_000n;
const RTT = 20n * MS;
const window = (): number => tcp.u32("window");
let time = 0n;

/** A round trip in which the whole window is acknowledged, two segments at a time. */
function roundTrip(): void {
  const segments = Math.floor(window() / MSS);
  for (let i = 0; i < segments; i += 2) {
    time += (RTT * 2n) / BigInt(segments);
    tcp.u32("acknowledged", 2 * MSS, time, RTT);
  }
}

test("RFC 6928, 2: the initial window", () => {
  for (const [mss, initial] of [
    [536, 5360],
    [1460, 14600],
    [4000, 14600],
    [8960, 17920],
  ] as const) {
    tcp.u32("newReno", mss);
    assert.equal(window(), initial);
    assert.equal(tcp.is("isSlowStart"), true);
  }
});

for (const algorithm of ["newReno", "cubic"]) {
  test(`${algorithm}: slow start doubles cwnd each round trip, up to ssthresh`, () => {
    tcp.u32(algorithm, MSS);
    for (const segments of [10, 20, 40, 80]) {
      assert.equal(window(), segments * MSS);
      roundTrip();
    }
    tcp.u32("lost", 160 * MSS, time);
    const threshold = tcp.u32("threshold");
    assert.equal(window(), threshold);
    tcp.u32("setWindow", threshold - MSS);
    tcp.u32("acknowledged", 3 * MSS, time, RTT);
    assert.ok(window() >= threshold && window() < threshold + MSS, `${window()} ${threshold}`);
  });

  test(`${algorithm}: cwnd is one segment after a timeout; ssthresh goes down once for the same segment`, () => {
    tcp.u32(algorithm, MSS);
    tcp.u32("setWindow", 100 * MSS);
    tcp.u32("timedOut", 100 * MSS, 1, time);
    const threshold = tcp.u32("threshold");
    assert.equal(threshold, (algorithm === "cubic" ? 70 : 50) * MSS);
    assert.equal(window(), MSS);
    tcp.u32("timedOut", 100 * MSS, 0, time);
    assert.equal(tcp.u32("threshold"), threshold);
    // "max (FlightSize / 2, 2*SMSS)"
    tcp.u32("timedOut", MSS, 1, time);
    assert.equal(tcp.u32("threshold"), 2 * MSS);
  });

  test(`${algorithm}: RFC 5681, 4.1: after a pause cwnd is the initial window at most`, () => {
    tcp.u32(algorithm, MSS);
    tcp.u32("restart");
    assert.equal(window(), 10 * MSS);
    tcp.u32("setWindow", 50 * MSS);
    tcp.u32("restart");
    assert.equal(window(), 10 * MSS);
    tcp.u32("setWindow", 3 * MSS);
    tcp.u32("restart");
    assert.equal(window(), 3 * MSS);
  });

  test(`${algorithm}: cwnd never passes what a window can be`, () => {
    tcp.u32(algorithm, 65000);
    for (let i = 0; i < 200; i++) tcp.u32("acknowledged", 0x20000000, time, RTT);
    assert.equal(window(), 2 ** 30);
  });
}

test("RFC 5681, 3.1: NewReno's cwnd grows by a segment each round trip, and is halved", () => {
  tcp.u32("newReno", MSS);
  tcp.u32("setWindow", 40 * MSS);
  tcp.u32("lost", 40 * MSS, time);
  for (let segments = 20; segments < 30; segments++) {
    assert.equal(window(), segments * MSS);
    let acknowledged = 0;
    for (; acknowledged < segments; acknowledged++) tcp.u32("acknowledged", MSS, time, RTT);
  }
});

/** RFC 9438, 4.2: W_cubic(t), with windows in segments and times in seconds. */
function wCubic(t: number, wMax: number, start: number): number {
  const k = Math.cbrt((wMax - start) / 0.4);
  return 0.4 * (t - k) ** 3 + wMax;
}

test("RFC 9438, 4.2: cwnd follows the cubic function where the round trip is long", () => {
  tcp.u32("cubic", MSS);
  tcp.u32("setWindow", 1000 * MSS);
  tcp.u32("lost", 1000 * MSS, 0n);
  assert.equal(window(), 700 * MSS);
  const rtt = 100n * MS;
  let now = 1n;
  for (let i = 0; i < 140; i++) {
    const segments = Math.floor(window() / MSS);
    for (let acked = 0; acked < segments; acked += 10) {
      now += (rtt * 10n) / BigInt(segments);
      tcp.u32("acknowledged", 10 * MSS, now, rtt);
    }
    const t = Number(now) / 1e9;
    const expected = wCubic(t + 0.1, 1000, 700);
    // It follows within a round trip, and may lag behind by what the function grows in one.
    const before = wCubic(t - 0.2, 1000, 700);
    const segmentsNow = window() / MSS;
    assert.ok(
      segmentsNow <= expected + 1 && segmentsNow >= Math.max(before, 700) - 1,
      `${t}: ${segmentsNow} ${expected}`,
    );
  }
  assert.ok(window() > 1030 * MSS);
});

test("RFC 9438, 4.3: where the round trip is short, cwnd grows as Reno's would on average", () => {
  tcp.u32("cubic", MSS);
  tcp.u32("setWindow", 20 * MSS);
  tcp.u32("lost", 20 * MSS, 0n);
  let expected = 14;
  let now = 1n;
  const rtt = MS;
  for (let i = 0; i < 30; i++) {
    const segments = Math.floor(window() / MSS);
    for (let acked = 0; acked < segments; acked++) {
      now += rtt / BigInt(segments);
      tcp.u32("acknowledged", MSS, now, rtt);
      expected += (3 * 0.3) / 1.7 / (window() / MSS);
    }
  }
  assert.ok(Math.abs(window() / MSS - expected) < 0.5, `${window() / MSS} ${expected}`);
});

test("RFC 9438, 4.7: a flow that loses before it is where it was makes room for others", () => {
  const after = (losses: number[]): number => {
    tcp.u32("cubic", MSS);
    for (const segments of losses) {
      tcp.u32("setWindow", segments * MSS);
      tcp.u32("lost", segments * MSS, 0n);
    }
    // Far behind K, the function's middle is W_max: the longer that takes, the larger it is.
    let now = 1n;
    let count = 0;
    const rtt = 100n * MS;
    while (window() < 700 * MSS) {
      now += rtt;
      tcp.u32("acknowledged", window(), now, rtt);
      count++;
    }
    return count;
  };
  // The same cwnd, but the second time less than W_max: W_max becomes 0.85 of it instead of all.
  assert.notEqual(after([800]), after([1000, 800]));
});

test("RFC 9438, 4.6: what was not used is not what is reduced", () => {
  tcp.u32("cubic", MSS);
  tcp.u32("setWindow", 1000 * MSS);
  tcp.u32("lost", 100 * MSS, 0n);
  assert.equal(window(), 70 * MSS);
});

test("RFC 9438, 5.8: time without enough to send does not count", () => {
  const grown = (pause: bigint): number => {
    tcp.u32("cubic", MSS);
    tcp.u32("setWindow", 1000 * MSS);
    tcp.u32("lost", 1000 * MSS, 0n);
    let now = 1n;
    for (let i = 0; i < 2000; i++) {
      if (i === 1000) now += pause;
      now += MS;
      tcp.u32("acknowledged", 7 * MSS, now, 100n * MS);
    }
    return window();
  };
  const steady = grown(0n);
  assert.ok(Math.abs(grown(10_000n * MS) - steady) < 10 * MSS, `${grown(10_000n * MS)} ${steady}`);
});

test("RFC 9438, 4.8: after a timeout the function begins at its middle", () => {
  tcp.u32("cubic", MSS);
  tcp.u32("setWindow", 1000 * MSS);
  tcp.u32("timedOut", 1000 * MSS, 1, 0n);
  let now = 1n;
  while (window() < 700 * MSS) tcp.u32("acknowledged", window(), ++now, 100n * MS);
  // No fast return to 1000: the function is flat here.
  const before = window();
  for (let i = 0; i < 5; i++) {
    now += 100n * MS;
    tcp.u32("acknowledged", window(), now, 100n * MS);
  }
  assert.ok(window() - before < 5 * MSS, `${window()} ${before}`);
});
