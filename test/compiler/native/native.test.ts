/** `fata build --native`: the sections, what is in them, and what is said about them. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { architectures, hostArchitecture, nativeSection } from "../../../compiler/native/architecture.ts";
import { findCompiler } from "../../../compiler/native/compiler.ts";
import { readElf } from "../../../compiler/native/elf.ts";
import { addNativeSections } from "../../../compiler/native/index.ts";
import { XXH64_SIZE, xxh64 } from "../../../compiler/native/xxh64.ts";
import { functionNames, sectionsOf } from "../../../compiler/pipeline/sections.ts";
import { SimulatedTender } from "../../support/tender.ts";
import { assemble, guest } from "../../tender/wat.ts";
import { fataWith, makeProject, root, smallest } from "../project.ts";
import { makeLoader, sectionOf, tested, translated } from "./machine.ts";

const list = tested.map(({ name }) => name).join(",");
const host = hostArchitecture?.name ?? "";

/** A copy of an example, so that its own dist/ stays as it is. */
function copyExample(name: string): string {
  const folder = join(root, "examples", name);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") || file === "package.json");
  const directory = makeProject({});
  for (const file of files) copyFileSync(join(folder, file), join(directory, file));
  return directory;
}

/** Builds with a cache of its own, and with headers that gcc must not find; must succeed. */
function build(directory: string, ...args: string[]): string {
  const variables = { XDG_CACHE_HOME: join(directory, "cache"), CPATH: "/usr/include", C_INCLUDE_PATH: "/usr/include" };
  const { status, stdout, stderr } = fataWith(variables, directory, "build", ...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

describe("native sections", () => {
  const directory = copyExample("hello");
  const path = join(directory, "dist/hello.wasm");
  let image: Buffer;
  let said = "";
  before(() => {
    said = build(directory, `--native=${list}`);
    image = readFileSync(path);
  });

  test("lie behind all others, with the hash of what is before them", () => {
    const sections = sectionsOf(image);
    const native = sections.slice(-tested.length);
    assert.deepEqual(
      native.map(({ name }) => name),
      tested.map(nativeSection),
    );
    const portable = image.subarray(0, native[0]?.start);
    const hash = Buffer.from(xxh64(portable));
    for (const architecture of tested) assert(sectionOf(image, architecture).subarray(0, hash.length).equals(hash));
  });

  test("are announced with their size and the compiler", () => {
    for (const { name } of tested)
      assert.match(said, new RegExp(`^  ${name}: \\d+\\.\\d kB by \\S*gcc .*\\d+\\.\\d+\\.\\d+$`, "m"));
  });

  test("leave hello, with one of them, below 48 kB", () => {
    const portable = sectionsOf(image).at(-tested.length)?.start ?? 0;
    assert(portable > 5000);
    for (const architecture of tested) assert(portable + sectionOf(image, architecture).length < 48_000);
  });

  test("are the same in each build", () => {
    const again = copyExample("hello");
    build(again, `--native=${list}`);
    assert(readFileSync(join(again, "dist/hello.wasm")).equals(image));
  });

  test("come from the cache the second time, unless it is damaged", () => {
    assert.doesNotMatch(said, /cached/);
    assert.equal(build(directory, `--native=${list}`).match(/, cached$/gm)?.length, tested.length);
    assert(readFileSync(path).equals(image));
    const folder = join(directory, "cache/fata/native");
    const names = readdirSync(folder);
    assert.equal(names.length, tested.length);
    for (const name of names) writeFileSync(join(folder, name), readFileSync(join(folder, name)).fill(7, 100, 200));
    assert.doesNotMatch(build(directory, `--native=${list}`), /cached/);
    assert(readFileSync(path).equals(image));
  });

  for (const architecture of tested) {
    test(`hold an ELF file of the fixed layout, on ${architecture.name}`, () => {
      const bytes = sectionOf(image, architecture).subarray(XXH64_SIZE);
      const { machine, entry, segments, functions } = readElf(bytes);
      assert.equal(machine, architecture.machine);
      assert.deepEqual(
        segments.map(({ flags }) => flags),
        [5, 4, 6],
      );
      for (const { address, memorySize } of segments) {
        assert.equal(address % 0x10000, 0);
        assert(address >= 0x200000 && address + memorySize <= 0xff00000);
      }
      const [text, rodata] = segments;
      assert(text && rodata);
      const struct = bytes.subarray(rodata.offset + entry - rodata.address);
      assert.equal(struct.toString("latin1", 0, 4), "FNEX");
      assert.equal(struct.readUInt32LE(4), 3);
      for (const at of [8, 16, 24, 32]) {
        const address = Number(struct.readBigUInt64LE(at));
        assert(address >= text.address && address < text.address + text.fileSize);
      }
      assert(functions.some(({ name }) => name === "~lib/fata/sched/loop/step"));
      assert(functions.every(({ size }) => size > 0));
    });
  }
});

describe("fata build --native", () => {
  test("alone is for this machine, and leaves the word behind it alone", () => {
    const directory = makeProject({});
    mkdirSync(join(directory, "small"));
    for (const [name, text] of Object.entries(smallest)) writeFileSync(join(directory, "small", name), text);
    build(directory, "--native", "small", "--quiet");
    const sections = sectionsOf(readFileSync(join(directory, "small/dist/small.wasm")));
    assert.deepEqual(
      sections.flatMap(({ name }) => (name?.startsWith("native.") ? [name] : [])),
      [`native.${host}`],
    );
  });

  test("says which package to install where there is no compiler, and writes no image", () => {
    const directory = makeProject(smallest);
    for (const { name, node } of architectures) {
      const { status, stderr } = fataWith({ PATH: directory }, directory, "build", "--quiet", `--native=${name}`);
      const debian = node === process.arch ? "gcc" : `gcc-${name.replace("_", "-")}-linux-gnu`;
      assert.equal(
        stderr,
        `fata: no C compiler for ${name} is there: neither gcc for it nor ${name}-linux-gnu-gcc; type: sudo apt-get install ${debian}\n`,
      );
      assert.equal(status, 65);
    }
    assert(!readdirSync(join(directory, "dist")).includes("small.wasm"));
  });

  test("tells what the compiler says when it fails", () => {
    const directory = makeProject(smallest);
    const says = `case $1 in -dumpmachine) echo ${host}-test;; --version) echo gcc 0.1;; *) echo "no luck" >&2; exit 1;; esac`;
    writeFileSync(join(directory, "gcc"), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
    const variables = { PATH: directory, XDG_CACHE_HOME: directory };
    const { status, stderr } = fataWith(variables, directory, "build", "--quiet", "--native");
    assert.equal(stderr, `fata: gcc (gcc 0.1) cannot compile the image for ${host}: no luck\n`);
    assert.equal(status, 65);
  });

  const refused: readonly (readonly [string[], string])[] = [
    [["--native=riscv64"], `--native=riscv64: "riscv64" is unknown; expected x86_64, aarch64 or x86_64,aarch64`],
    [["--native="], `--native=: "" is unknown; expected x86_64, aarch64 or x86_64,aarch64`],
    [["--native=x86_64,"], `--native=x86_64,: "" is unknown; expected x86_64, aarch64 or x86_64,aarch64`],
    [["--native", "--native=aarch64"], "--native is given twice; expected one list: --native=x86_64,aarch64"],
  ];
  for (const [args, message] of refused)
    test(`refuses ${args.join(" ")}`, () => {
      const { status, stderr } = fataWith({}, makeProject(smallest), "build", ...args);
      assert.equal(stderr, `fata: ${message}\n`);
      assert.equal(status, 64);
    });
});

/** Functions that a guest of wat.ts imports. */
const HYPERCALLS = 7;

describe("native code", () => {
  for (const name of ["hello", "hello-multi", "noop"])
    test(`of ${name} prints what the wasm prints`, async () => {
      const directory = copyExample(name);
      build(directory, `--native=${list}`);
      const image = readFileSync(join(directory, `dist/${name}.wasm`));
      const tender = new SimulatedTender(new WebAssembly.Module(image), { wall: 0n }).start().advance(60_000);
      assert.equal(tender.status, 0);
      for (const architecture of tested) {
        const { status, lines } = (await makeLoader(architecture))(image, "run\n");
        assert.deepEqual(lines, tender.lines);
        assert.equal(status, 0);
      }
    });

  test("has the names of functions whatever they are", async () => {
    const names = [
      "a b",
      'quote"and\\',
      "ünïcødé/漢字",
      "n0",
      "start",
      "main",
      "w2c_image_n1",
      "x".repeat(3000),
      "",
      "a b",
    ];
    const functions = names.map((_, index) => `(func (result i32) (i32.load (i32.const ${index})))`).join("\n");
    // Called through a table, so that each stays a function of its own; the hypercalls come before them.
    const table = `(table funcref (elem ${names.map((_, index) => index + HYPERCALLS).join(" ")}))`;
    const step = "(i64.extend_i32_u (call_indirect (result i32) (i32.wrap_i64 (local.get 0))))";
    const wasm = assemble(guest({ rest: `${functions}\n${table}`, step }));
    const all = functionNames(wasm).map((name, index) => names[index - HYPERCALLS] ?? name);
    const request = {
      image: wasm,
      functions: all,
      compilers: await Promise.all(tested.map(findCompiler)),
      progress: () => {},
    };
    const { image } = await addNativeSections(request);
    for (const architecture of tested) {
      const found = readElf(sectionOf(image, architecture).subarray(XXH64_SIZE)).functions.map(({ name }) => name);
      for (const name of names)
        assert(found.includes(name || `wasm-function[${HYPERCALLS + names.indexOf("")}]`), name);
    }
  });

  test("has large data as it is, and small data and what lies behind beside it", async () => {
    const large = Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => i * i + i / 256));
    const text = (bytes: Uint8Array) => [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    const rest = `
      (data (i32.const 1024) "small") (data (i32.const 2048) "${text(large)}") (data (i32.const 7048) "behind")
      (data (i32.const 8192) "${text(large.subarray(0, 4096))}") (data (i32.const 65531) "end")`;
    const memory = Buffer.alloc(65536);
    for (const [at, bytes] of [
      [1024, "small"],
      [2048, large],
      [7048, "behind"],
      [65531, "end"],
    ] as const)
      memory.set(Buffer.from(bytes), at);
    large.copy(memory, 8192, 0, 4096);
    const step = "(i64.load8_u (i32.wrap_i64 (local.get 0)))";
    const image = await translated(assemble(guest({ rest, step })));
    const places = [1023, 1024, 1029, 2047, 2048, 2049, 4096, 7047, 7048, 7054, 8191, 8192, 12287, 12288, 65533];
    for (const architecture of tested) {
      assert(sectionOf(image, architecture).includes(large));
      const script = places.map((place) => `step ${place.toString(16)} 0\n`).join("");
      const { lines } = (await makeLoader(architecture))(image, script);
      assert.deepEqual(
        lines,
        places.map((place) => memory.readUInt8(place).toString(16)),
      );
    }
  });

  test("keeps the names of functions for the stack of a trap", async () => {
    const rest = `
      (func $inner (param i32) (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 5))) (then unreachable))
        (call $middle (i32.add (local.get 0) (i32.const 1))))
      (func $middle (param i32) (drop (i32.load (i32.const 8))) (call $inner (local.get 0)))`;
    const image = await translated(assemble(guest({ rest, step: "(call $middle (i32.const 3)) (i64.const 0)" })));
    for (const architecture of tested) {
      const { lines } = (await makeLoader(architecture))(image, "step 0 0\n");
      assert.match(lines[0] ?? "", /^trap 5 .*\b(inner|middle)\b.* step$/);
    }
  });
});
