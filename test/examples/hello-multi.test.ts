import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { Example, printed, stopped, tenderCli, withoutTimes } from "./example.ts";

const example = await Example.build("hello-multi");
const line = (seconds: number) => `[INFO] [application] hello from the loop that sleeps ${seconds} s`;

describe("examples/hello-multi", () => {
  test("is small", () => example.checkSize());

  test("five loops run at once, each at its own pace", () => {
    const tender = example.simulate().start().advance(15_000);
    const expected: string[] = [];
    for (let second = 1; second <= 15; second++) {
      const time = `2026-11-21T07:35:${String(second).padStart(2, "0")}Z`;
      // Those that are due at one time come in the order in which they went to sleep: the slower one went earlier.
      for (let pace = 5; pace >= 1; pace--) {
        if (second % pace === 0 && second / pace <= 3) expected.push(`${time}: ${line(pace)}`);
      }
    }
    assert.deepEqual(tender.lines, expected);
    assert.equal(tender.status, 0);
  });

  test("runs on the real tender, and ends when it is told to", async () => {
    const child = spawn(process.execPath, [tenderCli, example.image], { stdio: ["ignore", "pipe", "inherit"] });
    const first = await printed(child, line(2));
    assert.equal(await stopped(child, "SIGTERM"), 0);
    assert.deepEqual(new Set(withoutTimes(first)), new Set([line(1), line(2)]));
  });
});
