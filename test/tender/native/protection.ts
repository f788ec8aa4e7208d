/** What native code must not do (protection.c), and how its process ends under seccomp, on each architecture. */
import assert from "node:assert/strict";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { compileC, imageWith } from "./guest.ts";

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

/** The same, in instructions of x86. */
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

/** The image whose argument --case=NAME says what to do. */
export function protectionImage(architecture?: Architecture): Uint8Array {
  const argument = { name: "case", short: "", type: "string", default: "", doc: "What to do." } as const;
  return imageWith(compileC("protection.c", architecture), { arguments: [argument] }, architecture);
}

/** The names of all cases that end a guest. */
export function protectionCases(architecture: string): string[] {
  return [...Object.keys({ ...traps, ...(architecture === "x86_64" && trapsOfX86) }), ...refused];
}

/** Asserts that a case has ended as it should. */
export function assertHeldBack(
  name: string,
  { status, stdout, stderr }: { readonly status: number | string; readonly stdout: string; readonly stderr: string },
): void {
  const reason = { ...traps, ...trapsOfX86 }[name];
  assert.equal(status, reason ? 70 : 71, stderr);
  assert.equal(stdout, "words\n", "what was written before comes out");
  if (!reason) {
    assert.match(stderr, /^tender: the sandbox refused system call \d+\n$/);
    return;
  }
  const [first = "", ...frames] = stderr.trimEnd().split("\n");
  assert.match(first, new RegExp(`^tender: trap: .*${reason.source}`));
  for (const frame of frames) assert.match(frame, /^ {4}at (start|deep) \(0x[0-9a-f]+\)$/);
  if (name !== "stack overflow") assert.match(frames.at(-1) ?? "", /at start/);
}
