/** The command as its users see it: what it prints and how it ends. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { DEVICES_MAX } from "../../runtime/abi/manifest.ts";
import { NAME_MAX } from "../../runtime/abi/tender.ts";
import { readRepository } from "../support/repository.ts";
import { isNative, isolation } from "./engine.ts";
import { file, refuses, start, tender } from "./process.ts";
import { guest, writeImage } from "./wat.ts";

const devices = [
  { name: "service", kind: "network" },
  { name: "management", kind: "network" },
  { name: "disk", kind: "block" },
] as const;

const plain = writeImage(file("plain.wasm"), guest({ start: "(call $exit (i32.const 3)) (i64.const 0)" }));
const wants = writeImage(file("wants.wasm"), guest({}), { name: "wants", devices });

test("the exit status is the guest's own", async () => {
  const { status, stdout, stderr } = await tender(plain);
  assert.equal(status, 3);
  assert.equal(stdout.length + stderr.length, 0);
});

test("an exit status that a process cannot have is a failure, not success", async () => {
  for (const code of [256, -1, 65536]) {
    const image = writeImage(file("code.wasm"), guest({ start: `(call $exit (i32.const ${code})) (i64.const 0)` }));
    assert.equal((await tender(image)).status, 255);
  }
});

test("--version names the versions of the tender and of the ABI", async () => {
  const { version } = JSON.parse(readRepository("package.json"));
  const { status, stdout } = await tender("--version");
  assert.equal(stdout.toString(), `tender ${version} (ABI version 1)\n`);
  assert.equal(status, 0);
});

test("--help lists the options; with an image, its arguments too", async () => {
  const alone = await tender("--help");
  assert.equal(alone.status, 0);
  for (const text of ["--net[:NAME]=TAP|@FD", "--disk[:NAME]=FILE[,ro][,direct]", "--mem=SIZE", "--no-sandbox"])
    assert.ok(alone.stdout.includes(text), `${text} in ${alone.stdout}`);
  assert.ok(!alone.stdout.includes("Arguments of"));
  const image = writeImage(file("help.wasm"), guest({}), {
    name: "web",
    arguments: [{ name: "port", short: "p", type: "port", default: "80", doc: "TCP port to listen on." }],
  });
  for (const words of [
    ["--help", image],
    [image, "--help"],
  ]) {
    const { stdout, status } = await tender(...words);
    assert.equal(status, 0);
    assert.match(stdout.toString(), /Arguments of web:\s+-p, --port +TCP port to listen on\..*\[default: 80\]/s);
  }
});

test("--help to a reader that has gone", async () => {
  const running = start(["--help"]);
  running.child.stdout?.destroy();
  const { status, stderr } = await running.outcome;
  assert.deepEqual([status, stderr], [0, ""]);
});

test("command lines that make no sense", async () => {
  await refuses(64, /no image is named/);
  await refuses(64, /there is no option --quit; did you mean --quiet\?/, "--quit", plain);
  await refuses(64, /--mem=64X: expected a size such as 64M/, "--mem=64X", plain);
  if (isNative)
    await refuses(64, /this tender has only seccomp and kvm; leave the option out/, "--isolation=v8", plain);
  await refuses(64, /--isolation=vm: expected auto, v8, seccomp or kvm/, "--isolation=vm", plain);
  await refuses(64, /test has no argument --x; it has none/, plain, "--x");
  await refuses(65, /there is no such image/, file("none.wasm"));
});

test("devices: missing, undeclared, misspelt, ambiguous, twice", async () => {
  const declares = /wants declares service \(network\), management \(network\), disk \(block\)$/m;
  await refuses(66, /"service" is not attached; add --net:service=tap0/, wants);
  await refuses(66, declares, wants);
  await refuses(66, /"disk" is not attached; add --disk:disk=disk.img/, "--net:service=a", "--net:management=b", wants);
  await refuses(
    66,
    /--net:servce: there is no network device "servce"; wants declares service/,
    "--net:servce=a",
    wants,
  );
  await refuses(66, /--disk:service: there is no block device "service"/, "--disk:service=a", wants);
  await refuses(66, /--net: which of the network devices\?; wants declares/, "--net=a", wants);
  await refuses(66, /--net: there is no network device; test declares no devices/, "--net=a", plain);
  await refuses(64, /--disk is given twice/, "--disk=a", "--disk=b", wants);
  await refuses(64, /--disk:disk is given twice/, "--block=a", "--disk:disk=b", wants);
});

test("--mem binds: too small for the image, and memory.grow beyond it fails", async () => {
  const grow = writeImage(
    file("grow.wasm"),
    guest({
      start: `(call $exit (i32.add (memory.grow (i32.const 3)) (i32.const 1)))
        (i64.const 0)`,
    }).replace("1 16", "2 16"),
    { memory: { initial: 2, maximum: 16 } },
  );
  await refuses(64, /--mem=64K is too small: test needs at least --mem=128K/, "--mem=64K", grow);
  assert.equal((await tender("--mem=256K", grow)).status, 0, "5 pages do not fit");
  assert.equal((await tender("--mem=320K", grow)).status, 3, "5 pages do");
});

test("memory that has grown is the tender's too", async () => {
  const image = writeImage(
    file("grown.wasm"),
    guest({
      start: `(drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 65536) (i32.const 0x0a6968))
        (call $console_write (i32.const 65536) (i32.const 3))
        (drop (memory.grow (i32.const 1)))
        (i64.const 0)`,
      step: `(i32.store (i32.const 131072) (i32.const 0x0a6f68))
        (call $console_write (i32.const 131072) (i32.const 3))
        (call $exit (i32.const 0)) (i64.const 0)`,
    }),
  );
  assert.equal((await tender(image)).stdout.toString(), "hi\nho\n");
});

test("the console: much of it, to a slow reader, to none, to a file", async () => {
  const image = writeImage(
    file("talk.wasm"),
    guest({
      start: `(memory.fill (i32.const 0) (i32.const 120) (i32.const 65536)) (i64.const 0)`,
      rest: "(global $n (mut i32) (i32.const 0))",
      step: `(global.set $n (i32.add (global.get $n) (i32.const 1)))
        (call $console_write (i32.const 0) (i32.const 65536))
        (call $console_write (i32.const 0) (i32.const 1000))
        (call $console_write (i32.const 0) (i32.const 0))
        (if (i32.eq (global.get $n) (i32.const 20)) (then (call $exit (i32.const 0))))
        (i64.const 0)`,
    }),
  );
  const expected = 20 * 66536;
  const slow = start([image]);
  slow.child.stdout?.pause();
  await new Promise((resolve) => setTimeout(resolve, 200));
  slow.child.stdout?.resume();
  assert.equal((await slow.outcome).stdout.length, expected);

  const none = start([image]);
  none.child.stdout?.destroy();
  assert.equal((await none.outcome).status, 0);

  const { openSync, closeSync } = await import("node:fs");
  const fd = openSync(file("console.txt"), "w");
  assert.equal((await start([image], { stdio: ["ignore", fd, "pipe"] }).outcome).status, 0);
  closeSync(fd);
  assert.equal(readFileSync(file("console.txt")).length, expected);
});

test("a guest that nothing can wake is ended", async () => {
  const image = writeImage(file("for-ever.wasm"), guest({ start: "(i64.const -1)" }));
  await refuses(70, /the guest waits for ever: it has no deadline, and no device/, image);
});

test("deadlines are kept, and the times are those of start", async () => {
  // Sleeps 30 ms, then tells whether `now` is at the deadline or past it, and whether the wall clock is this century's.
  const image = writeImage(
    file("sleep.wasm"),
    guest({
      start: "(i64.add (local.get $now) (i64.const 30000000))",
      step: `(call $exit (i32.add
          (i64.ge_u (local.get $now) (i64.const 30000000))
          (i32.add
            (i32.mul (i32.const 2) (i64.ge_u (call $clock_monotonic) (local.get $now)))
            (i32.mul (i32.const 4) (i64.gt_u (local.get $wall) (i64.const 1700000000000000000))))))
        (i64.const 0)`,
    }),
  );
  assert.equal((await tender(image)).status, 7);
});

test("--explain is whole with as many devices as an image can have, whatever they are called", async () => {
  const names = Array.from({ length: DEVICES_MAX }, (_, i) => `disk-${i}-`.padEnd(NAME_MAX, "x"));
  const image = writeImage(file("many.wasm"), guest({}), {
    devices: names.map((name) => ({ name, kind: "block" as const })),
  });
  const options = names.map((name, i) => {
    const disk = file(`many-${i}.img`);
    writeFileSync(disk, "");
    return `--disk:${name}=${disk}`;
  });
  const { status, stdout, stderr } = await tender("--explain", ...options, image);
  assert.deepEqual([status, stderr], [0, ""]);
  for (const name of names) assert.ok(stdout.includes(`what waits for the threads of "${name}": read, write\n`), name);
  assert.match(stdout.toString(), /Landlock without a rule\n$/);
});

test("--explain: the isolation, the descriptors, the system calls; nothing is run", async () => {
  const disks = [
    { name: "data", kind: "block" },
    { name: "site", kind: "block" },
  ] as const;
  const start = "(call $exit (i32.const 3)) (i64.const 0)";
  const image = writeImage(file("explained.wasm"), guest({ start }), { devices: disks });
  writeFileSync(file("disk.img"), new Uint8Array(512));
  writeFileSync(file("site.img"), new Uint8Array(512));
  const words = [`--disk:data=${file("disk.img")}`, `--disk:site=${file("site.img")},ro`, image];
  const { status, stdout, stderr } = await tender("--explain", ...words);
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = [
    isNative
      ? new RegExp(`^isolation: ${isolation} \\(the image has native code for \\w+; --isolation=${isolation}\\)$`, "m")
      : /^isolation: v8 \(the image has no native code for \w+\)$/m,
    /^io: (uring \(io_uring can be had\)|rw \(not uring: .+\))$/m,
    /^ {2}1 {2}the console: write$/m,
    /^ {2}\d+ {2}block device "data": preadv, preadv2, pwritev, fdatasync, fallocate$/m,
    /^ {2}\d+ {2}block device "site", read-only: preadv, preadv2$/m,
    /^ {2}\d+ {2}what waits for the threads of "data": read, write$/m,
    /^ {2}\d+ {2}what the disks' threads are through with: read, write$/m,
    /^ {2}\d+ {2}signals: read, write$/m,
    /^ {2}ppoll /m,
    !isNative
      ? /mmap of memory, not of files$/m
      : isolation === "kvm"
        ? /^ {2}\d+ {2}the virtual processor: ioctl\(KVM_RUN\), ioctl\(KVM_GET_/m
        : /mprotect of the guest's memory, .* up to 1024 KiB$/m,
    /^every other system call ends the process with status 71$/m,
  ];
  for (const line of lines) assert.match(stdout.toString(), line);
  const open = await tender("--explain", "--no-sandbox", "--quiet", ...words);
  assert.match(open.stdout.toString(), /^isolation: .*\nio: .*\nno sandbox \(--no-sandbox\): every system call, .*\n$/);
  await refuses(66, /"data" is not attached/, "--explain", image);
  assert.equal((await tender(...words)).status, 3);
});

test("--quiet leaves warnings out", async () => {
  const loud = await tender("--no-sandbox", plain);
  assert.equal(loud.stderr, "tender: warning: the sandbox is off\n");
  const quiet = await tender("--no-sandbox", "--quiet", plain);
  assert.equal(quiet.stderr, "");
  assert.equal(quiet.status, 3);
});

test("arguments reach the guest in one form", async () => {
  const image = writeImage(
    file("argv.wasm"),
    guest({
      rest: `(data (i32.const 100) ",")`,
      start: `(local $i i32) (local $n i32)
        (loop $l
          (local.set $n (call $argv (local.get $i) (i32.const 0) (i32.const 100)))
          (if (i32.ge_s (local.get $n) (i32.const 0)) (then
            (call $console_write (i32.const 0) (local.get $n))
            (call $console_write (i32.const 100) (i32.const 1))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $l))))
        (call $exit (i32.const 0)) (i64.const 0)`,
    }),
    {
      arguments: [
        { name: "logs", short: "l", type: "string", default: "", doc: "" },
        { name: "on", short: "", type: "flag", default: "false", doc: "" },
      ],
    },
  );
  assert.equal((await tender(image, "-l", "ä", "--on")).stdout.toString(), "--logs=ä,--on=true,");
  assert.equal((await tender(image, "--logs=")).stdout.toString(), "--logs=,");
  assert.equal((await tender("--", image, "--", "--no-on")).stdout.toString(), "--on=false,");
});

test("an image that is cut short", async () => {
  const bytes = readFileSync(plain);
  writeFileSync(file("cut.wasm"), bytes.subarray(0, 60));
  await refuses(65, /cut.wasm: this is no image: it is truncated/, file("cut.wasm"));
});
