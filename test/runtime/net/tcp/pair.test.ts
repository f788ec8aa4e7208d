import assert from "node:assert/strict";
import { test } from "node:test";
import { runPair } from "./pair.ts";

for (const total of [0, 1, 1000, 1_000_000])
  test(`${total} octets come back in order, and both ends close`, () => {
    const { ended, client, server } = runPair(1, { total });
    const count = (name: string) => Number(client.exports[name]?.());
    assert.ok(ended, `stuck: ${JSON.stringify({ failures: count("getFailures"), last: count("getLastResult") })}`);
    assert.equal(client.status, 0);
    assert.equal(Number(server.exports["chunksUsed"]?.()), 0);
  });
