/** `fata init` as a user has it: the package packed, installed from a registry, in a folder that knows nothing of this one. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Registry } from "../../support/registry.ts";
import { readRepository, root } from "../../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-install-"));
const project = join(folder, "my-app");
let registry: Registry;

before(async () => {
  // The scripts would build what is built.
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: "pipe" }));
  registry = await Registry.start(join(folder, filename), JSON.parse(readRepository("package.json")));
});
after(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

/** Runs a program in the project. @returns all that it prints, and its exit status */
async function run(command: string, ...args: string[]): Promise<{ status: number; output: string }> {
  const env = {
    ...process.env,
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, "cache"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
  const cwd = existsSync(project) ? project : folder;
  const result = promisify(execFile)(command, args, { cwd, env, encoding: "utf8" });
  return result.then(
    ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ status: code, output: stdout + stderr }),
  );
}

async function succeed(command: string, ...args: string[]): Promise<string> {
  const { status, output } = await run(command, ...args);
  assert.equal(status, 0, output);
  return output;
}

/** Type-checks the project with one text of its files replaced. @returns the errors */
async function typeErrors(file: string, text: string, replacement: string): Promise<string> {
  const path = join(project, file);
  const right = readFileSync(path, "utf8");
  assert(right.includes(text));
  writeFileSync(path, right.replace(text, replacement));
  const { status, output } = await run("npm", "run", "--silent", "check");
  assert.notEqual(status, 0);
  writeFileSync(path, right);
  return output;
}

describe("a new project, from the packed package", { concurrency: 1 }, () => {
  test("is made by npx, and asks for the version that made it", async () => {
    await succeed("npx", "--yes", "fata", "init", "my-app", "--template=network");
    const { name, dependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    const { version } = JSON.parse(readRepository("package.json"));
    assert.deepEqual({ name, dependencies }, { name: "my-app", dependencies: { fata: `^${version}` } });
  });

  test("is installed, type-checked, built and described", async () => {
    await succeed("npm", "install");
    assert.equal(await succeed("npm", "run", "--silent", "check"), "");
    assert.match(await succeed("npx", "fata", "build"), /^built dist\/my-app\.wasm: /m);
    assert.match(await succeed("npx", "tender", "--describe", "dist/my-app.wasm"), /^ *my-app 0\.1\.0/m);
    assert.equal(await succeed("npm", "run", "--silent", "check"), "");
  });

  test("a wrong device, and a slip of the pen on either side, are errors of types", async () => {
    assert.match(
      await typeErrors("config.ts", 'stack(network("service"), { dhcp: false })', 'network("service")'),
      /^config\.ts\(5,\d+\): error .*'Device<"network">' is not assignable to type 'Device<"stack">'/,
    );
    assert.match(
      await typeErrors("unikernel.ts", "new UdpSocket", "new UdpSockt"),
      /^unikernel\.ts\(11,\d+\): error .*Did you mean 'UdpSocket'\?/,
    );
    assert.match(
      await typeErrors("unikernel.ts", "socket.bind(PORT)", 'socket.bind("echo")'),
      /^unikernel\.ts\(12,\d+\): error .*not assignable to parameter of type 'number'/,
    );
  });

  test("the links of its README lead to files", () => {
    const readme = readFileSync(join(project, "README.md"), "utf8");
    const links = [...readme.matchAll(/\]\(([^)#]+)/g)].map(([, target = ""]) => target);
    assert(links.length >= 3);
    assert.deepEqual(
      links.filter((target) => !existsSync(join(project, target))),
      [],
    );
  });

  test("of the packed file itself, it asks for that file", async () => {
    const other = join(folder, "other");
    mkdirSync(other);
    const { version } = JSON.parse(readRepository("package.json"));
    writeFileSync(join(other, "package.json"), "{}");
    await succeed("npm", "install", "--prefix", other, "--ignore-scripts", join(folder, `fata-${version}.tgz`));
    await succeed(join(other, "node_modules/.bin/fata"), "init", join(other, "second"), "--template=hello");
    const { dependencies } = JSON.parse(readFileSync(join(other, "second/package.json"), "utf8"));
    assert.deepEqual(dependencies, { fata: `file:../../fata-${version}.tgz` });
  });
});
