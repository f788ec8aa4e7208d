/** The native tender where something is missing, tight or hostile around it: it works, or says what it lacks. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { nativeTender } from "../engine.ts";
import { file, folder } from "../process.ts";
import { compileC, imageWith } from "./guest.ts";

const path = file("surroundings.wasm");
const native = compileC("protection.c");
const argument = { name: "case", short: "", type: "string", default: "", doc: "What to do." } as const;
writeFileSync(path, imageWith(native, { arguments: [argument] }));
const withDisk = file("surroundings-disk.wasm");
writeFileSync(withDisk, imageWith(native, { arguments: [argument], devices: [{ name: "disk", kind: "block" }] }));
const disk = file("disk.img");
writeFileSync(disk, "");
truncateSync(disk, 65536);
// Other users run it, too, from where they can reach it.
const program = file("tender");
copyFileSync(nativeTender, program);
chmodSync(program, 0o755);
chmodSync(folder, 0o755);

/** Runs a line of shell. `$T` is the tender, `$I` an image, `$J` one with a disk, `$D` the disk. */
function run(line: string) {
  const env = { ...process.env, T: program, I: path, J: withDisk, D: disk };
  return spawnSync("sh", ["-c", line], { encoding: "utf8", env });
}

/** 7 is the guest's own status. */
function works(line: string): void {
  const { status, signal, stderr } = run(line);
  assert.deepEqual([status ?? signal, stderr], [7, ""], line);
}

function refused(line: string, expected: number, message: RegExp): void {
  const { status, signal, stdout, stderr } = run(line);
  assert.match(stderr, /^tender: [^\n]+\n$/, line);
  assert.match(stderr, message);
  assert.deepEqual([status ?? signal, stdout], [expected, ""], stderr);
}

test("closed standard descriptors", () => {
  for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    works(`"$T" --isolation=seccomp --disk="$D" "$J" ${closed}`);
});

test("few descriptors", () => {
  refused(`ulimit -n 3; exec "$T" --isolation=seccomp "$I"`, 65, /cannot be read: /);
  refused(
    `ulimit -n 4; exec "$T" --isolation=seccomp --disk="$D" "$J"`,
    71,
    /cannot arrange descriptors: .*: ulimit -n 1024/,
  );
  works(`ulimit -n 12; exec "$T" --isolation=seccomp --disk="$D" "$J"`);
});

test("little memory and stack", () => {
  refused(
    `ulimit -v 100000; exec "$T" --isolation=seccomp "$I"`,
    71,
    /cannot reserve 8 GiB of addresses .*; lift the limit: ulimit -v/,
  );
  works(`ulimit -v 9000000; exec "$T" --isolation=seccomp "$I"`);
  works(`ulimit -s 64; exec "$T" --isolation=seccomp "$I"`);
  works(`ulimit -s unlimited; exec "$T" --isolation=seccomp "$I"`);
  works(`ulimit -f 0; exec "$T" --isolation=seccomp "$I"`);
  works(`ulimit -d 5000; exec "$T" --isolation=seccomp "$I"`);
  refused(`ulimit -d 900; exec "$T" --isolation=seccomp "$I"`, 71, /cannot .*: Out of memory/);
  works(`exec prlimit --nproc=1 "$T" --isolation=seccomp "$I"`);
});

test("signals that the parent has blocked or ignored", () => {
  for (const how of ["--block-signal", "--ignore-signal"]) {
    const fault = run(`exec env ${how}=SEGV,BUS,SYS,TERM "$T" --isolation=seccomp "$I" --case="zero page"`);
    assert.equal(fault.status, 70, `${how}: ${fault.signal} ${fault.stderr}`);
    const call = run(`exec env ${how}=SEGV,BUS,SYS,TERM "$T" --isolation=seccomp "$I" --case=openat`);
    assert.equal(call.status, 71, `${how}: ${call.signal} ${call.stderr}`);
  }
});

test("no environment, and a very large one", () => {
  works(`exec env -i "$T" --isolation=seccomp "$I"`);
  works(`export X="$(head -c 100000 /dev/zero | tr '\\0' x)"; exec "$T" --isolation=seccomp "$I"`);
});

test("a file without an end, or nearly so, is no image", () => {
  const long = file("long.wasm");
  writeFileSync(long, "");
  truncateSync(long, 1e12);
  for (const name of ["/dev/zero", long])
    refused(`exec "$T" ${name}`, 65, /: is longer than 512 MiB, which no image is/);
});

const root = process.getuid?.() === 0;

test("another user, without capabilities", { skip: !root && "needs root" }, () => {
  const user = `setpriv --reuid=12345 --regid=12345 --clear-groups --bounding-set=-all --inh-caps=-all`;
  works(`exec ${user} "$T" --isolation=seccomp "$I"`);
  // A user who still has some of root's.
  works(
    `exec setpriv --reuid=12345 --regid=12345 --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin "$T" --isolation=seccomp "$I"`,
  );
  // Root who may not become another.
  works(`exec setpriv --bounding-set=-setuid,-setgid,-setpcap "$T" --isolation=seccomp "$I"`);
});

test("a user namespace; no /proc", { skip: !root && "needs root" }, () => {
  works(`exec unshare --user "$T" --isolation=seccomp "$I"`);
  works(`exec unshare --user --map-root-user "$T" --isolation=seccomp "$I"`);
  works(`exec unshare --mount sh -c 'umount -l /proc; exec "$T" --isolation=seccomp "$I"'`);
});

test("closed standard descriptors where there is no /dev/null", { skip: !root && "needs root" }, () => {
  const line = `exec chroot "${folder}" /tender --isolation=seccomp --disk=disk.img surroundings-disk.wasm`;
  works(line);
  refused(`${line} >&-`, 71, /a standard descriptor is closed, and \/dev\/null cannot take its place: No such file/);
});

test("--no-sandbox says so, and --quiet keeps it quiet", () => {
  const { status, stderr } = run(`exec "$T" --isolation=seccomp --no-sandbox "$I"`);
  assert.deepEqual([status, stderr], [7, "tender: warning: the sandbox is off\n"]);
  works(`exec "$T" --isolation=seccomp --no-sandbox --quiet "$I"`);
});
