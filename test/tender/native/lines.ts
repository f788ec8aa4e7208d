/** Random command lines, most of them wrong in one way or another: both tenders must make the same of each. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Manifest } from "../../../runtime/abi/manifest.ts";
import { root } from "../../support/repository.ts";
import { nativeTender, withNative } from "../engine.ts";
import { file } from "../process.ts";
import { guest, image } from "../wat.ts";

/** What command lines may name. */
interface Files {
  readonly images: readonly string[];
  readonly disk: string;
}

const values = [
  "",
  "0",
  "1",
  "64",
  "64M",
  "64m",
  "512K",
  "1G",
  "5G",
  "64X",
  "-1",
  "01",
  "1e3",
  "true",
  "false",
  "info",
  "json",
];
const texts = ["a=b", "äöü €", "\u001b[2J", "\u009b", "two\nlines", "\u202e", "\u{1f600}", "x".repeat(5000), "--", "-"];
const options = [
  "mem",
  "quiet",
  "stats",
  "busy-poll",
  "io",
  "no-sandbox",
  "describe",
  "help",
  "version",
  "net",
  "net-mac",
  "net-offload",
  "disk",
  "block",
];
const names = ["port", "text", "flag", "count", "levels", "address", "network", "no-flag", "no-port", "logs", "prot"];
const devices = ["service", "disk", "other", "", "Service", "a b"];
const hardware = [
  "@9999",
  "@x",
  "@1",
  "lo",
  "no/tap",
  "x".repeat(16),
  "02:00:00:00:00:01",
  "03:00:00:00:00:01",
  "00:00:00:00:00:00",
  "0:0",
  ",ro",
  "unix:",
  "unix:/none/socket",
  "unix:/dev/null",
];

const of = (list: readonly string[]) => fc.constantFrom(...list);

/** --NAME, --NAME:DEVICE, each with a value or without. */
function optionWord(files: Files): fc.Arbitrary<string> {
  const paths = [files.disk, `${files.disk},ro`, "/", "/none/disk.img"];
  const value = fc.oneof(of(values), of(hardware), of(paths), of(texts));
  return fc
    .tuple(of(["--", "--", "--", "-", "---"]), of(options), fc.option(of(devices)), fc.option(value))
    .map(
      ([dashes, name, device, given]) =>
        `${dashes}${name}${device === null ? "" : `:${device}`}${given === null ? "" : `=${given}`}`,
    );
}

function argumentWord(): fc.Arbitrary<string> {
  const value = fc.oneof(
    of(values),
    of(texts),
    of(["10.0.0.1", "10.0.0.256", "10.0.0.2/24", "*:debug,arp:info", "a,b"]),
  );
  const long = fc
    .tuple(of(["--", "--", "-"]), of(names), fc.option(value))
    .map(([dashes, name, given]) => `${dashes}${name}${given === null ? "" : `=${given}`}`);
  const short = fc.tuple(of([..."ptfclanx"]), fc.option(value)).map(([letter, given]) => `-${letter}${given ?? ""}`);
  return fc.oneof(long, short, value);
}

/** Something that was typed wrong: a letter left out, doubled or changed. */
function mistyped(word: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(word, fc.nat(), of(["", "x", "-", "=", ":", "\t"])).map(([text, at, instead]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + instead + text.slice(place + 1);
  });
}

/** Options, an image, arguments: what stands before and after `--` too. */
function commandLine(files: Files): fc.Arbitrary<string[]> {
  const good = ["--help", "--version", "--describe", "--quiet", "--no-sandbox", "--mem=16", `--disk=${files.disk}`];
  const option = fc.oneof({ weight: 2, arbitrary: optionWord(files) }, of(good));
  const argument = argumentWord();
  const optionLike = fc.oneof({ weight: 6, arbitrary: option }, { weight: 1, arbitrary: mistyped(option) });
  const argumentLike = fc.oneof({ weight: 6, arbitrary: argument }, { weight: 1, arbitrary: mistyped(argument) });
  const dashes = fc.oneof({ weight: 5, arbitrary: fc.constant<string[]>([]) }, fc.constant(["--"]));
  const image = fc.oneof(
    { weight: 9, arbitrary: of(files.images).map((path) => [path]) },
    of(["/none.wasm", "/", files.disk, `${files.disk}/x`, ""]).map((path) => [path]),
    fc.constant<string[]>([]),
  );
  return fc
    .tuple(fc.array(optionLike, { maxLength: 3 }), dashes, image, dashes, fc.array(argumentLike, { maxLength: 3 }))
    .map((parts) => parts.flat());
}

/** Prints its arguments, and ends with 3. */
const talker = guest({
  rest: `(data (i32.const 0) "\\n")`,
  start: `(local $i i32) (local $length i32)
    (block $end (loop $each
      (local.set $length (call $argv (local.get $i) (i32.const 16) (i32.const 20000)))
      (br_if $end (i32.lt_s (local.get $length) (i32.const 0)))
      (call $console_write (i32.const 16) (local.get $length))
      (call $console_write (i32.const 0) (i32.const 1))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))
    (call $exit (i32.const 3)) (i64.const 0)`,
});

const argument = (name: string, short: string, type: Manifest["arguments"][number]["type"], preset = "") => ({
  ...{ name, short, type, default: preset },
  doc: `What ${name} is.`,
});

const given: Partial<Manifest> = {
  arguments: [
    argument("port", "p", "port", "80"),
    argument("text", "t", "string"),
    argument("flag", "f", "flag", "false"),
    argument("count", "c", "i32", "-7"),
    argument("levels", "l", "log-levels", "info"),
    argument("address", "a", "ipv4"),
    argument("network", "n", "ipv4-prefix", "10.0.0.2/24"),
  ],
};

function makeFiles(): Files {
  const disk = file("lines.img");
  writeFileSync(disk, Buffer.alloc(1024));
  const manifests: Partial<Manifest>[] = [
    given,
    { ...given, devices: [{ name: "disk", kind: "block" }] },
    {
      memory: { initial: 1, maximum: 16 },
      devices: [
        { name: "service", kind: "network" },
        { name: "other", kind: "network" },
        { name: "disk", kind: "block" },
      ],
    },
  ];
  const images = manifests.map((manifest, i) => {
    const path = file(`lines${i}.wasm`);
    writeFileSync(path, withNative(image(talker, manifest)));
    return path;
  });
  return { images, disk };
}

const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** How a tender ends. What it has to say of itself is left out. */
function outcome(program: string, words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env, timeout: 20_000 });
  return { status, stdout: stdout.replace(/This tender has [^.]*\.\s*/, ""), stderr };
}

/**
 * Compares the tenders on random command lines. Images have native code, which Node's tender is told to leave aside.
 * @param parameters of fast-check: how many lines, which seed
 */
export function sameOfLines(parameters: fc.Parameters<[string[]]>): void {
  const files = makeFiles();
  const property = fc.property(commandLine(files), (words) => {
    const node = [join(root, "build/tender/tender.cjs"), "--isolation=v8", ...words];
    assert.deepEqual(outcome(nativeTender, words), outcome(process.execPath, node));
  });
  fc.assert(property, parameters);
}
