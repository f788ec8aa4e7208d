/**
 * What `fata deploy systemd` writes, against test/compiler/deploy/golden/, and what systemd's own programs say of it.
 * After a wanted change:
 *
 *     npm run build && UPDATE_GOLDEN=1 node --test build/test/compiler/deploy/deploy.test.js && git diff test/compiler/deploy
 *
 * test/e2e/systemd/ installs it on a machine and runs it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { withSection } from "../../../compiler/pipeline/sections.ts";
import { encodeManifest, MANIFEST_SECTION, type Manifest } from "../../../runtime/abi/manifest.ts";
import { ABI_VERSION } from "../../../runtime/abi/tender.ts";
import { fata, makeProject, root } from "../project.ts";

const goldenFolder = join(root, "test/compiler/deploy/golden");

const manifest: Manifest = {
  abi: ABI_VERSION,
  name: "website",
  version: "0.1.0",
  devices: [
    { name: "service", kind: "network" },
    { name: "data", kind: "block" },
  ],
  memory: { initial: 4, maximum: 65536 },
  arguments: [
    { name: "hello", short: "", type: "string", default: "Hello", doc: "How to say hello." },
    { name: "ipv4", short: "", type: "ipv4-prefix", default: "10.0.0.2/24", doc: "Its address." },
  ],
  build: "00000000000000000000000000000000",
};

/** A module with nothing but this manifest and, where asked for, a section for native code. */
function imageOf(changes: Partial<Manifest> = {}, ...native: string[]): Uint8Array {
  const manifestText = new TextEncoder().encode(encodeManifest({ ...manifest, ...changes }));
  const wasm = withSection(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), MANIFEST_SECTION, manifestText);
  return native.reduce((bytes, name) => withSection(bytes, `native.${name}`, new Uint8Array(8)), wasm);
}

/** A folder with an image. */
function folderWith(image: Uint8Array): string {
  const folder = makeProject({});
  writeFileSync(join(folder, "website.wasm"), image);
  return folder;
}

const plain = folderWith(imageOf());
const native = folderWith(imageOf({}, "x86_64", "aarch64"));
const offline = folderWith(imageOf({ devices: [], name: "hello" }));

const devices = ["--net=tap100", "--disk=/var/lib/website.img"];

/** Runs `fata deploy systemd website.wasm`. */
function deploy(folder: string, ...args: string[]) {
  return fata(folder, "deploy", "systemd", "website.wasm", ...args);
}

/** Deploys to a folder below that of the image. @returns the folder */
function deployed(folder: string, output: string, ...args: string[]): string {
  const { status, stderr } = deploy(folder, `--output=${output}`, ...args);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return join(folder, output);
}

/** All text files below a folder, by path. */
function textOf(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => statSync(join(folder, path)).isFile() && !path.endsWith(".wasm"))
    .sort()
    .map((path) => `==> /${path} <==\n${readFileSync(join(folder, path), "utf8")}`)
    .join("\n");
}

/** Runs one of systemd's programs, to a good end without complaints. @returns what it prints */
function systemd(...command: string[]): string {
  const [program = "", ...args] = command;
  // A manager to ask is not there, and not wanted.
  const env = { ...process.env, SYSTEMD_LOG_LEVEL: "warning" };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", env });
  assert.equal(error, undefined, "systemd's programs are missing; type: tools/setup");
  assert.equal(stderr, "");
  assert.equal(status, 0, stdout);
  return stdout;
}

function unit(folder: string, name = "website"): string {
  return join(folder, `etc/systemd/system/${name}.service`);
}

const bridged = ["--bridge=br100", "--bridge-address=10.0.0.1/24", "--", "--ipv4=10.0.0.7/24"];

