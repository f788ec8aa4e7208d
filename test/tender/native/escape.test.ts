/** Native code that tries to get out of its process, as one would who controls all of it: escape.c does it. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { nativeTender } from "../engine.ts";
import { file, folder, Running } from "../process.ts";
import { compileC, imageWith } from "./guest.ts";

const native = compileC("escape.c");
const argument = { name: "do", short: "", type: "string", default: "", doc: "What to do." } as const;
const path = file("escape.wasm");
writeFileSync(path, imageWith(native, { arguments: [argument] }));
const withDisk = file("escape-disk.wasm");
writeFileSync(withDisk, imageWith(native, { arguments: [argument], devices: [{ name: "disk", kind: "block" }] }));
// Other users run it, too.
chmodSync(folder, 0o755);

interface Options {
  readonly tender?: readonly string[];
  readonly image?: string;
  /** Run by a shell, before the tender takes its place. */
  readonly before?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function run(what: string, { tender = [], image = path, before = ":", env }: Options = {}) {
  return spawnSync(
    "sh",
    ["-c", `${before}; exec "$0" "$@"`, nativeTender, "--isolation=seccomp", ...tender, image, `--do=${what}`],
    {
      encoding: "utf8",
      ...(env && { env: { ...process.env, ...env } }),
    },
  );
}

