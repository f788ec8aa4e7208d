/** Linear memory under each isolation: it is as long as wasm says, to the byte, however it has grown. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { nativeTender, withNative } from "../engine.ts";
import { file } from "../process.ts";
import { image, imports } from "../wat.ts";

/** Pages at first and at most, and how many are added at a time. Blocks of the page tables are 32 pages. */
const cases = [
  { initial: 1, step: 1, maximum: 100 },
  { initial: 31, step: 1, maximum: 66 },
  { initial: 32, step: 32, maximum: 128 },
  { initial: 40, step: 24, maximum: 136 },
  { initial: 33, step: 95, maximum: 128 },
  { initial: 0, step: 16, maximum: 64 },
  // More than 1 GiB.
  { initial: 1, step: 4096, maximum: 1 + 5 * 4096 },
];

/** Each new page has zeros, and keeps what is written at its ends; nobody is behind the last one. */
function growing({ initial, step, maximum }: (typeof cases)[number]): string {
  return `(module ${imports}
    (memory (export "memory") ${initial} ${maximum})
    (func $check (param $from i32) (param $wanted i32)
      (local $end i32)
      (local.set $end (i32.shl (memory.size) (i32.const 16)))
      (local.set $from (i32.shl (local.get $from) (i32.const 16)))
      (block $done (loop $each
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (if (i32.ne (i32.load (local.get $from)) (local.get $wanted)) (then (call $exit (i32.const 9))))
        (if (i32.ne (i32.load offset=65532 (local.get $from)) (local.get $wanted)) (then (call $exit (i32.const 8))))
        (i32.store (local.get $from) (i32.const -1))
        (i32.store offset=65532 (local.get $from) (i32.const -1))
        (local.set $from (i32.add (local.get $from) (i32.const 65536)))
        (br $each))))
    (func $grow (result i32)
      (local $before i32)
      (local.set $before (memory.grow (i32.const ${step})))
      (if (i32.eq (local.get $before) (i32.const -1)) (then (call $exit (i32.const 6))))
      (local.get $before))
    (func (export "start") (param i64 i64) (result i64)
      (call $check (i32.const 0) (i32.const 0))
      (loop $more
        (if (i32.lt_u (memory.size) (i32.const ${maximum})) (then
          (call $check (call $grow) (i32.const 0))
          (br $more))))
      (call $check (i32.const 0) (i32.const -1))
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (call $exit (i32.const 7))))
      (i32.store (i32.const 0) (i32.const 0x0a6b6f))
      (call $console_write (i32.const 0) (i32.const 3))
      (drop (i32.load8_u (i32.shl (memory.size) (i32.const 16))))
      (i64.const 0))
    (func (export "step") (param i64 i64) (result i64) (i64.const 0))
    (func (export "event") (param i32)))`;
}

for (const memory of cases) {
  const { initial, step, maximum } = memory;
  const path = file(`memory-${initial}-${step}-${maximum}.wasm`);
  writeFileSync(path, withNative(image(growing(memory), { memory: { initial, maximum } })));
  for (const isolation of hasKvm ? ["seccomp", "kvm"] : ["seccomp"]) {
    test(`from ${initial} by ${step} to ${maximum} pages under ${isolation}`, () => {
      const { status, stdout, stderr } = spawnSync(nativeTender, [`--isolation=${isolation}`, "--mem=4G", path], {
        encoding: "utf8",
      });
      assert.match(stderr, /^tender: trap: memory access out of bounds\n {4}at start \(0x\w+\)\n$/, `${status}`);
      assert.deepEqual([status, stdout], [70, "ok\n"]);
    });
  }
}
