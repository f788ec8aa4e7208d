import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("tcp-discard");

describe("examples/tcp-discard", () => {
  test("is small", () => example.checkSize());

  test("takes what comes, counts it, and answers nothing", { skip: noNamespaces }, () =>
    serve(example, "Discarding TCP on port 9", [], async ({ shell, logged }) => {
      const answer = await shell("head -c 10000000 /dev/zero | nc -N 10.0.0.2 9");
      if (answer !== "") throw new Error(`it answers ${answer.length} octets`);
      await logged("10000000 bytes from 10.0.0.1");
    }),
  );
});
