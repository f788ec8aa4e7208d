import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "metrics.as.ts");

function metrics() {
  const host = guest.instantiate();
  const call = (name: string, ...values: (number | bigint)[]) => host.exports[name]?.(...values);
  return {
    make: (name: string): void => {
      host.memory.bytes(Number(call("name")), name.length).set(Buffer.from(name));
      call("make", name.length);
    },
    makeHistogram: (first: bigint, second: bigint): void => {
      call("makeHistogram", first, second);
    },
    /** Why the image has ended. */
    reason: () => host.lines.at(-1) ?? "",
  };
}

test("a metric's name is one that Prometheus takes, and nobody else's", () => {
  for (const [name, reason] of [
    ["logins_total", /panic: a metric's name is its own/],
    ["fata_fibers", /panic: names that begin with fata_ are the library's metrics/],
    ["", /panic: a metric's name has letters/],
    ["9lives", /panic: a metric's name has letters/],
    ["a-b", /panic: a metric's name has letters/],
  ] as const) {
    const { make, reason: told } = metrics();
    for (const sound of ["logins_total", "_", "fata", "Fata_total"]) make(sound);
    assert.throws(() => make(name));
    assert.match(told(), reason);
  }
});

test("a histogram's bounds ascend", () => {
  const { makeHistogram, reason } = metrics();
  assert.throws(() => makeHistogram(2n, 2n));
  assert.match(reason(), /panic: the bounds of a histogram ascend/);
});
