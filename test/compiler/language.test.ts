/** Projects that use the whole language of config.ts, and a device that is defined outside this repository. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import binaryen from "binaryen";
import { SimulatedTender } from "../support/tender.ts";
import { compareGolden, fata, fataWith, makeProject, smallest } from "./project.ts";

/** A kind of its own with two devices, as a package in node_modules; a functor over it, applied twice. */
const weather = {
  "node_modules/fata-weather/package.json": `{ "name": "fata-weather", "type": "module", "exports": "./config.ts" }`,
  "node_modules/fata-weather/config.ts": `import { type Device, foreign, key, kind } from "fata/config";

export const sensor = kind("sensor");
const make = foreign("./code/thermometer", { offset: "i32" }, sensor);

/** A thermometer. */
export function thermometer(group = ""): Device<"sensor"> {
  return make({ offset: key(group ? group + "-offset" : "offset", 20, "Degrees that it shows too much.") });
}
`,
  "node_modules/fata-weather/code/sensor.ts": `export abstract class Sensor {
  abstract read(): i32;
}
`,
  "node_modules/fata-weather/code/thermometer.ts": `import { Sensor } from "./sensor";

export class Thermometer extends Sensor {
  constructor(private offset: i32) {
    super();
  }

  read(): i32 {
    return 1 + this.offset;
  }
}
`,
  "config.ts": `import { foreign, match, option, register, unikernel } from "fata/config";
import { sensor, thermometer } from "fata-weather";

const where = option("where", ["garden", "lab"], "Where it measures.");
const source = match(where, {
  garden: thermometer(),
  lab: foreign("./lab#Oven", {}, sensor)(),
});
const twice = foreign("./twice", { sensor }, sensor);
const show = unikernel("./unikernel", { sensor });
const other = unikernel("./other/unikernel", { left: sensor, right: sensor });

export default register(
  "weather",
  show({ sensor: twice({ sensor: source }) }),
  show({ sensor: source }),
  other({ left: source, right: thermometer("second") }),
);
`,
  "lab.ts": `import { Sensor } from "./node_modules/fata-weather/code/sensor";

export class Oven extends Sensor {
  read(): i32 {
    return 200;
  }
}
`,
  "twice.ts": `import { Sensor } from "./node_modules/fata-weather/code/sensor";

export class Twice<S extends Sensor> extends Sensor {
  constructor(private sensor: S) {
    super();
  }

  read(): i32 {
    return 2 * this.sensor.read();
  }
}
`,
  "unikernel.ts": `import { consoleWrite, yieldNow } from "fata";
import { Sensor } from "./node_modules/fata-weather/code/sensor";

export class Main<S extends Sensor> {
  constructor(private sensor: S) {}

  start(): void {
    for (let i = 0; i < 2; i++) {
      consoleWrite("it is " + this.sensor.read().toString() + "\\n");
      yieldNow();
    }
  }
}
`,
  "other/unikernel.ts": `import { consoleWrite } from "fata";
import { Sensor } from "../node_modules/fata-weather/code/sensor";

/** Generic in the second of its devices only. */
export class Main<R extends Sensor> {
  constructor(
    private left: Sensor,
    private right: R,
  ) {}

  start(): void {
    consoleWrite("both: " + this.left.read().toString() + ", " + this.right.read().toString() + "\\n");
  }
}
`,
};

function run(image: string, ...args: string[]): string[] {
  const tender = new SimulatedTender(new WebAssembly.Module(readFileSync(image)), { arguments: args }).start().settle();
  assert.equal(tender.status, 0, tender.lines.join("\n"));
  return tender.lines;
}

