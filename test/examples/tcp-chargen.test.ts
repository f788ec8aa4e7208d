import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("tcp-chargen");

/** The first lines of RFC 864's example begin so: each is the one before, one character further on. */
const PRINTING = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const line = (index: number) => (PRINTING + PRINTING).slice(index % 95, (index % 95) + 72);

describe("examples/tcp-chargen", () => {
  test("is small", () => example.checkSize());

  test("sends the pattern for as long as it is read", { skip: noNamespaces }, () =>
    serve(example, "Generating characters on TCP port 19", [], async ({ shell }) => {
      for (let times = 0; times < 2; times++) {
        const text = await shell("nc -d 10.0.0.2 19 | head -c 740000");
        const lines = text.split("\r\n");
        assert.equal(lines.pop(), "");
        assert.equal(lines.length, 10_000);
        for (const [index, one] of lines.entries()) assert.equal(one, line(index));
      }
    }),
  );
});
