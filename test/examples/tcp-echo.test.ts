import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("tcp-echo");

describe("examples/tcp-echo", () => {
  test("is small", () => example.checkSize());

  test("sends back what comes, a line or megabytes, to many at once", { skip: noNamespaces }, () =>
    serve(example, "Echoing TCP on port 7", [], async ({ shell }) => {
      assert.equal(await shell("echo hello | nc -N 10.0.0.2 7"), "hello\n");
      const same = "head -c 3000000 /dev/urandom | tee >(sha256sum >&2) | nc -N 10.0.0.2 7 | sha256sum >&2";
      const sums = (await shell(`(${same}) 2>&1`)).trim().split("\n");
      assert.equal(sums.length, 2);
      assert.equal(sums[0], sums[1]);
      const many = await shell("for i in $(seq 50); do (echo $i | nc -N 10.0.0.2 7) & done; wait");
      const numbers = Array.from({ length: 50 }, (_, i) => i + 1);
      assert.deepEqual(
        many
          .trim()
          .split("\n")
          .map(Number)
          .toSorted((a, b) => a - b),
        numbers,
      );
    }),
  );
});
