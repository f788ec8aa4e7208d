/** What a locked-down process can still do: nothing but run its guest. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/repository.ts";
import { file, type Outcome, Running, start } from "./process.ts";
import { guest, writeImage } from "./wat.ts";

const addon = join(root, "tender/native/build/tender.node");

/**
 * Runs JavaScript in a process that is locked down as the tender is, with `probe` (below) at hand: as if the guest had
 * broken out of its engine.
 */
async function locked(script: string, before = ""): Promise<Outcome> {
  const path = file("locked.cjs");
  writeFileSync(
    path,
    `const holder = { exports: {} };
     process.dlopen(holder, ${JSON.stringify(addon)});
     const tender = holder.exports;
     const probes = { exports: {} };
     process.dlopen(probes, ${JSON.stringify(probe())});
     const { call } = probes.exports;
     const fs = require("node:fs");
     const { Worker } = require("node:worker_threads");
     process.stdout; process.stderr;
     ${before}
     tender.prepare();
     tender.lockDown();
     ${script}`,
  );
  return await new Running([process.execPath, path]).outcome;
}

let built = "";

/** An addon with one function, call(number, a, b, c): any system call. Returns its result, or -errno. */
function probe(): string {
  if (built !== "") return built;
  const source = file("probe.c");
  writeFileSync(
    source,
    `#define NAPI_VERSION 8
     #define _GNU_SOURCE
     #include <node_api.h>
     #include <errno.h>
     #include <unistd.h>
     static napi_value call(napi_env env, napi_callback_info info) {
       size_t count = 4;
       napi_value list[4], value;
       int64_t n[4] = {0};
       napi_get_cb_info(env, info, &count, list, NULL, NULL);
       for (size_t i = 0; i < count && i < 4; i++) napi_get_value_int64(env, list[i], &n[i]);
       long result = syscall(n[0], n[1], n[2], n[3], 0, 0, 0);
       napi_create_int64(env, result < 0 ? -errno : result, &value);
       return value;
     }
     NAPI_MODULE_INIT() {
       napi_value function;
       napi_create_function(env, "call", NAPI_AUTO_LENGTH, call, NULL, &function);
       napi_set_named_property(env, exports, "call", function);
       return exports;
     }`,
  );
  built = file("probe.node");
  const headers = join(root, "node_modules/node-api-headers/include");
  const { status, stderr } = spawnSync("gcc", ["-shared", "-fPIC", `-I${headers}`, "-o", built, source], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return built;
}

test("no file can be opened", async () => {
  const { stderr, status } = await locked(`
    for (const path of ["/etc/passwd", __filename, "/proc/self/mem"]) {
      try { fs.readFileSync(path); tender.message("opened " + path); }
      catch (error) { tender.message(error.code); }
    }
    tender.end(0);`);
  assert.equal(stderr, "tender: EPERM\n".repeat(3));
  assert.equal(status, 0);
});

/** System call numbers, which differ between the architectures: [x64, arm64]. */
const numbers = {
  socket: [41, 198],
  execve: [59, 221],
  clone: [56, 220],
  ptrace: [101, 117],
  kill: [62, 129],
  unlinkat: [263, 35],
  io_uring_setup: [425, 425],
  setuid: [105, 146],
  sendto: [44, 206],
  dup: [32, 23],
} as const;

for (const [name, [x64, arm64]] of Object.entries(numbers)) {
  const number = process.arch === "x64" ? x64 : arm64;
  test(`${name} ends the process with 71`, async () => {
    const { stderr, status } = await locked(`call(${number}, 2, 1, 0); tender.message("still here"); tender.end(0);`);
    assert.equal(stderr, `tender: the sandbox refused system call ${number}\n`);
    assert.equal(status, 71);
  });
}

test("a socket that JavaScript asks for is refused, too", async () => {
  const { stderr, status } = await locked(`
    require("node:net").connect(1, "127.0.0.1").on("error", () => {});
    setTimeout(() => tender.end(0), 100);`);
  assert.match(stderr, /^tender: the sandbox refused system call \d+\n$/);
  assert.equal(status, 71);
});

test("reading and writing work on the tender's own descriptors only", async () => {
  const secret = file("secret");
  writeFileSync(secret, "secret");
  const before = `const fd = fs.openSync(${JSON.stringify(secret)}, "r+");`;
  const calls = process.arch === "x64" ? { read: 0, write: 1, pread: 17 } : { read: 63, write: 64, pread: 67 };
  for (const [name, number] of Object.entries(calls)) {
    const { status } = await locked(`call(${number}, fd, 0, 0); tender.message("still here"); tender.end(0);`, before);
    assert.equal(status, 71, name);
  }
  assert.equal(readFileSync(secret, "utf8"), "secret");
  // The console is its own.
  const own = await locked(`tender.message(String(call(${calls.write}, 1, 0, 0))); tender.end(0);`);
  assert.deepEqual([own.status, own.stderr], [0, "tender: 0\n"]);
});

test("no file can be mapped", async () => {
  const number = process.arch === "x64" ? 9 : 222;
  // Flags are the fourth argument, which is zero here: no anonymous memory.
  const { status } = await locked(`call(${number}, 0, 4096, 1); tender.end(0);`);
  assert.equal(status, 71);
});

test("all threads are locked down", async () => {
  // The worker is started before, and tries afterwards.
  const { stderr, status } = await locked(
    `Atomics.store(flag, 0, 1); Atomics.notify(flag, 0);
     Atomics.wait(flag, 0, 1); tender.message(flag[1] === 1 ? "refused" : "opened " + flag[1]); tender.end(0);`,
    `const flag = new Int32Array(new SharedArrayBuffer(8));
     const worker = new Worker(\`
       const { workerData: flag } = require("node:worker_threads");
       const fs = require("node:fs");
       Atomics.store(flag, 1, 9); Atomics.notify(flag, 1);
       Atomics.wait(flag, 0, 0);
       try { fs.readFileSync("/etc/passwd"); Atomics.store(flag, 1, 2); }
       catch (error) { Atomics.store(flag, 1, error.code === "EPERM" ? 1 : 3); }
       Atomics.store(flag, 0, 2); Atomics.notify(flag, 0);\`, { eval: true, workerData: flag });
     Atomics.wait(flag, 1, 0);`,
  );
  assert.equal(stderr, "tender: refused\n");
  assert.equal(status, 0);
});

test("privileges of a running tender", async () => {
  const image = writeImage(
    file("idle.wasm"),
    guest({
      rest: `(data (i32.const 0) "up\\n")`,
      start: "(call $console_write (i32.const 0) (i32.const 3)) (i64.const 0x7fffffffffffffff)",
      event: "(call $exit (i32.const 0))",
    }),
  );
  const running = start([image]);
  await running.shows("up");
  for (const thread of readdirSync(`/proc/${running.child.pid}/task`)) {
    const status = readFileSync(`/proc/${running.child.pid}/task/${thread}/status`, "utf8");
    assert.match(status, /^Seccomp:\t2$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.match(status, /^CapPrm:\t0+$/m);
    if (process.getuid?.() === 0) assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  }
  running.kill("SIGTERM");
  assert.equal((await running.outcome).status, 0);
});

test("no file can grow beyond the largest disk", async () => {
  const disks = [8192, 4096].map((size, i) => {
    writeFileSync(file(`disk${i}`), Buffer.alloc(size));
    return { name: `disk${i}`, kind: "block" } as const;
  });
  const image = writeImage(
    file("disks.wasm"),
    guest({
      rest: `(data (i32.const 0) "up\\n")`,
      start: "(call $console_write (i32.const 0) (i32.const 3)) (i64.const 0x7fffffffffffffff)",
    }),
    { devices: disks },
  );
  const running = start([...disks.map((d) => `--disk:${d.name}=${file(d.name)}`), image]);
  await running.shows("up");
  assert.match(readFileSync(`/proc/${running.child.pid}/limits`, "utf8"), /^Max file size +8192 +8192 /m);
  running.kill("SIGKILL");
  await running.outcome;
});

test("hot code is compiled inside the sandbox, on the engine's threads, and memory grows there", async () => {
  // Long enough for every tier of the engine; the memory grows by 15 MiB meanwhile.
  const image = writeImage(
    file("hot.wasm"),
    guest({
      start: "(i64.const 0)",
      rest: `(global $steps (mut i32) (i32.const 0)) (global $sum (mut i64) (i64.const 0))
        (func $work (param $n i32) (result i64) (local $s i64)
          (loop $l
            (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.extend_i32_u (local.get $n))))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $s))`,
      step: `
        (global.set $sum (i64.xor (global.get $sum) (call $work (i32.const 1000))))
        (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
        (if (i32.eqz (i32.rem_u (global.get $steps) (i32.const 500))) (then (drop (memory.grow (i32.const 1)))))
        (if (i32.eq (global.get $steps) (i32.const 120000)) (then (call $exit (i32.const 42))))
        (i64.const 0)`,
    }).replace("1 16", "1 240"),
    { memory: { initial: 1, maximum: 240 } },
  );
  const { status, stderr } = await start([image]).outcome;
  assert.deepEqual([status, stderr], [42, ""]);
});
