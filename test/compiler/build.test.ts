import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { TraceMap } from "@jridgewell/trace-mapping";
import { sectionsOf, withoutSection } from "../../compiler/pipeline/sections.ts";
import { MANIFEST_SECTION, type Manifest, parseManifest } from "../../runtime/abi/manifest.ts";
import { SimulatedTender } from "../support/tender.ts";
import { fata, fataWith, makeProject, smallest } from "./project.ts";

/** Prints every key that it has. */
const talkative = {
  "config.ts": `import { key, register, unikernel } from "fata/config";
export default register(
  "talkative",
  unikernel("./unikernel")(),
  key("hello", "Hello \\"World\\"!\\u2028*/\\n", "How to say hello. */ evil"),
  key("how-often", -3, "A number."),
  key("loud", false, "A flag."),
  key("strict", true, "A boolean.", { type: "bool" }),
  key("port", 80, "A port.", { type: "port", short: "p" }),
  key("peer", "", "An address.", { type: "ipv4" }),
  key("net", "10.0.0.0/8", "A prefix.", { type: "ipv4-prefix" }),
  key("every", "5m", "A duration.", { type: "duration", stage: "run" }),
  key("six", "", "An address.", { type: "ipv6" }),
  key("net-six", "fd00::2/64", "A prefix.", { type: "ipv6-prefix" }),
  key("words", ["a", "b"], "A list."),
  key("ports", [], "A list.", { type: "port-list" }),
  key("peers", ["10.0.0.1", "10.0.0.2"], "A list.", { type: "ipv4-list" }),
  key("nets", ["fd00::/8"], "A list.", { type: "ipv6-prefix-list" }),
  key("fixed", "a\\nb", "A text of the build.", { stage: "build" }),
  key("fixed-number", 7, "A number of the build.", { stage: "build" }),
  key("fixed-flag", true, "A flag of the build.", { stage: "build" }),
  key("fixed-time", "2h", "A duration of the build.", { type: "duration", stage: "build" }),
  key("fixed-four", "10.1.2.3", "An address of the build.", { type: "ipv4", stage: "build" }),
  key("fixed-six", "::ffff:1.2.3.4", "An address of the build.", { type: "ipv6", stage: "build" }),
  key("fixed-nets", ["1.2.3.4/8"], "A list of the build.", { type: "ipv4-prefix-list", stage: "build" }),
  key("fixed-net", "fd00::1/8", "A prefix of the build.", { type: "ipv6-prefix", stage: "build" }),
  key("fixed-ports", [], "A list of the build.", { type: "port-list", stage: "build" }),
);
`,
  "package.json": `{ "type": "module", "version": "1.2.3" }`,
  "unikernel.ts": `import { consoleWrite, formatIpv4 } from "fata";
import { keys } from "fata/keys";
export class Main {
  start(): void {
    consoleWrite("hello=" + keys.hello.replace("\\n", "|") + "\\n");
    consoleWrite("how-often=" + keys.howOften.toString() + "\\n");
    consoleWrite("loud=" + keys.loud.toString() + " strict=" + keys.strict.toString() + "\\n");
    consoleWrite("port=" + keys.port.toString() + "\\n");
    consoleWrite("peer=" + formatIpv4(keys.peer) + " net=" + keys.net.toString() + "\\n");
    consoleWrite("every=" + keys.every.toString() + " six=" + keys.six.toString());
    consoleWrite(" net-six=" + keys.netSix.toString() + " words=" + keys.words.join(";") + "\\n");
    consoleWrite("ports=" + keys.ports.join(";") + " peers=" + keys.peers.join(";"));
    consoleWrite(" nets=" + (keys.nets.length > 0 ? keys.nets[0].toString() : "none") + "\\n");
    consoleWrite(keys.fixed.replace("\\n", "|") + " " + keys.fixedNumber.toString() + keys.fixedFlag.toString());
    consoleWrite(" " + keys.fixedTime.toString() + " " + formatIpv4(keys.fixedFour) + " " + keys.fixedSix.toString());
    consoleWrite(" " + keys.fixedNets[0].toString() + " " + keys.fixedNet.toString());
    consoleWrite(" " + keys.fixedPorts.length.toString() + "\\n");
  }
}
`,
};

