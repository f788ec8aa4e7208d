import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { formatSize, splitKeys } from "../../compiler/commands/build.ts";
import { reservedKeys } from "../../compiler/config/key.ts";
import { ProjectError } from "../../compiler/errors.ts";
import { packageVersion } from "../../compiler/package.ts";
import { PRINTED } from "../../compiler/print/text.ts";
import { loadProject } from "../../compiler/project/load.ts";
import { fata, fataWith, makeProject, root, smallest } from "./project.ts";

/** A config.ts around one expression that makes a job. */
function config(job: string, language = "block, key, network, register, stack, unikernel"): string {
  return `import { ${language} } from "fata/config";\n${job}\n`;
}

/** Runs `fata build` on a project with this config.ts. @returns the line that it says, without its progress */
function refusal(text: string, status = 65, ...args: string[]): string {
  return refusalWithLine(text, status, ...args).replace(/\n \d+ │ [\s\S]*/, "");
}

/** The same with the line that is wrong, and a caret. */
function refusalWithLine(text: string, status = 65, ...args: string[]): string {
  const directory = makeProject({ ...smallest, "config.ts": text });
  const result = fata(directory, "build", "--quiet", ...args);
  assert.equal(result.status, status, result.stderr);
  assert.equal(result.stdout, "");
  return result.stderr.trimEnd();
}

