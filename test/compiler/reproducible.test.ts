/** An image is a function of the project, the keys and this package; of nothing else that a build can see. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { architectures } from "../../compiler/native/architecture.ts";
import { fataWith, makeProject, root } from "./project.ts";

/** A project with a device, a key, a module of its own and texts in static data. */
const files = {
  "config.ts": `import { key, network, register, stack, unikernel } from "fata/config";
const main = unikernel("./unikernel", { net: "stack" });
export default register("same", main({ net: stack(network("service")) }), key("greeting", "Grüße", "What to say."));
`,
  "unikernel.ts": `import { log, Stack } from "fata";
import { keys } from "fata/keys";
import { Speaker } from "./lib/speaker";
export class Main {
  constructor(private net: Stack) {}
  start(): void {
    log.info(new Speaker(keys.greeting).say());
  }
}
`,
  "lib/speaker.ts": `export class Speaker {
  constructor(private text: string) {}
  say(): string {
    return ["I say", this.text, Math.sin(<f64>this.text.length).toString()].join(" ");
  }
}
`,
};

/** Places and surroundings for one build each. */
const folder = makeProject({ "home/a/.keep": "", "home/b/.keep": "", "tmp/.keep": "" });
const deep = "some/where/deeper down/ünter";
const surroundings = [
  {
    project: makeProject(files),
    workingDirectory: root,
    variables: { TZ: "UTC", LC_ALL: "C", XDG_CACHE_HOME: join(folder, "home/a") },
  },
  {
    project: join(makeProject(Object.fromEntries(Object.entries(files).map(([k, v]) => [`${deep}/${k}`, v]))), deep),
    workingDirectory: "/",
    variables: {
      TZ: "Asia/Kathmandu",
      LC_ALL: "tr_TR.UTF-8",
      LANG: "de_DE.UTF-8",
      HOME: join(folder, "home/b"),
      XDG_CACHE_HOME: join(folder, "home/b"),
      TMPDIR: join(folder, "tmp"),
      USER: "somebody",
      NODE_ENV: "production",
      SOURCE_DATE_EPOCH: "1",
      CPATH: "/usr/include",
      FORCE_COLOR: "1",
    },
  },
] as const;

/** All that a build writes, by name. */
function product(project: string): Map<string, string> {
  const dist = join(project, "dist");
  return new Map(readdirSync(dist).map((name) => [name, readFileSync(join(dist, name)).toString("base64")]));
}

const modes = [["--dev"], [`--native=${architectures.map(({ name }) => name).join(",")}`]];

for (const mode of modes) {
  describe(`fata build ${mode.join(" ")}`, () => {
    const products: Map<string, string>[] = [];
    before(() => {
      for (const { project, workingDirectory, variables } of surroundings) {
        const { status, stderr } = fataWith(
          { ...variables, IMAGE_COMPILER: "" },
          workingDirectory,
          "build",
          project,
          "--quiet",
          ...mode,
        );
        assert.equal(status, 0, stderr);
        products.push(product(project));
      }
    });

    for (const name of ["same.wasm", "same.wasm.map", "main.ts", "keys.ts"])
      test(`gives the same ${name} in another folder, place, language and time zone`, () => {
        const [one, other] = products.map((written) => written.get(name));
        assert(one !== undefined && one.length > 100);
        assert(one === other, `${name} differs`);
      });

    test("gives no name of a folder away", () => {
      for (const written of products)
        for (const [name, content] of written) {
          const text = Buffer.from(content, "base64").toString("latin1");
          for (const path of [folder, root, "deeper down", "fata-project-", "/tmp/"])
            assert(!text.includes(path), `${name}: ${path}`);
        }
    });
  });
}
