/** What native code must not do (protection.c), and how its process ends, under each isolation and on each architecture. */
import assert from "node:assert/strict";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { compileC, imageWith } from "./guest.ts";

export type Isolation = "seccomp" | "kvm";

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

/** What lies at these addresses under kvm is not the guest's either. */
const trapsOnStub: Readonly<Record<string, RegExp>> = {
  "write trampoline": /the native code touched 0x101000, which/,
  "execute exchange": /the native code jumped to 0x102000, which/,
  "page behind": /the native code touched 0x104000, which/,
  "read vectors": /the native code touched 0x108000, which/,
  "jump to vectors": /the native code jumped to 0x108000, which/,
  "write gates": /the native code touched 0x109100, which/,
  "write fault stack": /the native code touched 0x10aff8, which/,
  "page tables": /the native code touched 0x1000, which/,
  "physical memory": /the native code touched 0x100001000, which/,
};

const forbidden = /the native code did what is not for it/;

/** The same, in instructions of x86. */
const trapsOfX86: Readonly<Record<string, RegExp>> = {
  divide: /divide by zero/,
  privileged: forbidden,
  port: forbidden,
  breakpoint: /a breakpoint/,
  alignment: /a breakpoint/,
  "thread pointer": /the native code has (a breakpoint|an instruction that this processor has not)/,
  "control register": forbidden,
  "model register": forbidden,
  "interrupts off": forbidden,
  "no address": forbidden,
  "fault port": forbidden,
  "wide port": forbidden,
  input: forbidden,
};

/** A trap under kvm. Under seccomp the kernel, or the filter, has other words, or no objection. */
const trapsOfX86UnderKvm: Readonly<Record<string, RegExp>> = {
  x32: /the native code made a system call/,
  "call hypervisor": /the native code (has a breakpoint|has an instruction that|did what is not for it)/,
  "32 bits": /the native code (did what is not for it|has an instruction that this processor has not)/,
  interrupt: /the native code (did what is not for it|has an instruction that this processor has not)/,
  "system enter": /the native code (did what is not for it|made a system call)/,
  "privileged selector": forbidden,
  "unknown hypercall": /the native code made a hypercall that there is not/,
};

/** In instructions of Arm. */
const trapsOfArm: Readonly<Record<string, RegExp>> = {
  privileged: /an instruction that this processor has not/,
  "hypervisor call": /an instruction that this processor has not/,
  breakpoint: /a breakpoint/,
  "thread pointer": /a breakpoint/,
  "jump to odd": /the native code jumped to 0x20[0-9a-f]{3}[26ae], which/,
};

/** What a process may do on Arm, or has no doorbell for. */
const trapsOfArmUnderKvm: Readonly<Record<string, RegExp>> = {
  "wait for interrupt": forbidden,
  counter: forbidden,
  "clean a cache": forbidden,
  "unknown hypercall": /the native code made a hypercall that there is not/,
  "two at the doorbell": forbidden,
  "read the doorbell": forbidden,
  "wide doorbell": forbidden,
  "beside the doorbell": forbidden,
};

/** System calls. Under seccomp the filter refuses them, 71; under kvm there is no kernel for the guest. */
const systemCalls = [
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

/** The cases that end with a trap, and what that says. */
function trapsOf(architecture: string, isolation: Isolation): Readonly<Record<string, RegExp>> {
  const [always, underKvm] =
    architecture === "x86_64" ? [trapsOfX86, trapsOfX86UnderKvm] : [trapsOfArm, trapsOfArmUnderKvm];
  return { ...traps, ...trapsOnStub, ...always, ...(isolation === "kvm" && underKvm) };
}

/** The image whose argument --case=NAME says what to do. */
export function protectionImage(architecture?: Architecture): Uint8Array {
  const argument = { name: "case", short: "", type: "string", default: "", doc: "What to do." } as const;
  return imageWith(compileC("protection.c", architecture), { arguments: [argument] }, architecture);
}

/** The names of all cases that end a guest. */
export function protectionCases(architecture: string, isolation: Isolation): string[] {
  return [...Object.keys(trapsOf(architecture, isolation)), ...systemCalls];
}

/** Asserts that a case has ended as it should. */
export function assertHeldBack(
  name: string,
  architecture: string,
  isolation: Isolation,
  { status, stdout, stderr }: { readonly status: number | string; readonly stdout: string; readonly stderr: string },
): void {
  const reason =
    trapsOf(architecture, isolation)[name] ?? (isolation === "kvm" ? /the native code made a system call/ : undefined);
  assert.equal(status, reason ? 70 : 71, stderr);
  assert.equal(stdout, "words\n", "what was written before comes out");
  if (!reason) {
    assert.match(stderr, /^tender: the sandbox refused system call \d+\n$/);
    return;
  }
  const [first = "", ...frames] = stderr.trimEnd().split("\n");
  assert.match(first, new RegExp(`^tender: trap: .*${reason.source}`));
  for (const frame of frames) assert.match(frame, /^ {4}at (start|deep|call|jump) \(0x[0-9a-f]+\)$/);
  if (name !== "stack overflow") assert.match(frames.at(-1) ?? "", /at start/);
}
