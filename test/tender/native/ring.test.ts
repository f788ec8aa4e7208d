/** The io_uring of the tenders: what it can be made to do, and how frames that come by it reach the guest. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, truncateSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../support/repository.ts";
import { nativeTender } from "../engine.ts";
import { file, folder } from "../process.ts";
import { compileC, imageWith } from "./guest.ts";

const core = join(root, "tender/native");

/** Compiles a program of this folder with files of the core. */
function compile(name: string, ...files: readonly string[]): string {
  const output = file(name);
  const source = join(root, `test/tender/native/${name}.c`);
  execFileSync("gcc", ["-O1", "-g", "-Wall", "-Werror", "-o", output, source, ...files.map((f) => join(core, f))]);
  return output;
}

const EINVAL = -22;
const EACCES = -13;
const EBADF = -9;

test("the ring reads, writes and flushes its files, and is refused all else, whoever fills it", () => {
  const { status, stdout, stderr } = spawnSync(compile("ring", "uring.c", "text.c"), { encoding: "utf8" });
  if (status === 3) {
    // Where there is none, no tender has one.
    assert.match(stdout, /io_uring.*; run without: --io=rw\n$/);
    return;
  }
  assert.equal(status, 0, stderr);
  const lines = [...stdout.matchAll(/^(.*) (-?\d+): (-?\d+)$/gm)].map(([, what, n, result]) => ({
    what,
    number: Number(n),
    result: Number(result),
  }));
  const results = (what: string) => lines.filter((line) => line.what === what);
  assert.deepEqual(
    ["write", "read", "fsync"].map((what) => results(`allowed: ${what}`)[0]?.result),
    [5, 5, 0],
  );
  // Numbers of operations that the kernel does not know are not known to its restrictions either.
  for (const what of ["operation", "operation on no file"]) {
    assert.equal(results(what).length, 251);
    for (const { number, result } of results(what)) {
      const known = number < 46;
      assert.ok(result === EACCES || (!known && result === EINVAL), `${what} ${number}: ${result}`);
    }
  }
  assert.equal(results("flag").length, 6);
  for (const { number, result } of results("flag"))
    assert.ok(result === EACCES || (number === 7 && result === EINVAL), `flag ${number}: ${result}`);
  assert.equal(results("unregistered").length, 5);
  for (const { number, result } of results("unregistered")) assert.equal(result, EACCES, `${number}`);
  assert.equal(results("no such file")[0]?.result, EBADF);
  assert.equal(results("personality")[0]?.result, EINVAL);
  assert.equal(results("register").length, 64);
  for (const { number, result } of results("register"))
    assert.ok(result === EACCES || (number > 20 && result === EINVAL), `register ${number}: ${result}`);
});

test("each batch is told of its own errors, whatever else is completed meanwhile", () => {
  const program = compile("completions", "uring.c", "text.c");
  for (const words of [[], ["sleeps"]]) {
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
    if (status === 3) assert.match(stdout, /io_uring.*; run without: --io=rw\n$/);
    else assert.deepEqual([status, stdout, stderr], [0, "told, 1124 of 1124\n", ""]);
  }
});

test("a disk's request for which the kernel starts no thread, as its user has too many, goes to a thread of the tender's", () => {
  execFileSync("make", ["-s", "-C", core, "build/core.a"]);
  const program = compile("handed_back", "build/core.a");
  const { EAGAIN, ECANCELED, EOPNOTSUPP, EIO } = constants.errno;
  const outcomes = [EAGAIN, ECANCELED, EOPNOTSUPP, EIO].map((error) =>
    execFileSync(program, [`-${error}`], { encoding: "utf8" }),
  );
  assert.deepEqual(outcomes, ["waiting\n", "waiting\n", "waiting\n", "ended\n"]);
});

test("a write past the host's memory to a hole of a file takes no thread of the kernel's", () => {
  execFileSync("make", ["-s", "-C", core, "build/core.a"]);
  const sparse = file("sparse.img");
  writeFileSync(sparse, "");
  truncateSync(sparse, 1 << 20);
  const { status, stdout, stderr } = spawnSync(compile("hole", "build/core.a"), [sparse], { encoding: "utf8" });
  if (status === 3) assert.match(stdout, /run without: --io=rw\n$|leave out ,direct\n$/);
  else assert.match(stdout, /^(ended|waiting), 0 threads\n$/, stderr);
});

