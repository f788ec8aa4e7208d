import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, test } from "node:test";
import { filesUnder, readRepository } from "../support/repository.ts";

/** What the files of an area may import. The longest prefix that fits a file decides. */
interface Rule {
  readonly area: string;
  /** Areas of the repository. */
  readonly areas: readonly string[];
  /** Modules by name, "*" for any package. */
  readonly modules?: readonly string[];
}

// Who may import whom (docs/architecture.md tells why).
const BASE = "runtime/base/";
const ABI = "runtime/abi/";
const FORMAT = "runtime/kv/format.ts";
/** How much memory the fibers' area takes (ADR 29). */
const FIBER_AREA = "runtime/sched/area.ts";
const ZONE_FORMAT = "runtime/dns/zone/format.ts";
const SYS = ["runtime/sys/", "runtime/crypto/", BASE];
const rules: readonly Rule[] = [
  { area: ABI, areas: [ABI] },
  { area: BASE, areas: [BASE] },
  { area: "runtime/wire/", areas: [BASE, "runtime/wire/"] },
  { area: "runtime/crypto/", areas: [BASE, "runtime/crypto/"] },
  { area: "runtime/sys/", areas: [ABI, ...SYS] },
  { area: "runtime/sched/", areas: ["runtime/sys/", BASE, "runtime/sched/"], modules: ["rt/common"] },
  { area: "runtime/flow/", areas: [BASE, "runtime/sched/", "runtime/flow/"] },
  { area: "runtime/net/", areas: [...SYS, "runtime/wire/", "runtime/sched/", "runtime/flow/", "runtime/net/"] },
  { area: "runtime/block/", areas: [...SYS, "runtime/sched/", "runtime/block/"] },
  { area: "runtime/dns/", areas: [...SYS, "runtime/wire/", "runtime/sched/", "runtime/flow/", "runtime/dns/"] },
  // What it gives away lies below UDP: it looks for addresses on the link, and speaks to who has none yet.
  {
    area: "runtime/dhcp/",
    areas: [
      ...SYS,
      ...["runtime/wire/", "runtime/sched/", "runtime/block/", "runtime/net/", "runtime/flow/report", "runtime/dhcp/"],
    ],
  },
  {
    area: "runtime/http/",
    areas: [...SYS, "runtime/wire/", "runtime/sched/", "runtime/flow/", "runtime/kv/kvro", "runtime/http/"],
  },
  // It tells of the layers below, and of the image as a whole.
  {
    area: "runtime/telemetry/",
    areas: [
      ...SYS,
      ...["runtime/wire/", "runtime/sched/", "runtime/flow/", "runtime/http/", "runtime/net/"],
      ...["runtime/image", "runtime/telemetry/"],
    ],
  },
  { area: "runtime/kv/", areas: [...SYS, "runtime/sched/", "runtime/block/", "runtime/kv/"] },
  // A disk of zones is read as a whole: there is no key to it.
  {
    area: "runtime/dns/zone/disk.ts",
    areas: [...SYS, "runtime/wire/", "runtime/sched/", "runtime/block/", "runtime/dns/zone/"],
  },
  // What the image and `fata kv` both know, and what the image and the compiler of zones do.
  { area: FORMAT, areas: [] },
  { area: ZONE_FORMAT, areas: [] },
  // The device files are where the rings of the ABI are.
  { area: "runtime/net/device.ts", areas: [ABI, ...SYS, "runtime/wire/", "runtime/sched/", "runtime/net/"] },
  { area: "runtime/net/offload.ts", areas: [ABI, ...SYS, "runtime/wire/", "runtime/sched/", "runtime/net/"] },
  { area: "runtime/block/device.ts", areas: [ABI, ...SYS, "runtime/sched/", "runtime/block/"] },
  { area: "runtime/index.ts", areas: ["runtime/"] },
  { area: "runtime/info.ts", areas: [] },
  { area: "runtime/image.ts", areas: [] },
  { area: "compiler/", areas: ["compiler/", ABI, FORMAT, ZONE_FORMAT, FIBER_AREA], modules: ["*"] },
  { area: "tender/", areas: ["tender/", ABI], modules: ["*"] },
  { area: "examples/", areas: ["examples/"], modules: ["fata", "fata/keys", "fata/info", "fata/config"] },
];

