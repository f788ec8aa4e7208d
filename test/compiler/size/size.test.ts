import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { hostArchitecture } from "../../../compiler/native/architecture.ts";
import { withSection } from "../../../compiler/pipeline/sections.ts";
import { measure } from "../../../compiler/size/image.ts";
import { CodeMap } from "../../../compiler/size/map.ts";
import { areas, splitName } from "../../../compiler/size/origin.ts";
import type { Part } from "../../../compiler/size/part.ts";
import { printSizes } from "../../../compiler/size/print.ts";
import { checkSums } from "../../fuzz/size.ts";
import { fata, makeProject } from "../project.ts";

const project = makeProject({
  "config.ts": `import { register, unikernel } from "fata/config";
export default register("sized", unikernel("./unikernel")());
`,
  "unikernel.ts": `import { log, sleep } from "fata";
import { tell } from "./lib/teller";
export class Main {
  start(): void {
    for (let i = 0; i < 3; i++) {
      log.info(tell(i));
      sleep(1);
    }
  }
}
`,
  // It calls itself, and so is not inlined.
  "lib/teller.ts": `export function tell(i: i32): string {
  let text = "a text that is found again: ";
  for (let j = 0; j < i; j++) text = i & 1 ? text + i.toString() : tell(j) + text;
  return text;
}
`,
});
const image = join(project, "dist/sized.wasm");

