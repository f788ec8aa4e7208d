/** Parts of the core by themselves, in small programs in C: Landlock without seccomp, a host's block devices. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../support/repository.ts";
import { file } from "../process.ts";

/** Compiles NAME.c of this folder with the core, under sanitizers. @param wrapped functions that it takes the place of */
function program(name: string, wrapped: readonly string[] = []): string {
  const output = file(name);
  const build = file("core");
  execFileSync("make", ["-s", "-C", join(root, "tender/native"), `BUILD=${build}`, "sanitized"], { stdio: "pipe" });
  execFileSync("gcc", [
    ...["-std=gnu11", "-g", "-fsanitize=address,undefined", "-Wall", "-Wextra", "-Werror", "-o", output],
    ...[join(root, `test/tender/native/${name}.c`), join(build, "core.a"), ...wrapped.map((f) => `-Wl,--wrap=${f}`)],
  ]);
  return output;
}

/** What Landlock refuses, by its version of the kernel's. */
const refusals: readonly (readonly [version: number, error: RegExp, what: readonly string[]])[] = [
  [1, /^EACCES$/, ["read a file", "write a file", "make a file", "list a folder", "make a folder", "make a socket"]],
  [1, /^(EACCES|EXDEV)$/, ["rename a file", "link a file", "remove a file", "run a program"]],
  [3, /^EACCES$/, ["truncate a file"]],
  [4, /^EACCES$/, ["bind a port", "connect to a port"]],
  [6, /^EPERM$/, ["connect to an abstract socket", "signal another process"]],
];

test("Landlock by itself: no file, no port, no other process, as far as the kernel has it", () => {
  const landlock = program("landlock");
  const run = (when: string) => {
    const folder = file(when);
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "content");
    for (const name of ["program", "program-copy"]) copyFileSync("/bin/true", join(folder, name));
    // The search for leaks would want what is forbidden.
    const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
    const lines = execFileSync(landlock, [folder, when], { encoding: "utf8", env }).trimEnd().split("\n");
    const { version, ...came } = Object.fromEntries(lines.map((line) => line.split(": "))) as Record<string, string>;
    return { version: Number(version), came };
  };
  // Were something to fail anyhow, its failing below would show nothing.
  const before = run("before");
  for (const [what, came] of Object.entries(before.came)) assert.equal(came, "done", what);
  const { version, came } = run("after");
  assert.equal(Object.keys(came).length, refusals.flatMap(([, , what]) => what).length);
  for (const [since, error, list] of refusals)
    for (const what of list) assert.match(came[what] ?? "", version >= since ? error : /^done$/, what);
});

test("a host's block device: its size and blocks; refused when the host uses it, unless it is only read", () => {
  const device = program("block_device", ["stat", "fstat", "open", "ioctl", "flock"]);
  const open = (readOnly: number, busy: number) =>
    execFileSync(device, [`${readOnly}`, `${busy}`], { encoding: "utf8" });
  for (const [readOnly, busy] of [
    [0, 0],
    [1, 0],
    [1, 1],
  ] as const)
    assert.equal(open(readOnly, busy), "1048576 bytes in blocks of 4096\n");
  assert.equal(
    open(0, 1),
    "refused: disk /dev/sdb is in use by the host; unmount it: umount /dev/sdb; or attach it read-only (/dev/sdb,ro)\n",
  );
});