const files = rules
  .map((rule) => rule.area.split("/")[0] ?? "")
  .filter((folder, index, all) => all.indexOf(folder) === index)
  .flatMap(filesUnder)
  .filter((path) => /\.(ts|c|h)$/.test(path));

/** What a file imports or includes, as the file names it: with "." at the beginning where it lies in the repository. */
function importsIn(path: string): string[] {
  const source = readRepository(path);
  return path.endsWith(".ts") ? importsOf(source) : includesOf(source);
}

/** The headers that C includes by a name in quotes, which is relative to its folder. */
function includesOf(source: string): string[] {
  return [...source.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(([, name]) => `./${name}`);
}

/** The module names that a source imports or exports from, also those of `import type` and of dynamic imports. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const pattern = /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function ruleOf(path: string): Rule | undefined {
  return rules.filter((rule) => path.startsWith(rule.area)).sort((a, b) => b.area.length - a.area.length)[0];
}

/** Why `path` may not import `name`, or undefined when it may. */
function objection(path: string, name: string): string | undefined {
  const rule = ruleOf(path);
  if (!rule) return `${path}: the import table has no row for this folder`;
  if (name.startsWith(".")) {
    const target = posix.join(posix.dirname(path), name);
    if (rule.areas.some((area) => target.startsWith(area))) return undefined;
    return `${path} imports ${target}; it may import ${rule.areas.join(", ") || "nothing"}`;
  }
  const modules = rule.modules ?? [];
  if (modules.includes(name) || (modules.includes("*") && !/^fata\b/.test(name))) return undefined;
  return `${path} imports the module ${name}; it may import ${modules.join(", ") || "none by name"}`;
}

describe("who may import whom", () => {
  test("the files of every area and their imports are seen", () => {
    for (const rule of rules)
      assert.ok(
        files.some((path) => path.startsWith(rule.area)),
        `no file under ${rule.area}`,
      );
    for (const folder of ["runtime/net/", "runtime/sched/", "compiler/", "tender/", "examples/"]) {
      const own = files.filter((path) => path.startsWith(folder));
      assert.ok(own.flatMap(importsIn).length > 0, `no import seen under ${folder}`);
    }
  });

  test("the imports of a source are found in every form", () => {
    const source = [
      'import { a,\n  b } from "./one";',
      'import "./two";',
      'export { c } from "./three";',
      'import type { D } from "./four.ts";',
      'const e = await import("five");',
      '// import { f } from "./six";',
      '/* import "./seven"; */',
      'export * from "./eight";',
      "export const from = 9;",
    ].join("\n");
    assert.deepEqual(importsOf(source), ["./one", "./two", "./three", "./four.ts", "five", "./eight"]);
  });

  test("the includes of C are found", () => {
    assert.deepEqual(includesOf('#include "one.h"\n#include <two.h>\n  # include "../three.h"\n// #include "four.h"'), [
      "./one.h",
      "./../three.h",
    ]);
    const across = files.filter((path) => importsIn(path).some((name) => name.endsWith("runtime/abi/native-abi.h")));
    assert.deepEqual(across, ["compiler/native/c/wasm-rt.h", "tender/native/elf.h"]);
  });

  test("a forbidden import is objected to", () => {
    assert.match(objection("runtime/wire/udp.ts", "../sys/log") ?? "", /imports runtime\/sys\/log; it may import/);
    assert.match(objection("runtime/net/udp.ts", "../abi/tender") ?? "", /runtime\/abi\/tender/);
    assert.match(objection("tender/native/elf.h", "./../../compiler/native/c/x.h") ?? "", /compiler\/native\/c\/x\.h/);
    assert.match(objection("tender/cli.ts", "../compiler/cli.ts") ?? "", /compiler\/cli\.ts/);
    assert.match(objection("compiler/cli.ts", "../runtime/net/udp.ts") ?? "", /runtime\/net/);
    assert.match(objection("runtime/base/hex.ts", "node:fs") ?? "", /node:fs/);
    assert.match(objection("runtime/new/x.ts", "../base/hex") ?? "", /no row/);
    assert.equal(objection("runtime/net/device.ts", "../abi/tender"), undefined);
    assert.equal(objection("compiler/cli.ts", "yargs"), undefined);
  });

  test("every file keeps to the table", () => {
    const objections = files.flatMap((path) => importsIn(path).flatMap((name) => objection(path, name) ?? []));
    assert.deepEqual(objections, []);
  });
});