describe("what is written", () => {
  const cases: Record<string, () => string> = {
    bridge: () => deployed(native, "bridge", ...devices, ...bridged),
    node: () => deployed(plain, "node", ...devices, "--mem=256M", "--restart=on-failure", "--tender=/opt/fata/tender"),
    disks: () => deployed(native, "disks", "--net=t", "--disk=/dev/vda1,ro", "--isolation=kvm", "--user=pirate"),
    offline: () => deployed(offline, "offline", "--tender=/opt/tender", "--restart=no", "--name=job"),
  };
  for (const [name, make] of Object.entries(cases))
    test(name, () => {
      const text = textOf(make());
      const path = join(goldenFolder, `${name}.txt`);
      if (process.env["UPDATE_GOLDEN"] === "1") {
        mkdirSync(goldenFolder, { recursive: true });
        writeFileSync(path, text);
      }
      assert.equal(text, readFileSync(path, "utf8"), `${path}; after a wanted change set UPDATE_GOLDEN=1`);
    });

  test("is what the command says, with the commands to install it", () => {
    const { stdout } = deploy(native, "-o", "said", ...devices, "--", "--hello=");
    const [files = "", commands = ""] = stdout.split("\n\n");
    for (const line of files.split("\n").slice(1)) assert(existsSync(join(native, "said", line.trim())), line);
    assert.match(commands, /^ {2}cp -r said\/\. \/$/m);
    assert.match(commands, /^ {2}chown fata-website: "\/var\/lib\/website\.img"$/m);
    assert.match(commands, /^ {2}systemctl enable --now website\.service$/m);
  });

  test("holds the image", () => {
    const folder = deployed(native, "image", ...devices);
    assert.deepEqual(
      readFileSync(join(folder, "usr/local/lib/fata/website.wasm")),
      Buffer.from(imageOf({}, "x86_64", "aarch64")),
    );
  });

  test("is not written over other content without --force", () => {
    const folder = deployed(native, "twice", ...devices);
    deployed(native, "twice", ...devices);
    const before = readFileSync(unit(folder), "utf8");
    const refused = deploy(native, "--output=twice", ...devices, "--mem=65M");
    assert.match(refused.stderr, /website\.service: there already, with other content; to overwrite it add --force/);
    assert.equal(refused.status, 64);
    assert.equal(readFileSync(unit(folder), "utf8"), before);
    deployed(native, "twice", ...devices, "--mem=65M", "--force");
    assert.match(readFileSync(unit(folder), "utf8"), /--mem=65M/);
  });
});

describe("systemd", () => {
  const hostile = `--hello=%n $HOME \${HOME} $$ "'\\ ;\t\u0001\u202e\n[Service]\nUser=root é 😀`;

  test("accepts the units", () => {
    const disk = "--disk=/var/lib/a disk, 100% $full;.img,ro";
    for (const [folder, name, ...args] of [
      [native, "website", ...devices, ...bridged],
      [plain, "website", "--net=tap-1_0.a", disk, "--", hostile],
      [native, "website", "--net=tap100", "--disk=/dev/disk/by-id/a b%,ro", "--isolation=kvm"],
      [offline, "hello"],
    ] as const) {
      const output = deployed(folder, "verify", "--force", "--tender=/bin/true", ...args);
      // `man` is for documentation, which the units do not name.
      assert.equal(systemd("systemd-analyze", "verify", "--man=no", unit(output, name)), "");
    }
  });

  test("finds the services hardly exposed", () => {
    for (const [folder, name, ...args] of [
      [native, "website", ...devices],
      [plain, "website", ...devices],
      [offline, "hello"],
    ] as const) {
      const output = deployed(folder, "security", "--force", "--tender=/bin/true", ...args);
      // In tenths; without any of it a service has 96.
      const threshold = ["--offline=true", "--threshold=15"];
      assert.match(systemd("systemd-analyze", "security", ...threshold, unit(output, name)), /Overall exposure level/);
    }
  });

  test("makes the user", () => {
    const output = deployed(native, "users", ...devices);
    // On an empty machine: nothing of this one is touched.
    const empty = makeProject({ "etc/passwd": "", "etc/group": "", "etc/shadow": "", "etc/gshadow": "" });
    const { status, stderr } = spawnSync("systemd-sysusers", [
      `--root=${empty}`,
      join(output, "etc/sysusers.d/fata-website.conf"),
    ]);
    assert.equal(status, 0, stderr.toString());
    assert.match(
      readFileSync(join(empty, "etc/passwd"), "utf8"),
      /^fata-website:.*:Unikernel website:\/:\/usr\/sbin\/nologin$/m,
    );
    assert.match(readFileSync(join(empty, "etc/group"), "utf8"), /^kvm:/m);
  });
});

