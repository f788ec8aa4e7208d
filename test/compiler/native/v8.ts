/** Calls of wasm in V8, in the words of loader.c: bits of results, and codes of traps. */
import assert from "node:assert/strict";
import type { CType } from "./batch.ts";

/** What V8 calls a trap, and its code in native-abi.h. */
export const traps: readonly (readonly [RegExp, number])[] = [
  [/memory access out of bounds/, 1],
  [/divide result unrepresentable/, 2],
  [/divide by zero/, 3],
  [/float unrepresentable in integer range/, 4],
  [/unreachable/, 5],
  [/null function or function signature mismatch/, 6],
  [/table index is out of bounds/, 7],
  [/remainder by zero/, 8],
  [/Maximum call stack size exceeded/, 10],
];

/** The bits of a result in hexadecimal, or `trap CODE`. */
export function inV8(call: () => bigint): string {
  try {
    return BigInt.asUintN(64, call()).toString(16);
  } catch (error) {
    const [, code] = traps.find(([words]) => words.test(String(error))) ?? assert.fail(String(error));
    return `trap ${code}`;
  }
}

const float32 = new Float32Array(1);
const bits32 = new Uint32Array(float32.buffer);
const float64 = new Float64Array(1);
const bits64 = new BigUint64Array(float64.buffer);

/** Bits as a value that V8 takes. The payload of a NaN may get lost. */
export function toJs(type: CType, bits: bigint): number | bigint {
  if (type === "u64") return BigInt.asIntN(64, bits);
  if (type === "u32") return Number(BigInt.asIntN(32, bits));
  if (type === "f32") {
    bits32[0] = Number(bits);
    return float32[0] ?? 0;
  }
  bits64[0] = bits;
  return float64[0] ?? 0;
}

/** The bits of a value that V8 gives. */
export function fromJs(type: CType | undefined, value: unknown): bigint {
  if (type === undefined) return 0n;
  if (type === "u64") return BigInt.asUintN(64, value as bigint);
  if (type === "u32") return BigInt(Number(value) >>> 0);
  if (type === "f32") {
    float32[0] = Number(value);
    return BigInt(bits32[0] ?? 0);
  }
  float64[0] = Number(value);
  return bits64[0] ?? 0n;
}

/** Whether bits of a type are a NaN. */
export function isNaNBits(type: CType | "several" | undefined, bits: bigint): boolean {
  if (type === "f32") return (bits & 0x7fff_ffffn) > 0x7f80_0000n;
  return type === "f64" && (bits & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;
}