/** Builds with `fata build`, which must succeed. */
function build(directory: string, ...args: string[]): string {
  const { status, stdout, stderr } = fata(directory, "build", ...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

function manifestOf(image: string): Manifest {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(image)), MANIFEST_SECTION);
  const manifest = parseManifest(new TextDecoder().decode(section));
  assert(typeof manifest === "object", String(manifest));
  return manifest;
}

/** What an image prints until it exits. */
function run(image: string, ...args: string[]): string[] {
  const tender = new SimulatedTender(new WebAssembly.Module(readFileSync(image)), { arguments: args }).start().settle();
  assert.equal(tender.status, 0, tender.lines.join("\n"));
  return tender.lines;
}

describe("an image", () => {
  const directory = makeProject(talkative);
  const image = join(directory, "dist/talkative.wasm");
  /** The last line: what was fixed when it was built. */
  const fixed = "a|b 7true 7200000 10.1.2.3 ::ffff:1.2.3.4 1.2.3.4/8 fd00::1/8 0";
  let said = "";
  before(() => {
    said = build(directory, "--dev");
  });

  test("is announced with its size and the time that it took", () => {
    const size = (readFileSync(image).length / 1000).toFixed(1);
    assert.match(said, new RegExp(`^built dist/talkative\\.wasm: ${size} kB in \\d+\\.\\d s\\n$`));
  });

  test("comes with its map and the printed files, and nothing else", () => {
    const names = ["keys.ts", "main.ts", "talkative.wasm", "talkative.wasm.map"];
    assert.deepEqual(readdirSync(join(directory, "dist")).sort(), names);
  });

  test("carries a manifest", () => {
    const { arguments: keys, build: id, ...rest } = manifestOf(image);
    assert.deepEqual(
      keys.map(({ name, short, type, default: value }) => [name, short, type, value]),
      [
        ["hello", "", "string", 'Hello "World"!\u2028*/\n'],
        ["how-often", "", "i32", "-3"],
        ["loud", "", "flag", "false"],
        ["strict", "", "bool", "true"],
        ["port", "p", "port", "80"],
        ["peer", "", "ipv4", ""],
        ["net", "", "ipv4-prefix", "10.0.0.0/8"],
        ["every", "", "duration", "5m"],
        ["six", "", "ipv6", ""],
        ["net-six", "", "ipv6-prefix", "fd00::2/64"],
        ["words", "", "string-list", "a,b"],
        ["ports", "", "port-list", ""],
        ["peers", "", "ipv4-list", "10.0.0.1,10.0.0.2"],
        ["nets", "", "ipv6-prefix-list", "fd00::/8"],
        ["logs", "l", "log-levels", "info"],
      ],
    );
    assert.deepEqual([rest.name, rest.version, rest.devices], ["talkative", "1.2.3", []]);
    assert(rest.memory.initial > 0 && rest.memory.initial <= rest.memory.maximum);
    const bare = withoutSection(readFileSync(image), MANIFEST_SECTION);
    assert.equal(id, createHash("sha256").update(bare).digest("hex").slice(0, 32));
  });

  test("names its source map, once", () => {
    const urls = sectionsOf(readFileSync(image)).filter((section) => section.name === "sourceMappingURL");
    assert.equal(urls.length, 1);
    assert.equal(new TextDecoder().decode(urls[0]?.content.subarray(1)), "talkative.wasm.map");
  });

  test("has a map that leads to the user's files and the printed ones, and names the library's", () => {
    const map = new TraceMap(readFileSync(`${image}.map`, "utf8"));
    const sources = map.sources.filter((source) => !source?.startsWith("~lib/"));
    const files = sources.map((source) => resolve(directory, "dist", source ?? ""));
    for (const file of files) assert(existsSync(file), file);
    for (const name of ["unikernel.ts", "dist/main.ts", "dist/keys.ts"]) assert(files.includes(join(directory, name)));
    assert(map.sources.includes("~lib/fata/sched/fiber.ts"));
  });

  test("reads its keys' defaults", () => {
    assert.deepEqual(run(image), [
      'hello=Hello "World"!\u2028*/|',
      "how-often=-3",
      "loud=false strict=true",
      "port=80",
      "peer=0.0.0.0 net=10.0.0.0/8",
      "every=300000 six=:: net-six=fd00::2/64 words=a;b",
      "ports= peers=167772161;167772162 nets=fd00::/8",
      fixed,
    ]);
  });

  test("reads what it is given when it is run", () => {
    const given = ["--hello=Hi", "--how-often=7", "--loud=true", "--strict=false", "--port=1", "--peer=1.2.3.4"];
    given.push("--net=192.168.1.0/24", "--every=1s", "--six=fd00::1", "--net-six=::1/128", "--words=");
    assert.deepEqual(run(image, ...given, "--ports=80,443", "--peers=0.0.0.1", "--nets="), [
      "hello=Hi",
      "how-often=7",
      "loud=true strict=false",
      "port=1",
      "peer=1.2.3.4 net=192.168.1.0/24",
      "every=1000 six=fd00::1 net-six=::1/128 words=",
      "ports=80;443 peers=1 nets=none",
      fixed,
    ]);
  });

  test("refuses what cannot be, should a tender let it pass", () => {
    for (const [wrong, line] of [
      ["--port=0", '--port: "0" is not a number; expected 1 to 65535'],
      ["--peer=1.2.3", '--peer: "1.2.3" is not an IPv4 address; expected one such as 10.0.0.1'],
      ["--net=10.0.0.1", '--net: "10.0.0.1" is not an IPv4 prefix; expected one such as 10.0.0.2/24'],
      ["--six=1.2.3.4", '--six: "1.2.3.4" is not an IPv6 address; expected one such as fd00::1'],
      ["--nets=::/0,x", '--nets: "x" is not an IPv6 prefix; expected one such as fd00::2/64'],
    ] as const) {
      const module = new WebAssembly.Module(readFileSync(image));
      const tender = new SimulatedTender(module, { arguments: [wrong] }).start().settle();
      assert.equal(tender.status, 64);
      assert.deepEqual(tender.lines, [line]);
    }
  });

  test("built with other defaults has them, in the manifest, in keys.ts and when it runs", () => {
    const other = join(directory, "other.wasm");
    build(directory, "--dev", "-o", "other.wasm", "--hello=¡Hola!", "--loud", "--port=8080", "--logs=debug");
    const values = new Map(manifestOf(other).arguments.map(({ name, default: value }) => [name, value]));
    assert.deepEqual(
      ["hello", "loud", "port", "logs", "how-often"].map((name) => values.get(name)),
      ["¡Hola!", "true", "8080", "debug", "-3"],
    );
    assert.match(readFileSync(join(directory, "dist/keys.ts"), "utf8"), /i32Argument\("port", 8080, 1, 65535\)/);
    assert.deepEqual(run(other).slice(0, 4), ["hello=¡Hola!", "how-often=-3", "loud=true strict=true", "port=8080"]);
  });

  test("takes defaults from the environment, too, and the command line's before them", () => {
    const environment = { FATA_HELLO: "Hej!", FATA_HOW_OFTEN: "9", FATA_FIXED_NUMBER: "8", FATA_STRICT: "false" };
    const args = ["--dev", "--quiet", "-o", "environment.wasm", "--how-often=5", "--no-strict"];
    const { status, stderr } = fataWith(environment, directory, "build", ...args);
    assert.equal(status, 0, stderr);
    const lines = run(join(directory, "environment.wasm"));
    assert.deepEqual(lines.slice(0, 3), ["hello=Hej!", "how-often=5", "loud=false strict=false"]);
    assert.match(lines.at(-1) ?? "", /^a\|b 8true /);
  });
});

