/** The programs that run the tests and prepare the machine for them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../support/repository.ts";
import { foreignArchitecture } from "../tender/engine.ts";

describe("the test runner", () => {
  function run(...words: string[]) {
    // node:test refuses to run inside of itself; this one is on its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return spawnSync(process.execPath, [join(root, "build/tools/test.js"), ...words], { env, encoding: "utf8" });
  }

  test("ends with the count alone on a line, and with status 0 when nothing failed", () => {
    const { status, stdout } = run("repo/lock");
    assert.match(stdout, /\n[1-9]\d* passed, 0 failed, 0 skipped\n$/);
    assert.equal(status, 0);
  });

  test("fails when no file is found", () => {
    const { status, stdout, stderr } = run("no-such-test");
    assert.equal(stderr, "no test file holds no-such-test\n");
    assert.match(stdout, /\n0 passed, 1 failed, 0 skipped\n$/);
    assert.equal(status, 1);
  });
});

describe("tools/setup", () => {
  const setup = join(root, "tools/setup");

  /** Runs it with programs of the test's own in place of some of the system's. */
  function run(programs: Record<string, string>, variables: Record<string, string> = {}, ...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), "fata-setup-"));
    try {
      for (const [name, body] of Object.entries(programs)) {
        writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
        chmodSync(join(folder, name), 0o755);
      }
      const env = { ...process.env, ...variables, PATH: `${folder}:${process.env["PATH"]}` };
      return spawnSync(setup, args, { env, encoding: "utf8" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const nothingInstalled = { "dpkg-query": "exit 1", "apt-get": 'echo "apt-get $@"' };

  test("installs nothing where all is there", () => {
    const { status, stdout } = run({ "dpkg-query": "echo installed", "apt-get": "exit 1" });
    assert.equal(status, 0);
    assert.equal(stdout, "");
  });

  test("installs what is missing, as root", () => {
    const { status, stdout } = run({ ...nothingInstalled, id: "echo 0" });
    assert.equal(status, 0);
    assert.match(stdout, /^apt-get update\napt-get install --yes --no-install-recommends .*\biproute2\b.*\n$/);
  });

  test("unpacks the C library of the other processor's tender where it is missing", () => {
    const prefix = mkdtempSync(join(tmpdir(), "fata-prefix-"));
    const foreign = `${foreignArchitecture}-linux-musl`;
    const programs = {
      "dpkg-query": "echo installed",
      id: "echo 0",
      "apt-get": 'case "$*" in *download*) touch musl-dev.deb;; esac',
      // dpkg-deb --extract PACKAGE FOLDER
      "dpkg-deb": `for part in lib include; do mkdir -p $3/usr/$part/${foreign}; touch $3/usr/$part/${foreign}/file; done`,
    };
    try {
      const { status, stderr } = run(programs, { PREFIX: prefix });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.ok(existsSync(join(prefix, "lib", foreign, "file")));
      assert.ok(existsSync(join(prefix, "include", foreign, "file")));
    } finally {
      rmSync(prefix, { recursive: true });
    }
  });

  test("says what to type without root", () => {
    const { status, stderr } = run({ ...nothingInstalled, id: "echo 1000" });
    assert.equal(status, 1);
    assert.match(stderr, /^tools\/setup: root is needed to install .*; run: sudo tools\/setup\n$/);
  });

  test("refuses a Node that is too old, and unknown arguments", () => {
    const old = run({ ...nothingInstalled, node: "echo v18.19.0" });
    assert.equal(old.status, 1);
    assert.match(old.stderr, /Node\.js 18\.19\.0 is too old; install version 20\.19 or later/);
    assert.equal(run({ "dpkg-query": "echo installed", node: "echo v20.19.0" }).status, 0);
    const unknown = run({}, {}, "--all");
    assert.equal(unknown.status, 64);
    assert.match(unknown.stderr, /unknown argument --all; expected nothing or --list/);
  });
});