describe("devices, kinds, options and jobs of a project's own", () => {
  const directory = makeProject(weather);
  const image = join(directory, "dist/weather.wasm");
  before(() => {
    const { status, stderr } = fata(directory, "build", "--quiet");
    assert.equal(status, 0, stderr);
  });

  test("are wired by main.ts", () => {
    compareGolden("weather.main.ts.txt", readFileSync(join(directory, "dist/main.ts"), "utf8"));
  });

  test("are described as a tree, a graph and JSON", () => {
    const describe = (...args: string[]): string => {
      const { status, stdout, stderr } = fata(directory, "describe", ...args);
      assert.equal(status, 0, stderr);
      return stdout;
    };
    compareGolden("weather.describe.txt", describe());
    compareGolden("weather.describe.dot", describe(".", "--dot"));
    compareGolden("weather.describe.json", describe("--json"));
    assert.match(describe("--where=lab", "--second-offset=7"), /by --where=lab[\s\S]* "7" by --second-offset/);
    const environment = fataWith({ FATA_SECOND_OFFSET: "9" }, directory, "describe");
    assert.match(environment.stdout, /default "9" by FATA_SECOND_OFFSET/);
  });

  test("are listed by the help of fata build", () => {
    const { stdout, status } = fata(".", "build", directory, "--help");
    assert.equal(status, 0);
    assert.match(
      stdout,
      /--where +Where it measures\.\s+\[string\] \[choices: "garden", "lab"\] \[default: "garden"\]/,
    );
    assert.match(stdout, /--second-offset +Degrees that it shows too much\.\s+\[string\] \[default: "20"\]/);
    const broken = makeProject({ "config.ts": "\nthrow new Error('no');" });
    assert.match(
      fata(broken, "build", "-h").stdout.replace(/\s+/g, " "),
      /The keys of this project cannot be listed: config\.ts:2: no $/,
    );
  });

  test("the image is described, too", () => {
    const { stdout, status, stderr } = fata(directory, "describe", "dist/weather.wasm");
    assert.equal(status, 0, stderr);
    const size = statSync(image).size;
    for (const part of ["weather 0.0.0\n", `size         ${size} bytes\n`, '  --offset (i32, default "20"): Degrees'])
      assert(stdout.includes(part), stdout);
    assert.match(stdout, /\nbuild {8}[0-9a-f]{32}\n/);
    assert.match(stdout, /imports:\n(.*\n)*? {2}tender\.argv \(function\)\n/);
    assert.match(stdout, /exports:\n(.*\n)*? {2}memory \(memory\)\n/);
    assert.match(stdout, /sections:\n {2}type \(\d+ bytes\)\n(.*\n)* {2}fata\.manifest \(\d+ bytes\)\n$/);
    const told = JSON.parse(fata(directory, "describe", "--json", "dist/weather.wasm").stdout);
    assert.deepEqual([told.name, told.size, told.imports[0].module], ["weather", size, "tender"]);
    for (const [args, message, expected] of [
      [["dist/none.wasm"], "dist/none.wasm: there is no such image; build one: fata build DIR", 65],
      [
        ["dist/weather.wasm", "--dot"],
        "--dot draws a project's devices, and an image is none: fata describe DIR --dot",
        64,
      ],
      [["dist/weather.wasm", "--offset=1"], "--offset is for a project: what an image is made of is fixed", 64],
      [["nowhere"], "there is no folder nowhere; name a project's folder: fata build DIR", 64],
      [["--dot", "--json"], "--dot and --json exclude each other", 64],
    ] as const) {
      const refused = fata(directory, "describe", ...args);
      assert.equal(refused.stderr, `fata: ${message}\n`);
      assert.equal(refused.status, expected);
    }
  });

  test("run side by side", () => {
    assert.deepEqual(run(image), ["it is 42", "it is 21", "both: 21, 21", "it is 42", "it is 21"]);
    assert.deepEqual(run(image, "--offset=1", "--second-offset=2"), [
      "it is 4",
      "it is 2",
      "both: 2, 3",
      "it is 4",
      "it is 2",
    ]);
  });

  test("call each other directly: no call of the image is indirect", () => {
    const module = binaryen.readBinary(readFileSync(image));
    try {
      const text = module.emitText();
      assert.match(text, /\(call \$/);
      assert.doesNotMatch(text, /call_indirect|call_ref/);
    } finally {
      module.dispose();
    }
  });

  test("are chosen by an option, on the command line or from the environment", () => {
    assert.equal(fata(directory, "build", "--dev", "--quiet", "--where=lab").status, 0);
    assert.deepEqual(run(image).slice(0, 3), ["it is 400", "it is 200", "both: 200, 21"]);
    const unused = fata(directory, "build", "--dev", "--quiet", "--where=lab", "--offset=3");
    assert.match(
      unused.stderr,
      /^fata: unknown option --offset; the keys of this project are --second-offset, --logs, --where$/m,
    );
    assert.equal(fataWith({ FATA_WHERE: "lab" }, directory, "build", "--dev", "--quiet").status, 0);
    assert.equal(run(image)[1], "it is 200");
    const wrong = fata(directory, "build", "--where=moon");
    assert.match(wrong.stderr, /^fata: --where=moon: expected one of garden, lab$/m);
    assert.equal(wrong.status, 64);
    assert.match(
      fata(directory, "build", "--where").stderr,
      /^fata: --where needs a value; expected one of garden, lab$/m,
    );
  });
});

describe("files that config.ts has made", () => {
  const config = (files: string): string => `import { file, register, unikernel } from "fata/config";
export default register("small", unikernel("./unikernel")(), ${files});
`;

  test("are made when they are missing, and removed by fata clean", () => {
    const files = `file("disk.img", 1 << 20), file("sub/text", "text"), file("bytes", (path) => Buffer.from(path.slice(-5)))`;
    const directory = makeProject({ ...smallest, "config.ts": config(files), mine: "mine" });
    assert.equal(fata(directory, "build", "--dev", "--quiet").status, 0);
    assert.equal(statSync(join(directory, "disk.img")).size, 1 << 20);
    assert.equal(statSync(join(directory, "disk.img")).blocks, 0);
    assert.equal(readFileSync(join(directory, "sub/text"), "utf8"), "text");
    assert.equal(readFileSync(join(directory, "bytes"), "utf8"), "bytes");
    // What is in them since then stays.
    writeFileSync(join(directory, "disk.img"), "data");
    assert.equal(fata(directory, "build", "--dev", "--quiet").status, 0);
    assert.equal(readFileSync(join(directory, "disk.img"), "utf8"), "data");
    const { stdout, status } = fata(directory, "clean");
    assert.equal(stdout, "removed disk.img\nremoved sub/text\nremoved bytes\nremoved dist\n");
    assert.equal(status, 0);
    assert.deepEqual(readdirSync(directory).sort(), ["config.ts", "mine", "sub", "unikernel.ts"]);
  });

  test("are left alone when they were there before", () => {
    const directory = makeProject({ ...smallest, "config.ts": config(`file("mine", 5)`), mine: "mine" });
    assert.equal(fata(directory, "build", "--dev", "--quiet").status, 0);
    assert.equal(fata(directory, "clean").stdout, "removed dist\n");
    assert.equal(readFileSync(join(directory, "mine"), "utf8"), "mine");
    writeFileSync(join(directory, "config.ts"), config(`file("mine", "5", { always: true })`));
    const { stderr, status } = fata(directory, "build", "--quiet");
    assert.match(stderr, /^fata: config\.ts:2: mine was not made by fata; move it away: mv mine mine\.old\n 2 │ /);
    assert.equal(status, 65);
  });

  test("may be the code of a device, made anew with each build", () => {
    const directory = makeProject({
      "config.ts": `import { readFileSync } from "node:fs";
import { file, foreign, kind, register, unikernel } from "fata/config";
const words = kind("words");
const code = file(
  "dist/greeting.ts",
  () => {
    const text = readFileSync(new URL("greeting.txt", import.meta.url), "utf8");
    return \`export class Greeting {\\n  readonly text: string = \${JSON.stringify(text)};\\n}\\n\`;
  },
  { always: true },
);
export default register("greet", unikernel("./unikernel", { words })({ words: foreign(code, {}, words)() }));
`,
      "greeting.txt": "Hello!",
      "unikernel.ts": `import { consoleWrite } from "fata";
import { Greeting } from "./dist/greeting";
export class Main {
  constructor(private greeting: Greeting) {}
  start(): void {
    consoleWrite(this.greeting.text + "\\n");
  }
}
`,
    });
    const image = join(directory, "dist/greet.wasm");
    for (const text of ["Hello!", "Hola!"]) {
      writeFileSync(join(directory, "greeting.txt"), text);
      const { status, stderr } = fata(directory, "build", "--dev", "--quiet");
      assert.equal(status, 0, stderr);
      assert.deepEqual(run(image), [text]);
    }
    assert.equal(fata(directory, "clean").stdout, "removed dist\n");
    assert(!existsSync(join(directory, "dist")));
  });

  test("that cannot be made are told with their line", () => {
    for (const [files, message] of [
      [`file("../x", 1)`, 'file("../x"): expected the path of a file in the project\'s folder'],
      [`file("/x", 1)`, 'file("/x"): expected the path of a file in the project\'s folder'],
      [`file("config.ts", 1)`, 'file("config.ts"): choose another place'],
      [`file("x", -1)`, 'file("x"): expected a number of bytes, a text, bytes or a function, found a number'],
      [`file("x", () => { throw new Error("no mkfs here"); })`, 'file("x"): no mkfs here'],
      [`file("x", () => {})`, 'file("x"): its function has returned no content, and made no file'],
      [`file("x", 1), file("x", 2)`, 'a file "x" was declared already at config.ts:2; give one another name'],
      [`file("unikernel.ts/x", 1)`, "cannot write unikernel.ts/x: its folder is a file"],
    ] as const) {
      const directory = makeProject({ ...smallest, "config.ts": config(files) });
      const { status, stderr } = fata(directory, "build", "--quiet");
      const [line, ...excerpt] = stderr.trimEnd().split("\n");
      assert(line?.endsWith(message) && [0, 2].includes(excerpt.length), stderr);
      assert.equal(status, 65);
    }
  });
});