describe("fata build", () => {
  test("drops assertions with --release only, and names functions with --dev only", () => {
    const claim = `export class Main {
  start(): void {
    assert(counter == 0, "this is claimed");
  }
}
let counter = 0;
`;
    const directory = makeProject({ ...smallest, "unikernel.ts": claim });
    const image = (...args: string[]): Buffer => {
      build(directory, "--quiet", ...args);
      return readFileSync(join(directory, "dist/small.wasm"));
    };
    const hasNames = (wasm: Buffer): boolean => sectionsOf(wasm).some((section) => section.name === "name");
    const text = Buffer.from("this is claimed", "utf16le");
    const [plain, release, dev] = [image(), image("--release"), image("--dev")];
    assert.deepEqual([plain, release, dev].map(hasNames), [false, false, true]);
    assert(dev.includes(text));
    assert(!release.includes(text));
    assert(release.length < plain.length && plain.length < dev.length);
  });

  test("shows asc's errors with the path, line and column as seen from here, and a caret", () => {
    const directory = makeProject({ "app/config.ts": smallest["config.ts"] });
    writeFileSync(
      join(directory, "app/unikernel.ts"),
      `export class Main {\n  start(): i32 {\n    return "one";\n  }\n}\n`,
    );
    const { status, stdout, stderr } = fata(directory, "build", "app", "--quiet");
    assert.equal(status, 65);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `fata: small does not compile
ERROR TS2322: Type '~lib/string/String' is not assignable to type 'i32'.
   :
 3 │ return "one";
   │        ~~~~~
   └─ in app/unikernel.ts:3:12
`,
    );
  });

  test("leaves the last image alone when the next does not compile, but prints keys.ts anew", () => {
    const directory = makeProject(smallest);
    build(directory, "--dev");
    const image = readFileSync(join(directory, "dist/small.wasm"));
    writeFileSync(join(directory, "unikernel.ts"), "export class Main {");
    const config = smallest["config.ts"]
      .replace(`")())`, `")(), key("port", 80, "P."))`)
      .replace("register,", "key, register,");
    writeFileSync(join(directory, "config.ts"), config);
    assert.equal(fata(directory, "build", "--dev").status, 65);
    assert(readFileSync(join(directory, "dist/small.wasm")).equals(image));
    assert.match(readFileSync(join(directory, "dist/keys.ts"), "utf8"), /readonly port: i32/);
  });

  test("writes with -o, makes folders on the way, and says when it cannot", () => {
    const directory = makeProject(smallest);
    assert.match(build(directory, "--dev", "-o", "out/deep/my.wasm"), /^built out\/deep\/my\.wasm: /);
    assert.deepEqual(readdirSync(join(directory, "out/deep")).sort(), ["my.wasm", "my.wasm.map"]);
    mkdirSync(join(directory, "folder"));
    const { status, stderr } = fata(directory, "build", "--dev", "--quiet", "-o", "folder");
    assert.equal(stderr, "fata: -o folder: it is a folder; name a file in it\n");
    assert.equal(status, 64);
    for (const taken of ["config.ts", "/dev/null"]) {
      const refused = fata(directory, "build", "--quiet", "-o", taken);
      assert.equal(refused.stderr, `fata: -o ${taken}: it is there and is no image; choose another name\n`);
      assert.equal(refused.status, 64);
    }
    assert.match(build(directory, "--dev", "-o", "out/deep/my.wasm"), /^built /);
    const under = fata(directory, "build", "--dev", "--quiet", "-o", "config.ts/app.wasm");
    assert.match(
      under.stderr,
      /^fata: cannot write config\.ts\/app\.wasm\.map: its folder is a file; choose another place/,
    );
    const nowhere = fata(directory, "build", "--dev", "--quiet", "-o", "/proc/x/app.wasm");
    assert.match(nowhere.stderr, /^fata: cannot write \/proc\/x\/app\.wasm\.map: no file can be made there; choose/);
    assert.deepEqual(readdirSync(directory).sort(), ["config.ts", "dist", "folder", "out", "unikernel.ts"]);
  });

  test("tells its stages line by line where there is no terminal, and nothing with --quiet", () => {
    const directory = makeProject(smallest);
    assert.equal(fata(directory, "build", "--dev").stderr, "reading config.ts ...\ncompiling ...\noptimising ...\n");
    const quiet = fata(directory, "build", "--dev", "--quiet");
    assert.deepEqual([quiet.stdout, quiet.stderr], ["", ""]);
  });
});
