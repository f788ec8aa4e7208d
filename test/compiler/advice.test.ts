import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkImports } from "../../compiler/imports.ts";
import { assemble } from "../tender/wat.ts";
import { fata, makeProject, smallest } from "./project.ts";

/** What `fata build` advises for an application, a line for each diagnostic that it knows. */
function advice(application: string, config: string = smallest["config.ts"]): string[] {
  const directory = makeProject({ ...smallest, "config.ts": config });
  writeFileSync(join(directory, "unikernel.ts"), application);
  const { status, stderr } = fata(directory, "build", "--dev", "--quiet");
  assert.equal(status, 65, stderr);
  return [...stderr.matchAll(/^ {3}= (.*)$/gm)].map(([, text = ""]) => text);
}

const start = (body: string) => `import { sleep } from "fata";\nexport class Main { start(): void { ${body} } }\n`;

describe("imports of a JavaScript host are refused, with what to write instead", () => {
  test("by fata build", () => {
    const directory = makeProject({ ...smallest, "unikernel.ts": start("console.log(`1`);") });
    const { status, stderr } = fata(directory, "build", "--dev", "--quiet");
    const expected = 'small imports env.console.log, which no tender has; for console.log write log.info of "fata"';
    assert.equal(stderr, `fata: ${expected}\n`);
    assert.equal(status, 65);
  });

  const cases: [string, RegExp][] = [
    ["seed", /for Math\.random\(\) write randomU32\(\)/],
    ["Date.now", /for Date\.now\(\) write wallNow\(\)/],
    ["performance.now", /for performance\.now\(\) write now\(\)/],
    ["other", /remove the declaration that it comes from/],
  ];
  for (const [name, expected] of cases) {
    test(name, () => {
      const wasm = assemble(`(module (import "tender" "exit" (func)) (import "env" "${name}" (func)))`);
      assert.throws(() => checkImports("small", wasm), expected);
    });
  }

  test("hypercalls are none", () => {
    checkImports("small", assemble(`(module (import "tender" "exit" (func)))`));
  });
});

describe("what to write instead of what AssemblyScript does not have", () => {
  const several = `import { keys } from "fata/keys";
${start(`
  let n = 0;
  [1].forEach((x) => { n += x; });
  for (const x of [1]) sleep(x);
  try { sleep(1); } catch (e) {}
  sleep(keys.x);
  setTimeout(() => {}, 10);`)}`;
  const cases: [string, string, RegExp[]][] = [
    [
      "in bodies",
      several,
      [/no closures: .* Fn0$/, /no for-of: write for/, /no exceptions: return/, /key\("NAME"/, /no callbacks to come/],
    ],
    ["async", `export class Main { async start(): Promise<void> {} }`, [/no async: a call such as sleep/]],
    ["packages", `import "node:fs";\n${start("")}`, [/no packages in an image/]],
    ["no class Main", "export class Man {}", [/the module must have: export class Main/]],
    ["Main is a function", "export function Main(): void {}", [/the module must have: export class Main/]],
    ["no method start", "export class Main {}", [/must have a method start\(\): void/]],
  ];
  for (const [name, application, expected] of cases) {
    test(name, () => {
      const found = new Set(advice(application));
      assert.equal(found.size, expected.length, [...found].join("\n"));
      for (const text of expected)
        assert.ok(
          [...found].some((line) => text.test(line)),
          `${text} in ${[...found].join("\n")}`,
        );
    });
  }

  test("a constructor that does not fit config.ts", () => {
    const config = `import { block, network, register, unikernel } from "fata/config";
const main = unikernel("./unikernel", { disk: "block", net: "network" });
export default register("small", main({ disk: block("disk"), net: network("net") }));
`;
    const swapped = `import { BlockDevice, NetworkDevice } from "fata";
export class Main { constructor(private net: NetworkDevice, private disk: BlockDevice) {} start(): void {} }`;
    for (const application of [start(""), swapped])
      assert.match(String(advice(application, config)[0]), /^the constructor of Main must take what unikernel/);
  });

  test("nothing for other mistakes", () => {
    assert.deepEqual(advice(start(`const n: i32 = "one";`)), []);
  });
});
