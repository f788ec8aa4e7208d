/**
 * `npm test`: the checks, then the tests, then one line that says how it went.
 *
 *     npm test                     everything but the files *.long.test.ts
 *     npm run test:long            these only
 *     npm test -- test/compiler    the files whose path holds one of the words, without the checks
 *
 * With CI set in the environment a skipped test is a failure: there, nothing may be missing that a test needs.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { CompilerServer } from "./compiler/server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** No file of tests takes longer, unless it hangs. */
const FILE_TIMEOUT_MS = 15 * 60_000;

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Test files by their sources, so that what is left in build/ of a removed test does not run.
 * @param long whether the files *.long.test.ts are wanted, or all others
 * @param words a path must hold one of them, when there are any
 */
function testFiles(long: boolean, words: readonly string[]): string[] {
  return (readdirSync(join(root, "test"), { recursive: true }) as string[])
    .filter((path) => path.endsWith(".test.ts") && path.endsWith(".long.test.ts") === long)
    .map((path) => `test/${path}`)
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort();
}

/** Runs files of tests, two at a time, and adds to the count. */
async function runFiles(files: readonly string[], count: Count): Promise<void> {
  if (files.length === 0) return;
  const compiled = files.map((path) => join(root, "build", path.replace(/\.ts$/, ".js")));
  const stream = run({ files: compiled, concurrency: 2, timeout: FILE_TIMEOUT_MS });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    if (event.skip !== undefined || event.todo !== undefined) count.skipped++;
    else if (compiled.includes(event.name)) {
      // node:test reports a file in which no test was defined as one test that passed.
      count.failed++;
      console.error(`${event.name}: no test in this file`);
    } else count.passed++;
  });
  stream.on("test:fail", (event) => {
    if (event.details.type !== "suite") count.failed++;
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await once(report, "end");
}

const words = process.argv.slice(2).filter((word) => word !== "--long");
const long = process.argv.includes("--long");
const files = testFiles(long, words);
const count: Count = { passed: 0, failed: 0, skipped: 0 };

if (files.length === 0) {
  console.error(`no test file holds ${words.join(" or ")}`);
  count.failed++;
}
if (words.length === 0 && !long) {
  const check = spawnSync(process.execPath, [join(root, "build/tools/check.js")], { stdio: "inherit" });
  if (check.status === 0) count.passed++;
  else count.failed++;
}
// Images are compiled by processes that stay warm, and equal ones once.
const compiler = await new CompilerServer(2).start();
process.env["IMAGE_COMPILER"] = compiler.path;
// Tests with real taps and live processes come last, when nothing is compiled besides. Each is in namespaces of its own. The
// longest, which runs the others again, comes first.
const live = files.filter((path) => path.startsWith("test/e2e/"));
await runFiles(
  files.filter((path) => !live.includes(path)),
  count,
);
const first = (path: string) => path === "test/e2e/native.test.ts";
await runFiles([...live.filter(first), ...live.filter((path) => !first(path))], count);
compiler.end();

const missed = count.skipped > 0 && Boolean(process.env["CI"]);
if (missed) console.error("CI is set: a skipped test counts as a failure");
console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 || missed ? 1 : 0;
