/** The tender's own command line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMemory, parseMemory } from "../../runtime/abi/command.ts";
import { readOptions } from "../../tender/options.ts";
import { isNative } from "./engine.ts";
import { refuses } from "./process.ts";

async function refused(words: readonly string[], message: RegExp): Promise<void> {
  if (isNative) return await refuses(64, message, ...words);
  await assert.rejects(readOptions(words), (error: Error & { status: number }) => {
    assert.match(error.message, message);
    assert.equal(error.status, 64);
    return true;
  });
}

test("an image alone", async () => {
  const options = await readOptions(["a.wasm"]);
  assert.deepEqual(options, {
    memory: 1024,
    isolation: "auto",
    sandbox: true,
    quiet: false,
    stats: undefined,
    busyPoll: 0,
    io: "auto",
    print: undefined,
    devices: [],
    image: "a.wasm",
    rest: [],
  });
});

test("options come before the image, its arguments after it", async () => {
  const options = await readOptions(["--mem=1G", "--quiet", "--no-sandbox", "a.wasm", "--mem=3", "-l", "debug"]);
  assert.equal(options.memory, 16384);
  assert.equal(options.quiet, true);
  assert.equal(options.sandbox, false);
  assert.deepEqual(options.rest, ["--mem=3", "-l", "debug"]);
});

test("-- before and after the image", async () => {
  const options = await readOptions(["--mem", "32", "--", "--a.wasm", "--", "--x", "--"]);
  assert.equal(options.memory, 512);
  assert.equal(options.image, "--a.wasm");
  assert.deepEqual(options.rest, ["--x", "--"]);
});

test("devices, with and without names", async () => {
  const { devices } = await readOptions(["--net=tap0", "--net-mac:b=02::", "--disk:c=a=b,ro", "--block:d", "f", "i"]);
  assert.deepEqual(
    devices.map((d) => [d.module.kind, d.option, d.device, d.value]),
    [
      ["network", 0, undefined, "tap0"],
      ["network", 1, "b", "02::"],
      ["block", 0, "c", "a=b,ro"],
      ["block", 0, "d", "f"],
    ],
  );
});

test("isolation", async () => {
  for (const isolation of ["v8", "auto", "seccomp", "kvm"])
    assert.equal((await readOptions([`--isolation=${isolation}`, "a"])).isolation, isolation);
  await refused(["--isolation=vm", "a"], /expected auto, v8, seccomp or kvm/);
});

test("statistics", async () => {
  assert.equal((await readOptions(["--stats", "a"])).stats, "lines");
  assert.equal((await readOptions(["--stats", "a"])).image, "a", "json is no word of its own");
  assert.equal((await readOptions(["--stats=json", "a"])).stats, "json");
  await refused(["--stats=xml", "a"], /--stats=xml: expected json, or --stats alone/);
  await refused(["--stats=", "a"], /--stats= needs a value/);
  await refused(["--stats:service", "a"], /--stats is not an option of a device/);
});

test("busy polling", async () => {
  assert.equal((await readOptions(["--busy-poll=50", "a"])).busyPoll, 50);
  assert.equal((await readOptions(["--busy-poll", "1000000", "a"])).busyPoll, 1_000_000);
  for (const junk of ["x", "-1", "1.5", "1000001", "99999999999999999999", "5us"])
    await refused([`--busy-poll=${junk}`, "a"], /--busy-poll=\S+: expected microseconds, up to 1000000/);
});

test("how devices are read and written", async () => {
  for (const how of ["auto", "uring", "rw"]) assert.equal((await readOptions([`--io=${how}`, "a"])).io, how);
  for (const junk of ["aio", "URING", "1"])
    await refused([`--io=${junk}`, "a"], /--io=\S+: expected auto, uring or rw\s*$/);
});

test("mistakes", async () => {
  await refused(["--nett=tap0", "a"], /there is no option --nett; did you mean --net\?/);
  await refused(["--memory=3", "a"], /there is no option --memory/);
  await refused(["-x", "a"], /there is no option -x; /);
  await refused(["--port=3", "a"], /an image's own arguments stand after it/);
  await refused(["--mem:x=3", "a"], /--mem is not an option of a device; leave out :x/);
  await refused(["--quiet=yes", "a"], /--quiet takes no value/);
  await refused(["--mem"], /--mem needs a value/);
  await refused(["--net=", "a"], /--net= needs a value/);
  await refused(["--quiet", "--quiet", "a"], /--quiet is given twice/);
});

test("sizes of memory", async () => {
  assert.equal(parseMemory("64"), 1024);
  assert.equal(parseMemory("64m"), 1024);
  assert.equal(parseMemory("128K"), 2);
  assert.equal(parseMemory("4G"), 65536);
  assert.equal(formatMemory(1024), "64M");
  assert.equal(formatMemory(3), "192K");
  for (const junk of ["", "x", "1T", "-1", "1.5M", "0x10", "1MM", " 1"])
    await refused([`--mem=${junk}`, "a"], junk === "" ? /needs a value/ : /expected a size such as 64M/);
  await refused(["--mem=0", "a"], /too small: the least is 64K/);
  await refused(["--mem=63K", "a"], /too small: the least is 64K/);
  await refused(["--mem=5G", "a"], /too large: the most is 4G/);
  await refused(["--mem=999999999999G", "a"], /too large/);
});
