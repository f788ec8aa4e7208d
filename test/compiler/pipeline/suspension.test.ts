import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { CompileError } from "../../../compiler/pipeline/index.ts";
import { compileText } from "../../support/guest.ts";

const frame = (body: string): string => `
import { boot, event, Fiber, sleep, step } from "fata";
${body}
export function start(now: u64, wall: u64): u64 { return boot(new Job(), now, wall); }
export { event, step };`;

test("a function that waits must not be called through a value", async () => {
  const main = frame(`
function nap(ms: u64): i32 { return sleep(ms); }
function twice(f: (ms: u64) => i32): void { f(1); f(2); }
class Job extends Fiber { run(): void { twice(nap); } }`);
  await assert.rejects(compileText(main, packageRoot), (error) => {
    assert.ok(error instanceof CompileError);
    assert.match(error.message, /^ERROR: dist\/main\/nap is used as a value and can wait/);
    assert.match(error.message, /Use an object with a method instead, such as an Fn0\.$/);
    return true;
  });
});

test("also when it waits only further down, and the call is hidden in a method", async () => {
  const main = frame(`
class Deep { go(): void { this.further(); } further(): void { if (sleep(1) == 0) this.go(); } }
const deep = new Deep();
const call: () => void = () => { deep.go(); };
class Job extends Fiber { run(): void { call(); } }`);
  await assert.rejects(compileText(main, packageRoot), /is used as a value and can wait/);
});

test("also when its name is not ASCII", async () => {
  const main = frame(`
function döse(ms: u64): i32 { return sleep(ms); }
function call(f: (ms: u64) => i32): void { f(1); }
class Job extends Fiber { run(): void { call(döse); } }`);
  await assert.rejects(compileText(main, packageRoot), /^CompileError: ERROR: dist\/main\/döse is used as a value/);
});

test("also when the function behind a value calls a virtual method", async () => {
  const main = frame(`
interface Step { go(): void; }
class Nap implements Step { go(): void { sleep(5); } }
class Nothing implements Step { go(): void {} }
const steps: Step[] = [new Nothing(), new Nap()];
class Job extends Fiber { run(): void { const call = (i: i32): void => { steps[i].go(); }; call(1); } }`);
  await assert.rejects(compileText(main, packageRoot), /is used as a value and can wait/);
});

test("function values that do not wait, and virtual methods that do, are fine", async () => {
  const main = frame(`
abstract class Step { abstract go(): void; }
class Nap extends Step { go(): void { sleep(5); } }
class Nothing extends Step { go(): void {} }
class Job extends Fiber {
  run(): void {
    const order = [3, 1, 2].sort((a, b) => a - b);
    const steps: Step[] = [new Nap(), new Nothing(), new Nap()];
    for (let i = 0; i < steps.length; i++) steps[i].go();
    assert(order[0] == 1 && order[2] == 3);
  }
}`);
  const guest = await compileText(main, packageRoot, { mode: "default" });
  const tender = guest.instantiate().start().advance(20);
  assert.equal(tender.status, 0);
  assert.equal(tender.steps, 3);
});