describe("fata", () => {
  test("--help names every command", () => {
    const { status, stdout } = fata(".", "--help");
    assert.equal(status, 0);
    for (const part of [
      "fata init [dir]",
      "fata build [dir]",
      "fata clean [dir]",
      "--help",
      "--version",
      "tender IMAGE.wasm",
    ])
      assert(stdout.includes(part), part);
  });

  test("build --help names every option", () => {
    const { status, stdout } = fata(".", "build", "--help");
    assert.equal(status, 0);
    for (const part of ["-o, --output", "--dev", "--release", "--quiet", "--KEY=VALUE", "-h, --help"])
      assert(stdout.includes(part), part);
    assert.equal(fata(".", "build", "-h").stdout, stdout);
  });

  test("what it prints arrives as a whole where it is read slowly, and it ends where nobody reads on", () => {
    const keys = "...Array.from({ length: 2000 }, (_, i) => key('k'.repeat(60) + i, 0, 'What for.'))";
    const text = config(`export default register("a", unikernel("./unikernel")(), ${keys});`);
    const directory = makeProject({ ...smallest, "config.ts": text });
    const { status, stdout } = fata(directory, "describe");
    assert.equal(status, 0);
    const piped = (reader: string) => {
      const line = `"$0" "$1" describe 2>&1 | ${reader}`;
      const words = ["-c", line, process.execPath, join(root, "build/compiler/cli.js")];
      return spawnSync("sh", words, { cwd: directory, encoding: "utf8" }).stdout;
    };
    assert.ok(stdout.length > 150_000);
    assert.equal(piped("(sleep 1; cat)"), stdout);
    assert.equal(piped("head -n 1"), `${stdout.split("\n")[0]}\n`);
  });

  test("--version prints the version of the package", () => {
    assert.equal(fata(".", "--version").stdout, `${packageVersion}\n`);
  });

  test("refuses a missing and an unknown command, an unknown option, too many folders", () => {
    const cases: [string[], RegExp][] = [
      [[], /^fata: expected a command, such as fata build; see fata --help$/m],
      [["biuld"], /^fata: there is no such command; did you mean fata build\?$/m],
      [["start", "DIR"], /^fata: there is no command start; see fata --help$/m],
      [["build", "-x"], /^fata: unknown argument x; see fata --help$/m],
      [["build", "a", "b"], /^fata: unknown argument b; see fata --help$/m],
      [["build", "--dev", "--release"], /^fata: --dev and --release exclude each other$/m],
      [["build", "-o"], /^fata: -o needs a value; see fata --help$/m],
      [["build", "--output="], /^fata: -o needs a value: the image's file$/m],
      [["build", "-o", "a", "-o", "b"], /^fata: -o is given twice; expected one file$/m],
      [["clean", "--port=1"], /^fata: unknown argument port; see fata --help$/m],
    ];
    for (const [args, message] of cases) {
      const { status, stderr, stdout } = fata(".", ...args);
      assert.match(stderr, message);
      assert.equal(status, 64);
      assert.equal(stdout, "");
    }
  });

  test("the options of fata build are names that no key can have", () => {
    const { rest } = splitKeys(reservedKeys.map((name) => `--${name}`));
    const names = rest.map((word) => word.replace(/=.*/, ""));
    assert.deepEqual(names.concat("--logs").sort(), reservedKeys.map((name) => `--${name}`).sort());
  });

  test("keys are told from options, and keep their text", () => {
    const { rest, keys } = splitKeys(["build", "dir", "--port=010", "--dev", "--hello=a=b\nc", "--loud", "-o", "x"]);
    assert.deepEqual(rest, ["build", "dir", "--dev", "-o", "x"]);
    assert.deepEqual(
      [...keys],
      [
        ["port", "010"],
        ["hello", "a=b\nc"],
        ["loud", undefined],
      ],
    );
  });

  test("sizes are told in thousands", () => {
    assert.deepEqual([812, 12_345, 999_999, 1_234_567].map(formatSize), ["0.8 kB", "12.3 kB", "1000.0 kB", "1.2 MB"]);
  });
});

describe("fata build refuses", () => {
  test("a folder that is no project, and says what to type", () => {
    const empty = makeProject({});
    const here = fata(empty, "build");
    assert.match(here.stderr, /fata: there is no config\.ts in this folder; name a project's folder: fata build DIR$/m);
    assert.equal(here.status, 64);
    assert.match(fata(empty, "build", "nowhere").stderr, /fata: there is no folder nowhere; name a project's folder/);
    writeFileSync(join(empty, "file"), "");
    for (const path of ["file", "file/sub"])
      assert.match(fata(empty, "build", path).stderr, /fata: there is no folder file/);
    mkdirSync(join(empty, "sub"));
    assert.match(
      fata(empty, "build", "sub").stderr,
      /fata: there is no config\.ts in sub; a project's folder holds one/,
    );
  });

  test("a syntax error, with its line and a caret", () => {
    assert.equal(
      refusalWithLine(`const a = 1;\n\tconst b = = 2;\n`),
      "fata: config.ts:2: Unexpected token\n 2 │ \tconst b = = 2;\n   │ \t          ^",
    );
  });

  test("an error of types in config.ts or a file that it imports, with its line and a caret", () => {
    const directory = makeProject({
      ...smallest,
      "config.ts": `import { readdirSync } from "node:fs";
import { key, register, unikernel } from "fata/config";
import { count } from "./count";
const names = readdirSync(".").map((name) => name.length + process.pid);
const start = key("start", names.length, "Where to start.", { type: "i32" });
const port = key("port", count, "TCP port.", { kind: "b" });
export default register("small", unikernel("./unikernel", { start: "i32" })({ start }), port);
`,
      "count.ts": `export const count: number = JSON.parse("1") as string;\n`,
    });
    const { status, stderr } = fata(directory, "build", "--quiet");
    assert.equal(status, 65, stderr);
    // TypeScript has the files in its own order.
    const [first = "", second = "", ...more] = stderr
      .replace("fata: ", "")
      .trimEnd()
      .split(/\n(?=\w+\.ts:)/)
      .sort();
    assert.deepEqual(more, []);
    assert.equal(
      first,
      `config.ts:6: TS2353: Object literal may only specify known properties, and 'kind' does not exist in type 'KeyOptions<"i32">'.
 6 │ const port = key("port", count, "TCP port.", { kind: "b" });
   │                                                ^`,
    );
    assert.equal(
      second,
      `count.ts:1: TS2322: Type 'string' is not assignable to type 'number'.
 1 │ export const count: number = JSON.parse("1") as string;
   │              ^`,
    );
    assert(!existsSync(join(directory, "dist/small.wasm")));
  });

  test("a config.ts that throws, with the line that threw", () => {
    assert.equal(refusal(`interface A {\n  a: 1;\n}\nthrow new TypeError("no");`), "fata: config.ts:4: TypeError: no");
    assert.equal(
      refusal(config(`export default nothing();`, "nothing")),
      "fata: config.ts:2: TypeError: nothing is not a function",
    );
    assert.equal(refusal(`throw 5;`), "fata: config.ts threw 5");
    assert.equal(refusal(`throw Object.create(null);`), "fata: config.ts threw something that cannot be shown");
    assert.equal(
      refusal(`const later = async () => {\n  throw new Error("late");\n};\nlater();\nexport default 1;`),
      "fata: config.ts:2: late",
    );
    assert.match(refusal(`import "./nothing";`), /^fata: config\.ts:1: Cannot find module '\.\/nothing'$/);
  });

  test("a config.ts that never ends, or leaves something behind", async () => {
    const endless = makeProject({ "config.ts": "while (true);\nexport default 1;" });
    await assert.rejects(loadProject(endless, 2000), (error: Error) => {
      assert.match(error.message, /config\.ts has not ended within 2 s; it only describes the image/);
      return error instanceof ProjectError;
    });
    // In a process of its own: the hooks of node:test do not stand it that promises are stopped.
    const behindPromises = makeProject({
      ...smallest,
      "config.ts": `${smallest["config.ts"]}\n(async () => { for (;;) await 1; })();`,
    });
    const script = `import { loadProject } from ${JSON.stringify(pathToFileURL(join(root, "build/compiler/project/load.js")))};
loadProject(${JSON.stringify(behindPromises)}, 2000).catch((error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    assert.match(stdout, /config\.ts has not ended within 2 s/);
    assert.equal(
      refusal("\nprocess.exit(0);"),
      "fata: config.ts:2: config.ts ends the process; it only describes the image",
    );
    const lost =
      "config.ts, or a function of it that makes a file, has ended the process, or waits for what never comes";
    assert.equal(refusal(`setTimeout(() => process.exit(0), 0);\n${smallest["config.ts"]}`), `fata: ${lost}`);
    const waits = config(
      `export default register("a", unikernel("./unikernel")(), file("a", () => new Promise<string>(() => {})));`,
      "file, register, unikernel",
    );
    assert.equal(refusal(waits), `fata: ${lost}`);
    assert.equal(
      refusal("const one = 1;\nexport default await Promise.resolve(one);"),
      "fata: config.ts:2: config.ts cannot await anything: what it describes must be there at once",
    );
    const directory = makeProject({
      ...smallest,
      "config.ts": `setInterval(() => {}, 1000);\n${smallest["config.ts"]}`,
    });
    assert.equal(fata(directory, "describe").status, 0);
  });

  test("a config.ts without a registration", () => {
    assert.match(
      refusal("export const a = 1;"),
      /^fata: config\.ts:1: it has no default export; expected export default/,
    );
    assert.match(refusal("export default 1;"), /^fata: config\.ts:1: its default export is no registration; expected/);
  });

  test("a wrong device, with the lines of both", () => {
    const text = config(`const disk = block("storage");
const job = unikernel("./unikernel", { net: "stack" });
export default register("app", job({ net: disk as any }));`);
    assert.equal(
      refusal(text),
      'fata: config.ts:4: unikernel "./unikernel" needs a stack as "net", but is given a block, declared at config.ts:2',
    );
  });

  test("each mistake with its line and a caret under the call", () => {
    assert.equal(
      refusalWithLine(config(`const net = stack(network("Service"));`)),
      `fata: config.ts:2: the name of a network device is "Service"; expected lower-case letters, digits and hyphens, a letter first
 2 │ const net = stack(network("Service"));
   │                   ^`,
    );
    assert.match(
      refusalWithLine(config(`  const disk = unikernel("./u", { disk: "block" })({ disk: 5 as any });`)),
      /but is given a number\n 2 │ {3}const disk = .*\n {3}│ {3}\^$/,
    );
  });

  test("a mistake in a file that config.ts imports, with that file's line", () => {
    const directory = makeProject({
      ...smallest,
      "config.ts": `import { disk } from "./disk";\nexport default disk;\n`,
      "disk.ts": `import { block } from "fata/config";\n\nexport const disk = block("A");\n`,
    });
    assert.match(fata(directory, "build").stderr, /^fata: disk\.ts:3: the name of a block device is "A"; expected/m);
  });

  test("a module that does not exist", () => {
    assert.equal(
      refusal(config(`export default register("app", unikernel("./missing")());`)),
      "fata: config.ts:2: there is no missing.ts; expected a module with a class Main",
    );
    const folder = makeProject({ "config.ts": smallest["config.ts"], "unikernel.ts/other.ts": "" });
    assert.match(
      fata(folder, "build", "--quiet").stderr,
      /^fata: config\.ts:2: a folder is unikernel\.ts; expected a module with a class Main\n/,
    );
  });

  test("a project in which nothing can be written", () => {
    const directory = makeProject({ ...smallest, dist: "" });
    assert.equal(fata(directory, "build", "--quiet").stderr, "fata: cannot write dist/main.ts: its folder is a file\n");
  });

  test("an unknown key, with the nearest one and all of them", () => {
    const text = config(`const port = key("port", 80, "A port.");
export default register("app", unikernel("./unikernel")(), port);`);
    assert.equal(
      refusal(text, 64, "--prot=8080"),
      "fata: unknown option --prot; did you mean --port? The keys of this project are --port, --logs",
    );
    assert.match(refusal(text, 64, "--relaese"), /^fata: unknown option --relaese; did you mean --release\?/);
    assert.equal(
      refusal(text, 64, "--something"),
      "fata: unknown option --something; the keys of this project are --port, --logs",
    );
  });

  test("a key's value that is none", () => {
    const text = config(`const port = key("port", 80, "A port.", { type: "port" });
export default register("app", unikernel("./unikernel")(), port);`);
    // The tender says the same.
    assert.equal(
      refusal(text, 64, "--port=http"),
      'fata: --port: "http" is not a value; expected a port from 1 to 65535',
    );
    assert.equal(refusal(text, 64, "--port"), "fata: --port needs a value: a port from 1 to 65535");
    assert.match(refusal(text, 64, "--logs=loud"), /^fata: --logs: "loud" is not a value; expected quiet, error/);
    assert.equal(refusal(text, 64, "--port=1", "--port=2"), "fata: --port is given twice");
    assert.match(refusal(text, 64, "--no-port"), /^fata: unknown option --no-port; did you mean --port\?/);
  });

  test("a value from the environment that is none", () => {
    const text = config(`const port = key("port", 80, "A port.", { type: "port" });
export default register("app", unikernel("./unikernel")(), port);`);
    const directory = makeProject({ ...smallest, "config.ts": text });
    const { status, stderr } = fataWith({ FATA_PORT: "http" }, directory, "build", "--quiet");
    assert.equal(stderr, 'fata: FATA_PORT: --port: "http" is not a value; expected a port from 1 to 65535\n');
    assert.equal(status, 64);
  });

  test("a flag that is on and off, a value for what is given when the image runs", () => {
    const text = config(`const keys = [key("loud", false, "A flag."), key("later", "", "A text.", { stage: "run" })];
export default register("app", unikernel("./unikernel")(), ...keys);`);
    assert.equal(refusal(text, 64, "--loud", "--no-loud"), "fata: --loud is given twice");
    assert.equal(refusal(text, 64, "--no-loud=true"), "fata: --no-loud=true: a flag that is turned off takes no value");
    assert.equal(
      refusal(text, 64, "--later=1"),
      "fata: --later is given when the image runs: tender IMAGE.wasm --later=VALUE",
    );
  });

  test("to overwrite a file that is not its own", () => {
    const directory = makeProject({ ...smallest, "dist/main.ts": "// mine\n" });
    const { status, stderr } = fata(directory, "build");
    assert.match(
      stderr,
      /fata: dist\/main\.ts was not printed by fata; move it away: mv dist\/main\.ts dist\/main\.ts\.old/,
    );
    assert.equal(status, 65);
    assert.equal(readFileSync(join(directory, "dist/main.ts"), "utf8"), "// mine\n");
  });
});

describe("fata clean", () => {
  const printed = "// Printed by `fata build` from config.ts. Read it; changes to it are lost.\n";

  test("removes dist with all that fata build writes", () => {
    const files = { "dist/main.ts": printed, "dist/keys.ts": printed, "dist/app.wasm": "", "dist/app.wasm.map": "" };
    const directory = makeProject({ ...smallest, ...files });
    assert.equal(fata(directory, "clean").stdout, "removed dist\n");
    assert.deepEqual(readdirSync(directory).sort(), ["config.ts", "unikernel.ts"]);
    assert.equal(fata(directory, "clean").stdout, "there is no dist\n");
  });

  test("leaves a dist with anything else in it", () => {
    for (const foreign of ["notes.txt", "main.ts", "sub/app.wasm"]) {
      const directory = makeProject({ "dist/keys.ts": printed, [`dist/${foreign}`]: "mine\n" });
      const { status, stderr } = fata(directory, "clean");
      assert.match(stderr, /^fata: dist holds \S+, which fata did not write; look at it, then type: rm -r dist$/m);
      assert.equal(status, 65);
      assert(existsSync(join(directory, "dist", foreign)));
      assert(existsSync(join(directory, "dist/keys.ts")));
    }
  });

  test("does not follow a link of the notes of files that were made", () => {
    const [elsewhere, project] = [makeProject({ mine: "" }), makeProject(smallest)];
    symlinkSync(elsewhere, join(project, "link"));
    mkdirSync(join(project, "dist"));
    writeFileSync(join(project, "dist/files.txt"), `${PRINTED}\nlink/mine\n`);
    assert.equal(fata(project, "clean").stdout, "removed dist\n");
    assert(existsSync(join(elsewhere, "mine")));
  });

  test("does not follow a link", () => {
    const directory = makeProject({ "elsewhere/app.wasm": "mine" });
    symlinkSync("elsewhere", join(directory, "dist"));
    assert.equal(fata(directory, "clean").status, 65);
    assert(existsSync(join(directory, "elsewhere/app.wasm")));
  });

  test("says when dist is a file, or the project is not there", () => {
    const directory = makeProject({});
    assert.match(fata(directory, "clean", "nowhere").stderr, /^fata: there is no folder nowhere; name a project's/m);
    writeFileSync(join(directory, "dist"), "");
    assert.match(fata(directory, "clean").stderr, /^fata: dist is no folder; look at it/m);
  });
});
