/** Native code does what V8 does, value for value and trap for trap. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { makeLoader, tested, translated } from "./machine.ts";
import { makeProgram, trials } from "./programs.ts";

/** What a trap is called: V8's words, and the codes of native-abi.h. Some of V8's words stand for two codes. */
const traps: readonly (readonly [RegExp, readonly number[]])[] = [
  [/memory access out of bounds/, [1]],
  [/divide result unrepresentable/, [2]],
  [/float unrepresentable in integer range/, [2, 4]],
  [/divide by zero|remainder by zero/, [3]],
  [/unreachable/, [5]],
  [/null function|signature mismatch|table index is out of bounds/, [6]],
  [/Maximum call stack size exceeded/, [10]],
];

/** The results that are allowed, as the loader prints them. */
function inV8(call: () => bigint): readonly string[] {
  try {
    return [BigInt.asUintN(64, call()).toString(16)];
  } catch (error) {
    const [, codes] = traps.find(([words]) => words.test(String(error))) ?? assert.fail(String(error));
    return codes.map((code) => `trap ${code}`);
  }
}

const program = makeProgram();
const calls = trials.flatMap(({ name, operands }, index) => operands.map(([a, b]) => ({ name, index, a, b })));
const commands = calls.flatMap(({ index, a, b }) => [
  `event ${index.toString(16)}`,
  `start ${a.toString(16)} ${b.toString(16)}`,
]);

function expectedResults(): (readonly string[])[] {
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
  let expected: (readonly string[])[];
  before(async () => {
    image = await translated(program);
    expected = expectedResults();
    assert(expected.length > 50_000);
    for (const [, codes] of traps)
      assert(
        expected.some(([first]) => first === `trap ${codes[0]}`),
        `no trap ${codes[0]}`,
      );
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
        if (expected[at]?.includes(result)) return [];
        return [`${name} of ${a.toString(16)}, ${b.toString(16)}: ${result}; expected ${expected[at]?.join(" or ")}`];
      });
      assert.deepEqual(wrong.slice(0, 20), []);
    });
  }
});