describe("refuses", () => {
  const cases: [string, string[], RegExp][] = [
    [plain, [], /the network device "service" is not attached; add --net:service=tap100; website declares service/],
    [plain, ["--net=tap100"], /device "data" is not attached; add --disk:data=\/var\/lib\/disk\.img/],
    [plain, [...devices, "--net:lan=tap1"], /--net:lan: there is no network device "lan"; website declares/],
    [plain, [...devices, "--net:service=tap1"], /--net:service is given twice/],
    [offline, ["--net=tap100"], /--net: there is no network device; hello declares no devices/],
    [plain, ["--net"], /--net needs a value: --net=TAP/],
    [plain, ["--net=", "x"], /--net needs a value/],
    [plain, ["--net=@3", "--disk=/a"], /nobody passes a descriptor to a service; name a tap, such as tap100/],
    ...["tap/0", "tap%n", "a-name-of-16-chars", "tap 0", "-tap", "0", "é", "tap*", "all"].map(
      (tap): [string, string[], RegExp] => [
        plain,
        [`--net=${tap}`, "--disk=/a"],
        /expected at most 15 letters, digits/,
      ],
    ),
    [plain, [...devices, "--bridge"], /--bridge needs a value; see fata --help/],
    [plain, [...devices, "-o", "a", "-o", "b"], /--output is given twice/],
    [plain, [...devices, "--bridge=tap100"], /tap100 is named twice; each tap and the bridge have a name of their own/],
    [plain, [...devices, "--bridge-address=10.0.0.1/24"], /--bridge-address needs a bridge; add --bridge=br100/],
    [
      plain,
      [...devices, "--bridge=b", "--bridge-address=10.0.0.1"],
      /--bridge-address=10\.0\.0\.1: expected an IPv4 add/,
    ],
    [offline, ["--bridge=br100"], /--bridge: no network device is attached to a tap; leave it out/],
    [plain, [...devices, "--net-mac=01:00:00:00:00:00"], /--net-mac: 01:00:00:00:00:00 is a group's Ethernet address/],
    [
      plain,
      ["--net=tap100", "--disk=disk.img"],
      /--disk: "disk\.img" is not an absolute path; expected such as \/var\/lib\//,
    ],
    [
      plain,
      ["--net=tap100", "--disk=/tmp/disk.img"],
      /out of the service's sight, which has a \/tmp of its own; move the/,
    ],
    [plain, ["--net=tap100", "--disk=/var/../etc/shadow"], /write \/var\/\.\.\/etc\/shadow without \/\/, \. and \.\./],
    [plain, ["--net=tap100", '--disk=/var/lib/"a".img'], /systemd takes no path with quotes/],
    [
      plain,
      ["--net=tap100", "--disk=/var/lib/a\nUser=root"],
      /systemd takes no path with quotes, backslashes, control/,
    ],
    [plain, [...devices, "--mem=1T"], /--mem=1T: expected a size such as 64M, 512K or 1G/],
    [plain, [...devices, "--mem=64K"], /--mem=64K is too small: website needs at least --mem=256K/],
    [plain, [...devices, "--mem=1M", "--mem=2M"], /--mem is given twice/],
    [
      plain,
      [...devices, "--isolation=seccomp"],
      /the image has no native code; build it with: fata build DIR --native/,
    ],
    [plain, [...devices, "--isolation=xen"], /--isolation=xen: expected one of "auto", "v8", "seccomp", "kvm"$/m],
    [plain, [...devices, "--name=A b"], /--name=A b: expected lower-case letters, digits and hyphens, such as website/],
    [plain, [...devices, "--user=root"], /--user=root: a service that needs no rights; leave the option out/],
    [plain, [...devices, "--user=a b"], /--user=a b: expected at most 31 lower-case letters/],
    [
      plain,
      [...devices, `--name=${"a".repeat(40)}`],
      /is too long for a user, of 31 characters at most; add --user=USER/,
    ],
    [plain, [...devices, "--tender=tender"], /--tender: "tender" is not an absolute path/],
    [plain, [...devices, "--tender=/opt/$HOME/tender"], /no program with a dollar sign in its path/],
    [plain, [...devices, "--", "--port=80"], /website has no argument --port; it has --hello, --ipv4/],
    [
      plain,
      [...devices, "--", "--ipv4=10.0.0.2"],
      /--ipv4: "10\.0\.0\.2" is not a value; expected an IPv4 address and/,
    ],
    [plain, [...devices, "--", "80"], /"80" is not an argument of website; they are given as --name=value/],
    [plain, [...devices, "--unknown"], /unknown argument unknown/],
    [plain, [...devices, "--install", "--output=x"], /--output and --install exclude each other/],
  ];
  for (const [folder, args, message] of cases)
    test(args.join(" ") || "no options", () => {
      const { status, stderr, stdout } = deploy(folder, ...args);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.equal(status, 64);
      assert.equal(stdout, "");
    });

  test("what is no image", () => {
    const folder = makeProject({ "text.wasm": "text" });
    writeFileSync(join(folder, "bare.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    writeFileSync(join(folder, "old.wasm"), imageOf({ abi: 65535 }));
    for (const [file, message] of [
      ["none.wasm", /there is no such image; build one: fata build DIR/],
      ["text.wasm", /this is no image; build one: fata build DIR/],
      ["bare.wasm", /it is wasm, but has no manifest; images are built with: fata build DIR/],
      ["old.wasm", /the image speaks ABI version 65535, not 1; build it anew: fata build DIR/],
    ] as const) {
      const { status, stderr } = fata(folder, "deploy", "systemd", file);
      assert.match(stderr, message);
      assert.equal(status, 65);
    }
  });

  test("another command, and none", () => {
    assert.match(fata(plain, "deploy").stderr, /expected what to deploy to: fata deploy systemd IMAGE/);
    assert.match(
      fata(plain, "deploy", "sytemd").stderr,
      /there is no such command; did you mean fata deploy systemd\?$/m,
    );
    assert.match(
      fata(plain, "deploy", "systemd").stderr,
      /expected an image: fata deploy systemd IMAGE; see fata deploy --help$/m,
    );
  });
});
