/** What `npm pack` puts into the package. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { architectures } from "../../compiler/native/architecture.ts";
import { root } from "../support/repository.ts";

test("the package holds the native tenders and what builds them anew, and nothing that only building needs", () => {
  // The scripts would build what is built.
  const list = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(list) as [{ files: { path: string; mode: number }[] }];
  const paths = files.map((file) => file.path);
  for (const { name } of architectures) {
    const tender = files.find((file) => file.path === `build/native/${name}/tender`);
    assert.equal((tender?.mode ?? 0) & 0o111, 0o111, `the tender for ${name} can be executed`);
  }
  for (const path of [
    "tender/native/tender.mk",
    "tender/native/main.c",
    "runtime/abi/native-abi.h",
    "docs/isolation.md",
    "editor/tsconfig.unikernel.json",
    "examples/hello/unikernel.ts",
  ])
    assert.ok(paths.includes(path), path);
  assert.deepEqual(
    paths.filter((path) => /\.(o|a|d)$|^test|^build\/(test|tools|bench)|^examples\/[^/]+\/dist/.test(path)),
    [],
  );
});
