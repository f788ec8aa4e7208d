/** What a machine's console is read for, where it does not end well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEnded, readResults } from "../support/machine/console.ts";

test("lines of the kernel, and ends of lines as a terminal has them, are no matter", () => {
  const text = "@begin\r\n@1 6f75740a\r\n[ 1.0] a word of the kernel\r\n@2 65\r\n@exit 3\r\n@end\r\n";
  assert.deepEqual(readResults(text, 1), [{ status: 3, stdout: "out\n", stderr: "e" }]);
});

test("a machine that ends early: an error that shows its console's end", () => {
  const text = "@begin\n@exit 0\n@begin\n@1 6f7574\nKernel panic - not syncing\n";
  assert.throws(() => readResults(text, 2), {
    message:
      "the machine ended after 1 of 2 commands; its console:\n@begin\n@exit 0\n@begin\nKernel panic - not syncing\n",
  });
});

test("its end is a line of init's, not a word of a command's", () => {
  assert.ok(hasEnded("@exit 0\r\n@end\r\n"));
  assert.ok(hasEnded("@error /commands: No such file or directory\n"));
  assert.ok(!hasEnded("@1 40656e64\nthe @end\n"));
});
