/** Stores and disks in config.ts, and `fata run`. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fata, makeProject } from "./project.ts";

const config = (body: string) => `import * as fata from "fata/config";
${body}
`;
const unikernel = `import { BlockStore, consoleWrite, KvRo } from "fata";
export class Main {
  constructor(private data: KvRo, private disk: BlockStore) {}
  start(): void {
    const text = this.data.getText("page");
    consoleWrite((text === null ? this.data.error.toString() : text) + " " + this.disk.size.toString() + "\\n");
  }
}
`;
const project = (data: string, disk = `fata.memoryDisk("1M")`) => ({
  "config.ts": config(`const main = fata.unikernel("./unikernel", { data: "kv_ro", disk: "block" });
export default fata.register("store", main({ data: ${data}, disk: ${disk} }));`),
  "unikernel.ts": unikernel,
  "htdocs/page": "hello",
});

describe("stores", () => {
  test("main.ts makes what is attached first, and the rest from it", () => {
    const two = `fata.partition(fata.block("other"), "data")`;
    const directory = makeProject(project(`fata.tarDisk(fata.partition(fata.block("data"), 2))`, two));
    const { status, stderr } = fata(directory, "build", ".", "--quiet");
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    const main = readFileSync(join(directory, "dist/main.ts"), "utf8");
    const made = [...main.matchAll(/const (\w+) = (.*?);/g)].map(([, name, value]) => `${name} = ${value}`);
    assert.deepEqual(made, [
      'data = new BlockDevice("data")',
      'other = new BlockDevice("other")',
      'partition = new Partition(data, "2")',
      "files = new Tar(partition)",
      'partitionBlock = new Partition(other, "data")',
    ]);
  });

  test("fata run serves the folder as it is when it starts", () => {
    const directory = makeProject(project(`fata.direct("htdocs")`));
    const run = () => fata(directory, "run", ".", "--dev", "--", "--mem=16M");
    assert.deepEqual(run(), { status: 0, stdout: "hello 1048576\n", stderr: "" });
    writeFileSync(join(directory, "htdocs/page"), "changed");
    assert.equal(run().stdout, "changed 1048576\n");
    assert.equal(fata(directory, "clean", ".").status, 0);
    assert.equal(existsSync(join(directory, "dist")), false);
  });

  test("fata run passes options, arguments and the status on", () => {
    const directory = makeProject({
      "config.ts": config(`const main = fata.unikernel("./unikernel");
export default fata.register("ends", main(), fata.key("code", 1, "With what."));`),
      "unikernel.ts": `import { exit } from "fata";
import { keys } from "fata/keys";
export class Main { start(): void { exit(keys.code); } }
`,
    });
    assert.equal(fata(directory, "run", ".", "--dev").status, 1);
    assert.equal(fata(directory, "run", ".", "--dev", "--code=2").status, 2);
    assert.equal(fata(directory, "run", ".", "--dev", "--", "--", "--code=3").status, 3);
    assert.match(fata(directory, "run", ".", "--dev", "--", "--nonsense").stderr, /tender: .*--nonsense/);
  });

  test("mistakes are told with their line", () => {
    for (const [data, disk, message] of [
      [
        `fata.crunch("nowhere")`,
        undefined,
        /config\.ts:3: crunch\("nowhere"\): there is no such folder beside this file/,
      ],
      [`fata.crunch(5 as never)`, undefined, /crunch\(5\): expected the path of a folder/],
      [
        `fata.tarDisk(fata.network("n") as never)`,
        undefined,
        /tarDisk needs a block as its disk, but is given a network/,
      ],
      [`fata.crunch("htdocs")`, `fata.memoryDisk("1K")`, /memoryDisk\("1K"\): expected less than 4 GiB/],
      [`fata.crunch("htdocs")`, `fata.memoryDisk(100)`, /memoryDisk\(100\): expected .* a multiple of 512/],
      [
        `fata.crunch("htdocs")`,
        `fata.partition(fata.block("d"), 0)`,
        /partition: expected a number from 1 on, or a name/,
      ],
      [`fata.crunch("htdocs")`, `fata.partition(5 as never, 1)`, /partition needs a block as its disk/],
    ] as const) {
      const { status, stderr } = fata(makeProject(project(data, disk)), "build");
      assert.equal(status, 65, data);
      assert.match(stderr, message);
    }
  });

  test("what cannot be compiled in is told, and an option that is not there", () => {
    const directory = makeProject(project(`fata.crunch("htdocs")`));
    assert.match(fata(directory, "build", "--kv_ro=tar").stderr, /unknown option --kv_ro/);
    symlinkSync("page", join(directory, "htdocs/link"));
    const { status, stderr } = fata(directory, "build");
    assert.equal(status, 65);
    assert.match(stderr, /config\.ts:3: cannot pack htdocs\/link: it is a symbolic link/);
  });
});
