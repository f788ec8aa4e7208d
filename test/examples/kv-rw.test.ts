import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Example, withoutTimes } from "./example.ts";

const example = await Example.build("kv-rw");
const disk = join(example.folder, "store.img");

function run(words: readonly string[] = [], option = "") {
  const { status, stdout } = example.run([`--disk=${disk}${option}`], words);
  return { status, log: withoutTimes(stdout) };
}

describe("examples/kv-rw", () => {
  test("is small", () => example.checkSize());

  test("keeps Hello World! on the disk, and finds it again", () => {
    writeFileSync(disk, "");
    truncateSync(disk, 1024 * 1024);
    const hello = "[INFO] [application] foo: Hello World!";
    assert.deepEqual(run(), { status: 0, log: ["[INFO] [kv] an empty store of 1048576 bytes was made", hello] });
    assert.deepEqual(run(), { status: 0, log: ["[INFO] [application] /foo was there before: Hello World!", hello] });
    assert.ok(readFileSync(disk).includes("Hello World!"));
    const { status, log } = run([], ",ro");
    assert.equal(status, 1);
    assert.equal(log.at(-1), "[ERROR] [application] cannot write /foo: E_READ_ONLY");
  });

  test("refuses what is no store, unless it is told to format it", () => {
    writeFileSync(disk, Buffer.alloc(1024 * 1024, "something"));
    const { status, log } = run();
    assert.equal(status, 1);
    assert.match(log[0] ?? "", /^\[ERROR\] \[kv\] the disk is not empty, and holds no store .*--format/);
    assert.equal(run(["--format"]).status, 0);
    assert.equal(run().log[0], "[INFO] [application] /foo was there before: Hello World!");
  });
});
