/** New objects hold zeros without being told so, and nothing else changes by that. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { compileText } from "../../support/guest.ts";

const main = `
class Base {
  a: i32 = 0;
  b: u64 = 0;
  next: Base | null = null;
  c: i32 = 7;
  d: i32 = 0;
  constructor(fill: i32) {
    this.d = fill;
    this.prepare();
  }
  prepare(): void { this.a = 5; }
}
class Derived extends Base {
  // asc sets fields to what they begin with before it calls the constructor of Base, which calls prepare.
  late: i32 = 0;
  zero: f64 = 0;
  negative: f64 = -0.0;
  constructor(fill: i32) {
    super(fill);
    this.d = 0;
  }
  prepare(): void { this.late = 9; this.a = 6; }
}
function sum(o: Base): i32 { return o.a + <i32>o.b + (o.next ? 1000 : 0) + o.c * 10 + o.d * 100; }
class Plain { a: u64 = 0; b: u64 = 0; c: u64 = 0; d: u64 = 0; }
export function plain(): u64 {
  const o = new Plain();
  return o.a | o.b | o.c | o.d;
}
/** Memory is used again: what was there must not show. */
export function dirty(): void {
  for (let size = 16; size < 160; size++) {
    const block = heap.alloc(size);
    memory.fill(block, 0xff, size);
    heap.free(block);
  }
}
export function base(fill: i32): i32 { return sum(new Base(fill)); }
export function derived(fill: i32): i32 {
  const o = new Derived(fill);
  return sum(o) + o.late * 100000 + <i32>(o.zero * 1000000) + (1 / o.negative < 0 ? 10000 : 0);
}
`;

for (const mode of ["dev", "default", "release"] as const)
  test(`fields are initialised as the language says (${mode})`, async () => {
    const { exports } = (await compileText(main, packageRoot, { mode })).instantiate();
    const call = (name: string, ...values: number[]) => Number(exports[name]?.(...values));
    for (let round = 0; round < 3; round++) {
      call("dirty");
      assert.equal(call("plain"), 0);
      call("dirty");
      assert.equal(call("base", 3), 5 + 70 + 300);
      assert.equal(call("base", 0), 5 + 70);
      call("dirty");
      assert.equal(call("derived", 3), 6 + 70 + 10000 + 900000);
    }
  });
