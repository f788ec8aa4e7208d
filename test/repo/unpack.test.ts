/** tools/unpack, with an apt-get that has one package. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-unpack-test-"));
after(() => rmSync(folder, { recursive: true }));

const programs = join(folder, "programs");
const tree = join(folder, "tree");
mkdirSync(programs);
mkdirSync(join(tree, "DEBIAN"), { recursive: true });
writeFileSync(
  join(tree, "DEBIAN/control"),
  "Package: real\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n",
);
writeFileSync(join(tree, "content"), "of the package");
execFileSync("dpkg-deb", ["--build", tree, join(folder, "real.deb")], { stdio: "pipe" });

function program(name: string, body: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(programs, name), 0o755);
}
program(
  "apt-get",
  `case "$*" in *update) exit 0;; *" download real") cp ${folder}/real.deb .;; *) echo "E: none"; exit 100;; esac`,
);
program("apt-cache", `[ "$*" = "depends meta" ] && printf 'meta\\n  Depends: real\\n'`);

function unpack(...words: readonly string[]) {
  const env = { ...process.env, PATH: `${programs}:${process.env["PATH"]}` };
  return spawnSync(join(root, "tools/unpack"), words, { env, encoding: "utf8" });
}

test("a package, or what a metapackage depends on, is unpacked", () => {
  for (const name of ["real", "meta/depends"]) {
    const target = join(folder, name.replace("/", "-"));
    const { status, stdout, stderr } = unpack("arm64", target, name);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
    assert.equal(readFileSync(join(target, "content"), "utf8"), "of the package");
  }
});

test("a package that cannot be had: what apt-get said, and a line", () => {
  const { status, stderr } = unpack("arm64", join(folder, "none"), "none");
  assert.match(stderr, /^E: none\ntools\/unpack: cannot fetch none for arm64; is there a connection to .*\n$/);
  assert.equal(status, 1);
});

test("too few words: how it is used", () => {
  const { status, stderr } = unpack("arm64", folder);
  assert.equal(stderr, "usage: tools/unpack ARCHITECTURE FOLDER PACKAGE...\n");
  assert.equal(status, 64);
});
