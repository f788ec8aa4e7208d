/** What native code is held back from, and how its process ends: protection.c does it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { compileC, imageWith } from "./guest.ts";

const path = file("protection.wasm");
writeFileSync(
  path,
  imageWith(compileC("protection.c"), {
    arguments: [{ name: "case", short: "", type: "string", default: "", doc: "What to do." }],
  }),
);

/** Ends with a trap, 70. */
const traps: Readonly<Record<string, RegExp>> = {
  "execute data": /the native code jumped to 0x22[0-9a-f]{4}, which is not for it/,
  "execute memory": /memory access out of bounds/,
  "execute stack": /the native code jumped to 0x[0-9a-f]+, which/,
  "jump nowhere": /the native code jumped to 0x30000000, which/,
  "write code": /the native code touched 0x20[0-9a-f]{4}, which/,
  "write constants": /the native code touched 0x21[0-9a-f]{4}, which/,
  "write table": /the native code touched 0x100000, which/,
  "read unmapped": /the native code touched 0x30000000, which/,
  "zero page": /the native code touched 0x0, which/,
  "below memory": /the native code touched 0xfffffffff, which/,
  "out of bounds": /memory access out of bounds/,
  "far out of bounds": /memory access out of bounds/,
  "stack overflow": /the stack is exhausted/,
  "illegal instruction": /an instruction that this processor has not|a breakpoint/,
  "unknown trap": /a reason that this tender does not know/,
  "bad pointer": /console_write: 2 bytes at 0xffffffff lie outside the memory of 65536 bytes/,
};

/** The same, with instructions of x86. */
const trapsOfX86: Readonly<Record<string, RegExp>> = {
  divide: /divide by zero/,
  privileged: /the native code touched/,
  port: /the native code touched/,
  breakpoint: /a breakpoint/,
};

/** Refused by the filter, 71. */
const refused = [
  "openat",
  "socket",
  "execve",
  "mmap",
  "read stdin",
  "write elsewhere",
  "kill",
  "io_uring",
  "make memory executable",
  "make code writable",
  "grow past the limit",
  "grow elsewhere",
];

function run(name: string) {
  return spawnSync(nativeTender, [path, `--case=${name}`], { encoding: "utf8" });
}

const onX86 = process.arch === "x64";

for (const [name, reason] of Object.entries({ ...traps, ...(onX86 && trapsOfX86) })) {
  test(`${name}: a trap`, () => {
    const { status, signal, stdout, stderr } = run(name);
    assert.equal(status ?? signal, 70, stderr);
    assert.equal(stdout, "words\n", "what was written before comes out");
    const [first = "", ...frames] = stderr.trimEnd().split("\n");
    assert.match(first, new RegExp(`^tender: trap: .*${reason.source}`));
    for (const frame of frames) assert.match(frame, /^ {4}at (start|deep) \(0x[0-9a-f]+\)$/);
    if (name !== "stack overflow") assert.match(frames.at(-1) ?? "", /at start/);
  });
}

for (const name of refused) {
  test(`${name}: refused by the sandbox`, () => {
    const { status, signal, stdout, stderr } = run(name);
    assert.equal(status ?? signal, 71, stderr);
    assert.match(stderr, /^tender: the sandbox refused system call \d+\n$/);
    assert.equal(stdout, "words\n");
  });
}

test("system calls of other kinds: the process ends", { skip: !onX86 && "x86 has several" }, () => {
  assert.equal(run("x32").status, 71);
  assert.equal(run("32 bits").signal, "SIGSYS");
});

test("memory up to the limit is the guest's to take", () => {
  const { status, stderr } = run("grow to the limit");
  assert.deepEqual([status, stderr], [7, ""]);
});

test("a guest that does nothing wrong ends by itself", () => {
  assert.equal(run("nothing").status, 7);
});

test("an address space that is too small is told", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `ulimit -v 1000000; exec "$0" "$1"`, nativeTender, path], {
    encoding: "utf8",
  });
  assert.match(stderr, /^tender: cannot reserve 8 GiB of addresses .* lift the limit: ulimit -v unlimited\n$/);
  assert.equal(status, 71);
});
