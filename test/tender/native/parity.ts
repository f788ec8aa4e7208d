/**
 * The test files that a native tender passes as Node's does. sandbox.test.ts is about what V8 is refused; protection.test.ts
 * is the same for native code.
 */
export const sharedTests = [
  "tender/cli",
  "tender/options",
  "tender/arguments",
  "tender/image",
  "tender/trap",
  "tender/signals",
  "tender/block",
  "tender/faults",
  "tender/network",
  "tender/statistics",
  "tender/stream",
  "tender/clock",
  "conformance/conformance",
] as const;
