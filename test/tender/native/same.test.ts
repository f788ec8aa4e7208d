/** Both tenders say the same: help, description, manifests; and Node's hands over to the native one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  argumentTypes,
  encodeManifest,
  MANIFEST_SECTION,
  type Manifest,
  parseManifest,
} from "../../../runtime/abi/manifest.ts";
import { helpText } from "../../../tender/help.ts";
import { printable } from "../../../tender/printable.ts";
import { hasKvm } from "../../support/native.ts";
import { root } from "../../support/repository.ts";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { makeFrameSocket } from "../socket.ts";
import { assemble, guest, image, plainManifest, section } from "../wat.ts";
import { compileC, imageWith } from "./guest.ts";

const nodeTender = [process.execPath, join(root, "build/tender/tender.cjs")] as const;
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

function runNode(...words: readonly string[]) {
  return spawnSync(nodeTender[0], [nodeTender[1], ...words], { encoding: "utf8", env });
}

function runNative(...words: readonly string[]) {
  return spawnSync(nativeTender, words, { encoding: "utf8" });
}

const rich: Manifest = {
  ...plainManifest,
  name: "web",
  devices: [
    { name: "service", kind: "network" },
    { name: "fast", kind: "network", offload: 255 },
    { name: "disk", kind: "block" },
  ],
  arguments: [
    { name: "port", short: "p", type: "port", default: "80", doc: "TCP port to listen on." },
    {
      name: "logs",
      short: "l",
      type: "log-levels",
      default: "info",
      doc: `${"Many words, äöü €. ".repeat(9)}\tEnd\\"`,
    },
    { name: "a-rather-long-name", short: "", type: "ipv4-prefix", default: "", doc: "An address." },
    { name: "flag", short: "", type: "flag", default: "false", doc: "" },
    { name: "peers", short: "", type: "ipv6-list", default: "::1,fd00::2", doc: "Addresses." },
    { name: "words", short: "", type: "string-list", default: "", doc: "Words." },
    { name: "every", short: "", type: "duration", default: "30s", doc: "How often." },
  ],
};

const body = assemble(guest({}));

test("--help and --describe", () => {
  const text = (out: string) => out.replace(/This tender has [^.]*\./, "");
  const paths = [rich, { ...rich, arguments: rich.arguments.slice(2) }, plainManifest].map((manifest, i) => {
    const path = file(`same${i}.wasm`);
    writeFileSync(path, image(guest({}), manifest));
    return path;
  });
  for (const words of [[], ...paths.map((p) => [p])]) {
    const native = runNative("--help", ...words);
    assert.equal(text(native.stdout), text(runNode("--help", ...words).stdout));
    assert.equal(native.status, 0);
  }
  for (const path of paths) assert.equal(runNative("--describe", path).stdout, runNode("--describe", path).stdout);
  assert.equal(runNative("--version").stdout, runNode("--version").stdout);
});

test("--help lays out any texts the same way", () => {
  const path = file("help.wasm");
  const text = fc.string({
    unit: fc.constantFrom("a", "word", " ", "  ", "\n", "x".repeat(70), "ä", "€", "\u{1f600}", "\t", "\u202e", "\\"),
    maxLength: 40,
  });
  const name = fc
    .string({ unit: fc.constantFrom("a", "b", "-", "long-"), minLength: 1, maxLength: 12 })
    .map((n) => `a${n}`);
  const argument = fc.record({
    name,
    short: fc.constantFrom("", "", "p", "q"),
    type: fc.constantFrom(...argumentTypes),
    default: text,
    doc: text,
  });
  const lists = fc.uniqueArray(argument, { minLength: 1, maxLength: 4, selector: (a) => a.name });
  const property = fc.property(lists, (list) => {
    const manifest = { ...plainManifest, arguments: list };
    if (typeof parseManifest(encodeManifest(manifest)) === "string") return;
    writeFileSync(path, Buffer.concat([body, section(MANIFEST_SECTION, Buffer.from(encodeManifest(manifest)))]));
    const own = (text: string) => text.slice(text.indexOf("\nArguments of"));
    assert.equal(own(runNative("--help", path).stdout), `${own(helpText(manifest))}\n`);
  });
  fc.assert(property, { numRuns: 300, seed: 1 });
});

/** What the native tender says of a manifest: undefined where it is right. */
function natively(text: string): string | undefined {
  const path = file("manifest.wasm");
  writeFileSync(path, Buffer.concat([body, section(MANIFEST_SECTION, Buffer.from(text))]));
  const { status, stderr } = runNative("--describe", path);
  if (status === 0) return undefined;
  assert.equal(status, 65, stderr);
  return stderr.trimEnd().replace(`tender: ${path}: `, "");
}

function sameManifest(text: string): void {
  const parsed = parseManifest(text);
  const native = natively(text);
  // What is wrong with the memory section is not the manifest's.
  if (typeof parsed !== "string") assert.ok(native === undefined || native.startsWith("its memory has"), native);
  // Another version is another thing than a mistake: tender/image.ts sees to it.
  else if (!native?.startsWith("the image speaks ABI version")) assert.equal(native, printable(parsed), text);
}

