import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, logOf, printed, stopped, withoutTimes } from "./example.ts";

const example = await Example.build("clock", { native: true });

/** What it says. */
const spoken = (elapsed: number | bigint, time: string) => [
  `[INFO] [application] ${elapsed} nanoseconds have elapsed.`,
  `[INFO] [application] At the stroke, the time will be ${time} *BEEP*`,
];

describe("examples/clock", () => {
  test("is small", () => example.checkSize());

  test("tells both clocks once a second, for as long as it runs", () => {
    const tender = example.simulate().start().advance(600_000);
    assert.equal(tender.status, undefined);
    const expected: string[] = [];
    for (let second = 0; second <= 600; second++) {
      const time = new Date(Date.UTC(2026, 10, 21, 7, 35, second)).toISOString();
      expected.push(...spoken(second * 1e9, time));
    }
    assert.deepEqual(logOf(tender), expected);
  });

  test("tells the date at the ends of time", () => {
    for (const time of ["1970-01-01T00:00:00.000Z", "2000-02-29T23:59:59.999Z", "2554-07-21T23:34:33.709Z"]) {
      const tender = example.simulateWith({ wall: BigInt(Date.parse(time)) * 1_000_000n }).start();
      assert.deepEqual(logOf(tender), spoken(0, time));
    }
  });

  test("tells the host's time on both tenders, until it is stopped", async () => {
    await Promise.all(
      example.spawnOnBoth().map(async ({ tender, child }) => {
        const [, second = ""] = withoutTimes(await printed(child, "BEEP"));
        assert.equal(await stopped(child, "SIGTERM"), 0);
        const time = /the time will be (\S+) \*BEEP\*$/.exec(second)?.[1] ?? "";
        assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, `${tender}: ${second}`);
      }),
    );
  });
});