const numbers = new Map<string, number>();
for (const [, name = "", value] of execFileSync(
  "gcc",
  ["-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
  {
    encoding: "utf8",
  },
).matchAll(/^#define __NR_(\w+) (\d+)$/gm))
  numbers.set(name, Number(value));

/** A system call for --do=. */
function call(name: string, ...values: readonly (number | bigint | "d" | "m")[]): string {
  const number = numbers.get(name);
  assert.ok(number !== undefined, `${name} is no system call here`);
  const words = [number, ...values, 0, 0, 0, 0, 0, 0].slice(0, 7);
  return `call ${words.map((w) => (typeof w === "string" ? w : BigInt.asUintN(64, BigInt(w)).toString(16))).join(" ")}`;
}

function isRefused(what: string, name: string, options?: Options): void {
  const { status, signal, stderr } = run(what, options);
  assert.equal(status ?? signal, 71, `${name}: ${stderr}`);
  assert.match(stderr, /^tender: the sandbox refused system call \d+\n$/, name);
}

/** Allowed with any arguments, or with some that the tests below try. */
const allowed = [
  ...["ppoll", "getrandom", "exit_group", "rt_sigreturn", "restart_syscall", "rt_sigprocmask"],
  ...["clock_gettime", "setitimer", "mprotect"],
];

test("every system call that the kernel's headers know but a few ends the process", () => {
  assert.ok(numbers.size > 250, `${numbers.size} system calls`);
  // 9 is no descriptor that is open, nor one that a pin names.
  for (const name of numbers.keys()) {
    if (!allowed.includes(name)) isRefused(call(name, 9, 9, 9, 9, 9, 9), name);
  }
});

test("numbers that no header knows, and those of x32", () => {
  for (const number of [0x1ff, 0x3ff, 0x7fffffff, 0xffffffff, 0x40000000, 0x40000001, 0x40000014, 0x40000200]) {
    const { status } = run(`call ${number.toString(16)} 1 d 1 0 0 0`);
    assert.equal(status, 71, number.toString(16));
  }
  // The kernel looks at the lower half of the number only.
  const { status, stdout } = run(`call ${(0x100000000 + (numbers.get("getpid") ?? 0)).toString(16)} 0 0 0 0 0 0`);
  assert.deepEqual([status, stdout], [71, "words\n"]);
});

test("descriptors: none but its own, whatever the upper half says", () => {
  const upper = 0x100000000n;
  for (const [name, ...values] of [
    ["read", 0, "d", 1],
    ["read", upper, "d", 1],
    ["readv", 0, "d", 1],
    ["preadv", 0, "d", 1, 0],
    ["write", 0, "d", 1],
    ["write", upper | 9n, "d", 1],
    ["writev", 1, "d", 1],
    ["pwritev", 1, "d", 1],
    ["ioctl", 0, 0x5412, "d"],
    ["sendto", 1, "d", 1],
  ] as const)
    isRefused(call(name, ...values), `${name} ${values}`);
  // The console's number, with something above it that the kernel does not read.
  assert.equal(run(call("write", upper | 1n, "d", 0)).stdout, "words\n0\n");
});

test("clocks of other processes and other timers are refused", () => {
  const clockOfParent = BigInt(~process.pid) * 8n + 2n;
  for (const clock of [1, 2, 3, 4, 6, clockOfParent, -6]) isRefused(call("clock_gettime", clock, "d"), `${clock}`);
  for (const timer of [1, 2]) isRefused(call("setitimer", timer, "d"), `${timer}`);
  assert.equal(run(`${call("clock_gettime", 0, "d")} ${call("clock_gettime", 7, "d")}`).stdout, "words\n0\n0\n");
});

test("mprotect: of linear memory only, from its beginning to the limit, to be read and written", () => {
  const page = 4096;
  const memory = 0x1000000000n;
  for (const [address, length, protection] of [
    [memory, page, 7],
    [memory, page, 5],
    [memory, page, 1],
    [memory, page, 0x01000003],
    [memory, (16 << 16) + 1, 3],
    [memory, 0x100000000n, 3],
    [memory, -1, 3],
    [memory + 0x100000000n, page, 3],
    [memory + 4096n, page, 3],
    [0x100000, page, 3],
    [0x200000, page, 3],
    [0x20000000, page, 3],
  ] as const)
    isRefused(call("mprotect", address, length, protection), `${address} ${length} ${protection}`);
  // The kernel itself refuses protections of more than 32 bits.
  assert.equal(run(call("mprotect", "m", page, 0x100000007n)).status, 71);
  assert.equal(run(call("mprotect", "m", page, 0x100000003n)).stdout, "words\n-22\n");
});

test("a disk: neither grows nor takes space beyond its end", () => {
  const disk = file("disk.img");
  writeFileSync(disk, Buffer.alloc(65536, 1));
  const options = { tender: [`--disk=${disk}`], image: withDisk };
  const keepSize = 1;
  for (const mode of [0, keepSize, 2, 0x10, 0x13, 0x20, 0x40, 0x103])
    isRefused(call("fallocate", 3, mode, 0, 1 << 20), `mode ${mode}`, options);
  // An iovec that names the buffer itself, of 512 bytes, cannot be had without writing one: the empty one will do.
  assert.equal(run(call("pwritev", 3, "d", 1, 1 << 20), options).stdout, "words\n0\n");
  assert.equal(run(call("fallocate", 3, 3, 4096, 4096), options).stdout, "words\n0\n");
  const after = readFileSync(disk);
  assert.equal(after.length, 65536);
  assert.ok(after.subarray(4096, 8192).every((b) => b === 0));
  const fd = openSync(disk, "r");
  assert.ok(fstatSync(fd).blocks * 512 <= 65536, "blocks beyond the end");
  for (const name of ["pwritev", "fdatasync", "fallocate"]) {
    isRefused(call(name, 3, 3, 0, 512), `${name}, read-only`, { ...options, tender: [`--disk=${disk},ro`] });
  }
});

test("memory besides its own: the tender's stack grows no further than a program's may", () => {
  const mebibyte = 1 << 20;
  const limits = "ulimit -s unlimited";
  assert.equal(run(`descend ${(4 * mebibyte).toString(16)}`, { before: limits }).status, 7);
  const { status, stderr } = run(`descend ${(9 * mebibyte).toString(16)}`, { before: limits });
  assert.equal(status, 70, stderr);
  assert.match(stderr, /^tender: trap: the native code touched 0x[0-9a-f]+, which is not for it/);
});

test("the environment, in which secrets are, is gone", () => {
  // The search ends where the stack does: with a trap, or at the word.
  assert.equal(run("search", { env: { SECRET: "SEARCHED" } }).status, 70);
  assert.equal(run("search SEARCHED").status, 9, "it does find what is there");
});

test("a wrecked tender is still held", () => {
  const elf = readFileSync(nativeTender);
  const view = new DataView(elf.buffer, elf.byteOffset);
  const at = Number(view.getBigUint64(32, true));
  let wrecked = 0;
  for (let i = 0; i < view.getUint16(56, true); i++) {
    const header = at + i * 56;
    const writable = (view.getUint32(header + 4, true) & 2) !== 0;
    if (view.getUint32(header, true) !== 1 || !writable) continue;
    wrecked++;
    const from = view.getBigUint64(header + 16, true);
    const to = from + view.getBigUint64(header + 40, true);
    for (const what of [call("openat", -100, "d", 0o101, 0o600), call("kill", process.pid, 9), call("getppid")]) {
      const { status, signal } = run(`wreck ${from.toString(16)} ${to.toString(16)} ${what}`);
      assert.ok(signal !== null || (status ?? 0) >= 70, `${what}: ${status}`);
    }
  }
  assert.ok(wrecked > 0);
});

test("no core is left", () => {
  const cores = file("cores");
  mkdirSync(cores);
  chmodSync(cores, 0o777);
  const before = `cd ${cores}; ulimit -c unlimited`;
  // A refused call while its signal is blocked is the end without a handler. 31 is SIGSYS.
  const blocked = `fill ${(1 << 30).toString(16)} ${call("rt_sigprocmask", 0, "d", 0, 8)} ${call("getpid")}`;
  assert.equal(run(blocked, { before }).signal, "SIGSYS");
  assert.deepEqual(readdirSync(cores), []);
});

for (const isolation of hasKvm ? ["seccomp", "kvm"] : ["seccomp"])
  test(`what the kernel says of the process under ${isolation}`, async () => {
    const words = [nativeTender, `--isolation=${isolation}`, path, "--do=wait"];
    // Many descriptors of the parent's, most of them above the limit that is set then.
    const inherited = Array<"ignore">(1100).fill("ignore");
    const running = new Running(["sh", "-c", `ulimit -n 64; exec "$0" "$@"`, ...words], {
      stdio: ["ignore", "pipe", "pipe", ...inherited],
    });
    await running.shows("words");
    const read = (name: string) => readFileSync(`/proc/${running.child.pid}/${name}`, "utf8");
    assert.match(read("limits"), /^Max core file size +0 +0 /m);
    assert.match(read("limits"), /^Max stack size +\d+ +8388608 |^Max stack size +8388608 /m);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      assert.match(read("status"), new RegExp(`^${set}:\t0+$`, "m"));
    assert.match(read("status"), /^NoNewPrivs:\t1$/m);
    assert.match(read("status"), /^Seccomp:\t2$/m);
    // Input, output, error, what wakes for signals, the virtual processor.
    const open = readdirSync(`/proc/${running.child.pid}/fd`);
    assert.deepEqual(open, ["0", "1", "2", "3", "4"].slice(0, isolation === "kvm" ? 5 : 4));
    assert.match(read("environ"), /^\0*$/);
    assert.equal(statSync(`/proc/${running.child.pid}/fd`).uid, 0, "it is dumpable");
    running.kill("SIGKILL");
    await running.outcome;
  });