test("manifests: what is wrong is told in the same words", () => {
  const told = (change: Record<string, unknown>) => {
    const text = JSON.stringify({ ...rich, ...change });
    assert.equal(natively(text), parseManifest(text), text);
  };
  const device = (name: unknown, kind: unknown) => ({ devices: [{ name, kind }] });
  const argument = (change: object) => ({ arguments: [{ ...rich.arguments[0], ...change }] });
  told({ name: "A" });
  told({ name: "" });
  told({ version: "x".repeat(65) });
  told({ build: "0" });
  told(device("x", "disk"));
  told(device("X", "block"));
  told({ devices: [rich.devices[0], rich.devices[0]] });
  told({ devices: Array.from({ length: 65 }, (__, i) => ({ name: `d${i}`, kind: "block" })) });
  told({ memory: { initial: 2, maximum: 1 } });
  told({ memory: { initial: 65537, maximum: 65537 } });
  told({ memory: { initial: -1, maximum: 1 } });
  told(argument({ name: "-" }));
  told(argument({ short: "pp" }));
  told(argument({ short: "1" }));
  told(argument({ type: "number" }));
  told(argument({ doc: "x".repeat(4097) }));
  told({ arguments: [rich.arguments[0], { ...rich.arguments[1], short: "p" }] });
  told({ arguments: [rich.arguments[0], rich.arguments[0]] });
  told({ unknown: 1 });
});

test("manifests: texts of every kind", () => {
  const doc = (text: string) => ({ ...rich, arguments: [{ ...plainArgument, doc: text }] });
  const plainArgument = { name: "a", short: "", type: "string", default: "", doc: "" } as const;
  for (let code = 0; code < 0x120; code++) sameManifest(encodeManifest(doc(String.fromCharCode(code))));
  for (const text of [
    "\u2028",
    "\ud7ff\ue000",
    "\u{10ffff}",
    "\ud800",
    "\udc00x",
    "€".repeat(4096),
    "\u{1f600}".repeat(2049),
  ])
    sameManifest(encodeManifest(doc(text)));
  const escaped = JSON.stringify(doc("@@"));
  for (const text of [
    "\\/",
    "\\u0041",
    "\\u000A",
    "\\u000a",
    "\\u001F",
    "\\u001f",
    "\\u007f",
    "\\ud83d\\ude00",
    "\\x",
    "\\",
  ])
    sameManifest(escaped.replace("@@", text));
  for (const number of ["01", "1.0", "1e0", "-0", "+1", "0x1", "18446744073709551617", "", "null", '"1"'])
    sameManifest(JSON.stringify(rich).replace('"initial":1', `"initial":${number}`));
});

test("manifests: one byte taken out, doubled or changed", () => {
  const text = encodeManifest(rich);
  for (let at = 0; at < text.length; at += 3) {
    sameManifest(text.slice(0, at) + text.slice(at + 1));
    sameManifest(text.slice(0, at) + text.charAt(at) + text.slice(at));
    sameManifest(`${text.slice(0, at)}${String.fromCharCode(32 + ((at * 7) % 95))}${text.slice(at + 1)}`);
  }
});

const native = file("native.wasm");
// Its wasm exits with 0, its native code with 7: so one sees which of them ran.
writeFileSync(native, imageWith(compileC("protection.c"), { arguments: rich.arguments.slice(3) }));

test("Node's tender hands over where the image has native code, or is told to", () => {
  const isolations = ["--isolation=auto", "--isolation=seccomp", ...(hasKvm ? ["--isolation=kvm"] : [])];
  for (const options of [[], ...isolations.map((o) => [o]), ["--quiet", "--mem=1"]]) {
    const { status, stdout, stderr } = runNode(...options, native, "--flag");
    assert.deepEqual([status, stdout, stderr], [7, "words\n", ""]);
  }
  assert.equal(runNode("--isolation=v8", native).status, 0);
  const plain = file("plain.wasm");
  writeFileSync(plain, image(guest({})));
  assert.equal(runNode(plain).status, 0);
  for (const isolation of ["seccomp", "kvm"]) {
    const refused = runNode(`--isolation=${isolation}`, plain);
    assert.match(refused.stderr, /it has no native section for \w+; add one: fata build --native=\w+ DIR\n$/);
    assert.equal(refused.status, 65);
  }
});

test("an image that comes through a pipe cannot be handed over once it was read", () => {
  const piped = (...words: readonly string[]) =>
    spawnSync("sh", ["-c", `cat "$I" | "$@"`, "sh", ...nodeTender, ...words, "/dev/stdin"], {
      encoding: "utf8",
      env: { ...env, I: native },
    });
  assert.match(piped("--explain").stdout, /^isolation: v8 \(\/dev\/stdin is no file, which the native tender/);
  const told = piped("--explain", "--isolation=seccomp");
  assert.match(told.stdout, /^isolation: seccomp /, told.stderr);
});

test("a broken native section is no reason to run the wasm instead", () => {
  const broken = Buffer.from(readFileSync(native));
  // A digit of the build in the manifest, which the hash covers.
  broken.write("1", broken.indexOf('"build":"') + 9);
  writeFileSync(file("stale.wasm"), broken);
  const { status, stdout, stderr } = runNode(file("stale.wasm"));
  assert.equal(status, 65, stderr);
  assert.match(stderr, /is stale: the wasm has changed since/);
  assert.equal(stdout, "");
});

test("a descriptor passes through the hand-over", async () => {
  const devices = [{ name: "service", kind: "network" }] as const;
  const networked = file("networked.wasm");
  writeFileSync(networked, imageWith(compileC("protection.c"), { devices }));
  const { fd, close } = await makeFrameSocket();
  const stdio = ["ignore", "pipe", "pipe", fd] as const;
  const { status, stderr } = spawnSync(nodeTender[0], [nodeTender[1], "--net=@3", networked], {
    encoding: "utf8",
    env,
    stdio: [...stdio],
  });
  close();
  assert.deepEqual([status, stderr], [7, ""]);
});
