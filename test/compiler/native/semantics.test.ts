/** Native code does what V8 does, value for value and trap for trap. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { makeLoader, tested, translated } from "./machine.ts";
import { makeProgram, trials } from "./programs.ts";
import { inV8, traps } from "./v8.ts";

const program = makeProgram();
const calls = trials.flatMap(({ name, operands }, index) => operands.map(([a, b]) => ({ name, index, a, b })));
const commands = calls.flatMap(({ index, a, b }) => [
  `event ${index.toString(16)}`,
  `start ${a.toString(16)} ${b.toString(16)}`,
]);

function expectedResults(): string[] {
  const hypercall = () => 0;
  const tender = { exit: hypercall, console_write: hypercall, argv: hypercall, random: hypercall };
  const others = { clock_monotonic: () => 0n, net_attach: hypercall, block_attach: hypercall };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(program)), {
    tender: { ...tender, ...others },
  });
  const { event, start } = instance.exports as Record<string, (...values: unknown[]) => bigint>;
  assert(event && start);
  return calls.map(({ index, a, b }) => {
    event(index);
    return inV8(() => start(BigInt.asIntN(64, a), BigInt.asIntN(64, b)));
  });
}

describe("native code computes what V8 computes", () => {
  let image: Uint8Array;
  let expected: string[];
  before(async () => {
    image = await translated(program);
    expected = expectedResults();
    assert(expected.length > 50_000);
    for (const [, code] of traps) assert(expected.includes(`trap ${code}`), `no trap ${code}`);
  });

  for (const architecture of tested) {
    test(`on ${architecture.name}`, async () => {
      const run = await makeLoader(architecture);
      const outcome = run(image, `${commands.join("\n")}\n`);
      assert.equal(outcome.status, 0, outcome.lines.at(-1));
      const results = outcome.lines.filter((_, index) => index % 2 === 1).map((line) => line.split(" ", 2).join(" "));
      assert.equal(results.length, calls.length);
      const wrong = calls.flatMap(({ name, a, b }, at) => {
        const result = results[at] ?? "";
        if (expected[at] === result) return [];
        return [`${name} of ${a.toString(16)}, ${b.toString(16)}: ${result}; expected ${expected[at]}`];
      });
      assert.deepEqual(wrong.slice(0, 20), []);
    });
  }
});