/** What `fata size --json` prints of an image in the project. */
function sizes(path: string): Part {
  const { status, stdout, stderr } = fata(project, "size", path, "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** The part at the end of a path of names. */
function partOf(whole: Part, ...path: readonly string[]): Part {
  return path.reduce((part, name) => {
    const found = part.parts?.find((inner) => inner.name === name);
    assert(found, `no ${name} in ${part.name}: ${part.parts?.map((inner) => inner.name).join(", ")}`);
    return found;
  }, whole);
}

describe("the sizes of an image", () => {
  let whole: Part;
  before(() => {
    const { status, stderr } = fata(project, "build", "--quiet", "--native");
    assert.equal(status, 0, stderr);
    whole = sizes("dist/sized.wasm");
  });

  test("add up to the file's, and each part's to its own", () => {
    assert.equal(whole.bytes, readFileSync(image).length);
    checkSums(whole);
  });

  test("tell the application's modules, those of the library OS and of AssemblyScript, down to functions", () => {
    assert(partOf(whole, "code", areas.application, "unikernel.ts", "Main#start").bytes > 20);
    assert(partOf(whole, "code", areas.application, "lib/teller.ts", "tell").bytes > 50);
    assert(partOf(whole, "code", areas.runtime, "sched/loop.ts", "step").bytes > 100);
    assert(partOf(whole, "code", areas.assemblyscript, "rt/tlsf.ts", "__alloc").bytes > 50);
  });

  test("tell what was inlined of its own module", () => {
    const inlined = partOf(whole, "code", areas.runtime).parts?.flatMap(({ parts = [] }) => parts) ?? [];
    assert(inlined.some(({ name, bytes }) => /^inlined into /.test(name) && bytes > 10));
  });

  test("tell the data segments, with their texts", () => {
    const segments = partOf(whole, "data").parts ?? [];
    const texts = segments.find(({ name }) => /^segment \d+ at 0x[0-9a-f]+, texts$/.test(name))?.parts ?? [];
    assert.deepEqual(
      texts.filter(({ name }) => name.includes("a text")),
      [{ name: '"a text that is found again: "', bytes: 30 }],
    );
  });

  test("tell the functions of native code", () => {
    const native = partOf(whole, `native.${hostArchitecture?.name}`);
    assert.equal(partOf(native, "hash of the image").bytes, 8);
    assert(partOf(native, "machine code", areas.runtime, "sched/loop.ts", "step").bytes > 100);
    assert(partOf(native, "machine code", areas.application, "lib/teller.ts", "tell").bytes > 50);
  });

  test("name every section and the header", () => {
    const names = whole.parts?.map(({ name }) => name) ?? [];
    for (const name of ["header", "type", "import", "memory", "export", "fata.manifest (custom)"])
      assert(names.includes(name), name);
    assert.equal(partOf(whole, "header").bytes, 8);
  });

  test("without its map, functions have numbers; a build for development names them itself", () => {
    writeFileSync(join(project, "bare.wasm"), readFileSync(image));
    const bare = sizes("bare.wasm");
    checkSums(bare);
    assert.equal(bare.bytes, whole.bytes);
    assert.match(partOf(bare, "code", areas.unknown).parts?.[0]?.name ?? "", /^function \d+$/);
    assert.equal(fata(project, "build", "--quiet", "--dev", "-o", "dev.wasm").status, 0);
    writeFileSync(join(project, "dev2.wasm"), readFileSync(join(project, "dev.wasm")));
    const dev = sizes("dev2.wasm");
    checkSums(dev);
    assert(partOf(dev, "code", areas.application, "unikernel.ts", "Main#start").bytes > 20);
  });

  test("a map that is none changes nothing but names", () => {
    for (const text of [
      "",
      "{",
      "[]",
      '{"sources":5,"mappings":"!!!","x_functions":{}}',
      '{"mappings":"gggggggggB"}',
    ]) {
      writeFileSync(join(project, "bare.wasm.map"), text);
      const bare = sizes("bare.wasm");
      checkSums(bare);
      assert.equal(bare.bytes, whole.bytes);
    }
  });

  test("are a table on request, in which what is small is told together", () => {
    const { status, stdout } = fata(project, "size", "dist/sized.wasm");
    assert.equal(status, 0);
    assert.match(stdout, /^ *bytes {6}%\n *\d+,\d{3} {2}100\.0 {2}sized\.wasm\n/);
    assert.match(stdout, /─ \d+ smaller\n/);
    const all = fata(project, "size", "dist/sized.wasm", "--all").stdout;
    assert.doesNotMatch(all, / smaller\n/);
    assert(all.split("\n").length > stdout.split("\n").length);
  });
});

describe("fata size refuses", () => {
  function refusal(...args: string[]): { status: number | null; stderr: string } {
    const { status, stdout, stderr } = fata(project, "size", ...args);
    assert.equal(stdout, "");
    return { status, stderr };
  }

  test("what is no file, or no wasm", () => {
    mkdirSync(join(project, "folder"), { recursive: true });
    writeFileSync(join(project, "text.wasm"), "hello");
    const build = "build one: fata build DIR";
    const cases = [
      ["none.wasm", `fata: none.wasm: there is no such image; ${build}\n`],
      ["folder", "fata: folder: it is a folder; name an image\n"],
      ["/dev/zero", "fata: /dev/zero: it is no file; name an image\n"],
      ["text.wasm", `fata: text.wasm: this is no image: it is not wasm; ${build}\n`],
    ] as const;
    for (const [path, stderr] of cases) assert.deepEqual(refusal(path), { status: 65, stderr });
  });

  test("no image, and an unknown option", () => {
    assert.deepEqual(refusal(), {
      status: 64,
      stderr: "fata: expected an image: fata size IMAGE; see fata size --help\n",
    });
    assert.equal(refusal("a", "--jsn").status, 64);
  });

  test("an image that is cut off, wherever", () => {
    const wasm = readFileSync(image);
    const map = CodeMap.read(image);
    let whole = 0;
    for (let length = 0; length < wasm.length; length += length < 3000 ? 1 : 97) {
      const cut = wasm.subarray(0, length);
      try {
        const measured = measure("cut", cut, map);
        assert.equal(measured.bytes, length);
        checkSums(measured);
        whole++; // cut between two sections: what is left is wasm
      } catch (error) {
        assert.match((error as Error).message, /^it is (not wasm|truncated)/);
      }
    }
    assert(whole < 30);
    writeFileSync(join(project, "cut.wasm"), wasm.subarray(0, 500));
    assert.deepEqual(refusal("cut.wasm"), {
      status: 65,
      stderr: "fata: cut.wasm: this is no image: it is truncated; build one: fata build DIR\n",
    });
  });
});

test("a native section that is no ELF file is one part", () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const measured = measure("odd", withSection(empty, "native.x86_64", new Uint8Array(100)), undefined);
  checkSums(measured);
  assert.equal(partOf(measured, "native.x86_64", "content").bytes, 92);
});

test("asc's names of functions are taken apart", () => {
  assert.deepEqual(
    [
      "~lib/fata/net/udp/UdpSocket#bind",
      "~lib/array/Array<~lib/string/String>#push",
      "start:~lib/fata/net/arp",
      "lib/a/f~anonymous|0",
      "unpackTexts",
    ].map((name) => Object.values(splitName(name))),
    [
      ["~lib/fata/net/udp", "UdpSocket#bind"],
      ["~lib/array", "Array<~lib/string/String>#push"],
      ["~lib/fata/net/arp", "start"],
      ["lib/a", "f~anonymous|0"],
      ["", "unpackTexts"],
    ],
  );
});

test("the table is aligned, and gives a terminal no commands", () => {
  const part = (name: string, bytes: number, parts?: Part[]) => ({ name, bytes, ...(parts && { parts }) });
  const whole = part("a.wasm", 12_000, [
    part("code", 11_900, [part("x\u001b[2J", 11_000), part("y", 850), part("p", 30), part("q", 20)]),
    part("data", 100, [part("one", 60), part("two", 40)]),
  ]);
  assert.equal(
    printSizes(whole, false),
    ` bytes      %
12,000  100.0  a.wasm
11,900   99.2  ├─ code
11,000   91.7  │  ├─ x\\u{1b}[2J
   850    7.1  │  ├─ y
    50    0.4  │  └─ 2 smaller
   100    0.8  └─ data
`,
  );
});
