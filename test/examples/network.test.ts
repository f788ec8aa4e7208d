import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("network");

describe("examples/network", () => {
  test("is small", () => example.checkSize());

  test("logs connections and, with -l '*:debug', what came", { skip: noNamespaces }, () =>
    serve(example, "Listening on port 8080", ["-l", "*:debug"], async ({ shell, logged }) => {
      await shell("echo -n 'hello tcp world' | nc -N 10.0.0.2 8080");
      const log = await logged("hello tcp world");
      assert.match(log, /\[INFO\] \[application\] new tcp connection from IP 10\.0\.0\.1 on port \d+\n/);
      assert.match(log, /\[DEBUG\] \[application\] read: 15 bytes:\n/);
    }),
  );

  test("listens where it is told to, and logs no more than it is told to", { skip: noNamespaces }, () =>
    serve(example, "Listening on port 90", ["--port=90"], async ({ shell, logged }) => {
      await shell("echo hello | nc -N 10.0.0.2 90");
      await shell("nc -N 10.0.0.2 90 < /dev/null");
      assert.doesNotMatch(await logged("Closing connection!"), /DEBUG|hello/);
      await assert.rejects(shell("nc -N 10.0.0.2 8080 < /dev/null"));
    }),
  );
});
