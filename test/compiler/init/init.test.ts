import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { projectFiles, similarName } from "../../../compiler/init/project.ts";
import { templates } from "../../../compiler/init/templates.ts";
import { writeProject } from "../../../compiler/init/write.ts";
import { Terminal } from "../../support/terminal.ts";
import { fata, makeProject, root } from "../project.ts";

/** Files that a project has besides its template's. */
const OWN = [
  ".gitignore",
  "README.md",
  "package.json",
  "tsconfig.config.json",
  "tsconfig.json",
  "tsconfig.unikernel.json",
];

const NAMES = templates.map(({ name }) => name).join(", ");

describe("fata init", () => {
  test("makes a project that builds, with the name of its folder", () => {
    const folder = makeProject({});
    const { status, stdout } = fata(folder, "init", "a/my-app", "--template=hello");
    assert.equal(status, 0);
    assert.equal(
      stdout,
      `made a/my-app: config.ts, unikernel.ts, package.json, tsconfig.json, tsconfig.config.json, tsconfig.unikernel.json, .gitignore, README.md
Now type:
  cd a/my-app
  npm install
  npx fata build
README.md tells how to run it.
`,
    );
    assert.equal(fata(join(folder, "a/my-app"), "build", "--dev", "--quiet").status, 0);
    assert(existsSync(join(folder, "a/my-app/dist/my-app.wasm")));
  });

  test("makes it in the folder where one stands, beside what is there, with a name that is given", () => {
    const folder = makeProject({ LICENSE: "mine" });
    const { status, stdout } = fata(folder, "init", ".", "-t", "noop", "--name=other");
    assert.equal(status, 0);
    assert.match(stdout, /^made \.: .*\nNow type:\n {2}npm install\n/);
    assert.match(readFileSync(join(folder, "config.ts"), "utf8"), /register\("other"/);
  });

  test("of a clone of this repository, a project asks for the clone", () => {
    const folder = makeProject({});
    fata(folder, "init", "app", "--template=hello");
    const { dependencies } = JSON.parse(readFileSync(join(folder, "app/package.json"), "utf8"));
    assert.deepEqual(dependencies, { fata: `file:${relative(join(folder, "app"), root)}` });
  });

  test("--help lists the templates", () => {
    const { stdout } = fata(".", "init", "--help");
    for (const { name, doc } of templates) assert.match(stdout, new RegExp(`^ {2}${name} +${doc}$`, "m"));
  });
});

describe("each template", () => {
  for (const template of templates) {
    const files = projectFiles("/somewhere/my-app", "my-app", template);

    test(`${template.name}: the files of its example, but for the name`, () => {
      const folder = join(root, "examples", template.example);
      const example = readdirSync(folder).filter((name) => !["README.md", "tsconfig.json", "dist"].includes(name));
      assert.deepEqual([...files.keys()].sort(), [...example, ...OWN].sort());
      for (const name of example) {
        const text = readFileSync(join(folder, name), "utf8").replace(
          `register("${template.example}"`,
          'register("my-app"',
        );
        assert.equal(String(files.get(name)), text);
      }
    });

    test(`${template.name}: its README tells what to type there`, () => {
      const readme = String(files.get("README.md"));
      assert.match(readme, /^# my-app\n/);
      assert.match(readme, /^npm install$[\s\S]*^npx fata build/m);
      assert.match(readme, /^npx tender .*dist\/my-app\.wasm/m);
      assert.doesNotMatch(readme, /examples\/[a-z-]+\/dist|fata build examples|^fata |^tender |`tender |<!--/m);
    });
  }
});

describe("fata init refuses", () => {
  /** @returns what it says */
  function refusal(folder: string, ...args: string[]): string {
    const before = readdirSync(folder, { recursive: true });
    const { status, stdout, stderr } = fata(folder, "init", ...args);
    assert.equal(status, 64, stderr);
    assert.equal(stdout, "");
    assert.deepEqual(readdirSync(folder, { recursive: true }), before);
    return stderr.trimEnd();
  }
  const empty = makeProject({});

  test("no template or no folder, where nobody can be asked", () => {
    assert.equal(refusal(empty), `fata: expected a template: fata init DIR --template=NAME, one of ${NAMES}`);
    assert.equal(refusal(empty, "app"), `fata: expected a template: fata init app --template=NAME, one of ${NAMES}`);
    assert.equal(refusal(empty, "-t", "hello"), "fata: expected a folder: fata init DIR --template=hello");
  });

  test("an unknown template, with the nearest one", () => {
    assert.equal(
      refusal(empty, "app", "--template=netwrok"),
      `fata: there is no template "netwrok"; did you mean network? The templates are ${NAMES}`,
    );
    assert.equal(
      refusal(empty, "app", "--template=website"),
      `fata: there is no template "website"; the templates are ${NAMES}`,
    );
    assert.equal(refusal(empty, "app", "--template"), "fata: --template needs a value; see fata --help");
    assert.equal(refusal(empty, "app", "-t", "hello", "-t", "noop"), "fata: --template is given twice");
  });

  test("a name that is no image's, with one that is", () => {
    const expected = "expected at most 64 lower-case letters, digits and hyphens, a letter first";
    assert.equal(
      refusal(empty, "My App", "-t", "hello"),
      `fata: "My App" is no name of an image; ${expected}; give one with --name=my-app`,
    );
    assert.match(
      refusal(empty, "app", "-t", "hello", "--name=1"),
      /^fata: "1" is no name of .*; give one with --name=my-app$/,
    );
    assert.equal(
      refusal(empty, "fata", "-t", "hello"),
      'fata: "fata" is the name of a package that the project needs; give one with --name=fata-app',
    );
  });

  test("a folder that is a file, lies below one, or has no name", () => {
    const folder = makeProject({ file: "" });
    const other = "choose another folder";
    assert.equal(refusal(folder, "file", "-t", "hello"), `fata: file is there already and is no folder; ${other}`);
    assert.equal(
      refusal(folder, "file/app", "-t", "hello"),
      `fata: cannot write file/app/config.ts: its folder is a file; ${other}`,
    );
    assert.equal(refusal(folder, "", "-t", "hello"), "fata: the folder's name is empty; name one: fata init DIR");
  });

  test("a folder in which nothing can be made", () => {
    assert.equal(
      refusal(empty, "/proc/app", "-t", "hello"),
      "fata: cannot write /proc/app/config.ts: no file can be made there; choose another folder",
    );
  });

  test("to overwrite a file, and names it", () => {
    for (const file of ["package.json", "unikernel.ts", ".gitignore", "tsconfig.json"]) {
      const folder = makeProject({ [`app/${file}`]: "mine" });
      assert.equal(
        refusal(folder, "app", "-t", "hello"),
        `fata: app/${file} is there already, and is not overwritten; choose another folder`,
      );
      assert.equal(readFileSync(join(folder, "app", file), "utf8"), "mine");
    }
    const folder = makeProject({ "README.md": "", "config.ts": "" });
    assert.match(
      refusal(folder, ".", "-t", "hello", "--name=app"),
      /^fata: config\.ts \(and 1 more\) is there already, and is not overwritten/,
    );
  });

  test("to write through a link that leads nowhere", () => {
    const folder = makeProject({ "app/notes": "" });
    symlinkSync(join(folder, "elsewhere"), join(folder, "app/config.ts"));
    assert.match(refusal(folder, "app", "-t", "hello"), /^fata: app\/config\.ts is there already/);
  });
});

test("what was written is removed when a file cannot be", () => {
  const folder = makeProject({ "app/notes": "" });
  const directory = join(folder, "app");
  const files = new Map([
    ["sub/first", ""],
    ["first", ""],
    ["first/second", ""],
  ]);
  assert.throws(() => writeProject(directory, files), /cannot write .*first\/second: its folder is a file/);
  assert.deepEqual(readdirSync(directory), ["notes"]);
});

test("a name is made of what was meant", () => {
  assert.deepEqual(["My App", "Über uns", "2nd", "...", "-", "x".repeat(70), "typescript"].map(similarName), [
    "my-app",
    "u-ber-uns",
    "nd",
    "my-app",
    "my-app",
    "x".repeat(64),
    "typescript-app",
  ]);
});

describe("fata init on a terminal", () => {
  const init = `${process.execPath} ${join(root, "build/compiler/cli.js")} init`;
  const DOWN = "\u001b[B";

  test("asks for the template and the folder, and again for one that cannot be", async () => {
    const folder = makeProject({ "taken/config.ts": "" });
    const terminal = new Terminal(init, folder);
    const end = terminal.end();
    await terminal.answer("at first?", `${DOWN}${DOWN}\r`);
    await terminal.answer("In which folder?", "taken\r");
    await terminal.answer("taken/config.ts is there already", `${"\u007f".repeat(5)}app\r`);
    assert.equal(await end, 0);
    assert.match(terminal.shown, /made app: .*\n/);
    assert(existsSync(join(folder, "app/unikernel.ts")));
    assert.match(readFileSync(join(folder, "app/README.md"), "utf8"), /Five loops at once/);
  });

  test("asks for the folder alone when the template is given; Enter takes what is proposed", async () => {
    const folder = makeProject({});
    const terminal = new Terminal(`${init} --template=noop`, folder);
    const end = terminal.end();
    await terminal.answer("In which folder?", "\r");
    assert.equal(await end, 0);
    assert(existsSync(join(folder, "my-noop/config.ts")));
  });

  test("Ctrl-C makes nothing", async () => {
    const folder = makeProject({});
    const terminal = new Terminal(`${init} app`, folder);
    const end = terminal.end();
    await terminal.answer("at first?", "\u0003");
    assert.equal(await end, 130);
    assert.match(terminal.shown, /Nothing was made/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
