/** The image's own arguments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManifestArgument } from "../../runtime/abi/manifest.ts";
import { readArguments } from "../../tender/arguments.ts";
import { isNative } from "./engine.ts";
import { file, refuses, tender } from "./process.ts";
import { guest, plainManifest, writeImage } from "./wat.ts";

const argument = (name: string, type: ManifestArgument["type"], preset = "", short = ""): ManifestArgument => ({
  name,
  short,
  type,
  default: preset,
  doc: "",
});

const manifest = {
  ...plainManifest,
  name: "web",
  arguments: [
    argument("logs", "string", "info", "l"),
    argument("count", "i32", "1"),
    argument("port", "port", "80", "p"),
    argument("verbose", "flag", "false", "v"),
    argument("strict", "bool", "true"),
    argument("gateway", "ipv4"),
    argument("ipv4", "ipv4-prefix", "10.0.0.2/24"),
    argument("peers", "ipv6-list", "::1"),
    argument("every", "duration", "30s"),
  ],
};

/** Prints its arguments, each with a zero behind. */
const echoing = isNative
  ? writeImage(
      file("arguments.wasm"),
      guest({
        start: `(local $i i32) (local $n i32)
          (loop $l
            (local.set $n (call $argv (local.get $i) (i32.const 0) (i32.const 60000)))
            (if (i32.ge_s (local.get $n) (i32.const 0)) (then
              (call $console_write (i32.const 0) (local.get $n))
              (call $console_write (i32.const 65535) (i32.const 1))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $l))))
          (call $exit (i32.const 0)) (i64.const 0)`,
      }),
      manifest,
    )
  : "";

async function read(...words: string[]): Promise<string[]> {
  if (!isNative) return readArguments(manifest, words);
  return (await tender(echoing, ...words)).stdout.toString().split("\0").slice(0, -1);
}

async function refused(words: readonly string[], message: RegExp): Promise<void> {
  if (isNative) return await refuses(64, message, echoing, ...words);
  await assert.rejects(readArguments(manifest, words), (error: Error & { status: number }) => {
    assert.match(error.message, message);
    assert.equal(error.status, 64);
    return true;
  });
}

test("every way to write an argument", async () => {
  assert.deepEqual(await read("--logs=a=b", "--count", "-5"), ["--logs=a=b", "--count=-5"]);
  assert.deepEqual(await read("-l", "debug", "-p8080"), ["--logs=debug", "--port=8080"]);
  assert.deepEqual(await read("-v", "--strict"), ["--verbose=true", "--strict=true"]);
  assert.deepEqual(await read("--no-verbose", "--strict=false"), ["--verbose=false", "--strict=false"]);
  assert.deepEqual(await read("--gateway=10.0.0.1", "--ipv4=10.1.0.2/16"), [
    "--gateway=10.0.0.1",
    "--ipv4=10.1.0.2/16",
  ]);
  assert.deepEqual(await read("--gateway="), ["--gateway="]);
  assert.deepEqual(await read("--peers=", "--every", "5m"), ["--peers=", "--every=5m"]);
  assert.deepEqual(await read("--logs=ä €"), ["--logs=ä €"]);
  assert.deepEqual(await read(), []);
});

test("values are checked by their type", async () => {
  await refused(
    ["--count=2147483648"],
    /--count: "2147483648" is not a value; expected a whole number from -2147483648/,
  );
  await refused(["--count=1e3"], /expected a whole number/);
  await refused(["--port=65536"], /expected a port from 1 to 65535/);
  await refused(["--port=0"], /expected a port/);
  await refused(["--strict=maybe"], /expected true or false/);
  await refused(["--gateway=10.0.0.256"], /expected an IPv4 address/);
  await refused(["--ipv4=10.0.0.2"], /expected an IPv4 address and prefix length such as 10.0.0.2\/24/);
  await refused(["--ipv4=10.0.0.2/33"], /expected an IPv4 address and prefix/);
  await refused(["--every=5"], /expected a duration of at most 36500d such as 500ms/);
  await refused(
    ["--peers=::1,1"],
    /"::1,1" is not a value; expected a list with commas between, each an IPv6 address such/,
  );
  await refused(
    ["--peers"],
    /--peers needs a value: a list with commas between, each an IPv6 address such as fd00::1$/m,
  );
  // No command line can hold a zero.
  if (!isNative) await refused(["--logs=a\0b"], /is not a value/);
});

test("mistakes", async () => {
  await refused(["--cuont=3"], /web has no argument --cuont; did you mean --count\?/);
  await refused(["--zzzzzzzz"], /has no argument --zzzzzzzz; it has --logs, --count,/);
  await refused(["-x"], /has no argument -x/);
  await refused(["word"], /"word" is not an argument of web; they are given as --name=value/);
  await refused(["--mem=3"], /--mem is an option of the tender, which stands before the image/);
  await refused(["--port"], /--port needs a value: a port/);
  await refused(["--no-verbose=true"], /takes no value/);
  await refused(["--no-count"], /has no argument --no-count/);
  await refused(["-p80", "--port=81"], /--port is given twice/);
});

test("an image without arguments says so", async () => {
  await assert.rejects(readArguments(plainManifest, ["--x"]), /test has no argument --x; it has none/);
});
