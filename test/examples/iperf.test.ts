import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("iperf");

describe("examples/iperf", () => {
  test("is small", () => example.checkSize());

  test("measures both directions with iperf3's client", { skip: noNamespaces }, () =>
    serve(example, "Server listening on 5201", [], async ({ shell, logged }) => {
      for (const [options, streams] of [
        ["-n 20M", 1],
        ["-n 20M -R", 1],
        ["-n 20M -P 4", 4],
        ["-t 1 -R -P 3", 3],
      ] as const) {
        const text = await shell(`iperf3 -J -c 10.0.0.2 ${options}`);
        if (!text.startsWith("{")) throw new Error(`${options}: ${text}`);
        const { end, intervals } = JSON.parse(text);
        assert.ok(end.sum_received.bytes > 5_000_000, `${options}: ${end.sum_received.bytes} bytes`);
        assert.equal(end.streams.length, streams);
        assert.ok(intervals.length > 0);
      }
      assert.match(await logged("bytes sent"), /bytes received in \d+ ms: \d+ Mbit\/s/);
    }),
  );

  test("refuses what it cannot, and goes on", { skip: noNamespaces }, () =>
    serve(example, "Server listening on 5201", [], async ({ shell }) => {
      await assert.rejects(shell("iperf3 -c 10.0.0.2 -u -n 1M"));
      await assert.rejects(shell("iperf3 -c 10.0.0.2 --bidir -n 1M"));
      await shell("echo nonsense | nc -N 10.0.0.2 5201");
      // A cookie, and then a length of JSON that nobody believes.
      await shell("(head -c 37 /dev/zero; printf '\\xff\\xff\\xff\\xff') | nc -N 10.0.0.2 5201");
      await shell("iperf3 -c 10.0.0.2 -n 1M");
    }),
  );
});
