import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
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

describe("what to write instead of what AssemblyScript does not have", () => {
  const cases: [string, string, RegExp][] = [
    ["closures", start("let n = 0; [1].forEach((x) => { n += x; });"), /no closures: .* Fiber or an Fn0$/],
    ["for-of", start("for (const x of [1]) sleep(x);"), /no for-of: write for \(let i = 0;/],
    ["exceptions", start("try { sleep(1); } catch (e) {}"), /no exceptions: return a code/],
    ["async", `export class Main { async start(): Promise<void> {} }`, /no async: a call such as sleep/],
    ["packages", `import "node:fs";\n${start("")}`, /no packages in an image/],
    ["a key that is not declared", `import { keys } from "fata/keys";\n${start("sleep(keys.x);")}`, /key\("NAME"/],
    ["no class Main", "export class Man {}", /the module must have: export class Main/],
    ["Main is a function", "export function Main(): void {}", /the module must have: export class Main/],
    ["no method start", "export class Main {}", /must have a method start\(\): void/],
  ];
  for (const [name, application, expected] of cases) {
    test(name, () => {
      const [first, ...others] = advice(application);
      assert.match(String(first), expected);
      for (const other of others) assert.equal(other, first);
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