test("the loop copies at most 1 MiB at once for a disk; larger reads are for threads", () => {
  execFileSync("make", ["-s", "-C", core, "build/core.a"]);
  const program = compile("large", "build/core.a");
  const disk = file("large.img");
  writeFileSync(disk, Buffer.alloc(4 << 20));
  for (const [words, expected] of [
    [["1048576"], "ring\n"],
    [["1049088"], "thread\n"],
    [["2097152", "direct"], "ring\n"],
  ] as const) {
    const { status, stdout } = spawnSync(program, [disk, ...words], { encoding: "utf8" });
    if (status === 3) assert.match(stdout, /run without: --io=rw\n$|leave out ,direct\n$/);
    else assert.deepEqual([status, stdout], [0, expected]);
  }
});

test("a guest that lacks buffers because they are being sent learns that they are sent", () => {
  execFileSync("make", ["-s", "-C", core, "build/core.a"]);
  const stdout = execFileSync(compile("lent", "build/core.a"), { encoding: "utf8" });
  assert.equal(stdout, "1 sent, 0 received, before the deadline\n");
});

test("frames of any length come whole and in order, or are counted as lost", () => {
  execFileSync("make", ["-s", "-C", core, "build/core.a"]);
  const program = compile("receive", "build/core.a");
  for (const seed of ["1", "2", "3"]) {
    const [kept, lost] = execFileSync(program, [seed, "60"], { encoding: "utf8" }).split(" ").map(Number);
    assert.ok((kept ?? 0) > 3000 && (lost ?? 0) > 100 && (lost ?? 0) < (kept ?? 0) / 3, `${kept} kept, ${lost} lost`);
  }
});

const path = file("ring.wasm");
const argument = { name: "do", short: "", type: "string", default: "", doc: "What to do." } as const;
const devices = [{ name: "disk", kind: "block" }] as const;
writeFileSync(path, imageWith(compileC("escape.c"), { arguments: [argument], devices }));
const disk = file("ring.img");
writeFileSync(disk, "");
truncateSync(disk, 65536);
chmodSync(folder, 0o755);

test("native code that takes the ring: io_uring_enter on it, and on nothing else; no other ring", () => {
  const words = ["--isolation=seccomp", "--io=uring", `--disk=${disk}`];
  const explained = spawnSync(nativeTender, [...words, "--explain", path], { encoding: "utf8" });
  if (explained.status !== 0) {
    assert.match(explained.stderr, /^tender: .*io_uring.*; run without: --io=rw\n$/);
    assert.equal(explained.status, 71);
    return;
  }
  assert.match(explained.stdout, /^io: uring \(--io=uring\)$/m);
  const [, ring = ""] = /^ {2}(\d+) {2}the ring, .*: io_uring_enter$/m.exec(explained.stdout) ?? [];
  const hex = (n: number) => n.toString(16);
  const run = (number: number, ...values: readonly string[]) => {
    const call = `call ${[hex(number), ...values, "0", "0", "0", "0", "0", "0"].slice(0, 7).join(" ")}`;
    return spawnSync(nativeTender, [...words, path, `--do=${call}`], { encoding: "utf8" });
  };
  const [setup, enter, register] = [425, 426, 427];
  assert.equal(run(enter, hex(Number(ring))).stdout, "words\n0\n");
  const refused: (readonly [number, ...string[]])[] = [[setup, "8", "d"]];
  for (let fd = 0; fd < 32; fd++) if (String(fd) !== ring) refused.push([enter, hex(fd)]);
  for (const operation of [1, 2, 6, 9, 11, 12, 20])
    refused.push([register, hex(Number(ring)), hex(operation), "d", "1"]);
  for (const [number, ...values] of refused) {
    const { status, stderr } = run(number, ...values);
    assert.equal(status, 71, `${number} ${values}`);
    assert.match(stderr, /^tender: the sandbox refused system call 42[567]\n$/);
  }
});
