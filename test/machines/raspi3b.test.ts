/** A Raspberry Pi 3: it boots Debian's kernel, and serves UDP on a tap, as docs/raspberry-pi.md has it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { machines } from "../support/machine/hardware.ts";
import { compileStatic } from "../support/machine/initramfs.ts";
import { nativeTenderFor } from "../support/native.ts";
import { root } from "../support/repository.ts";
import { Batch, busybox } from "./batch.ts";
import { TENDER } from "./tender.ts";

const { architecture } = machines.raspi3b;
const batch = new Batch();
const folder = mkdtempSync(join(tmpdir(), "fata-raspi3b-"));

/** Builds an example, and places it in the machine. */
function example(name: string): string {
  const output = join(folder, `${name}.wasm`);
  const fata = join(root, "build/compiler/cli.js");
  const native = `--native=${architecture.name}`;
  execFileSync(process.execPath, [fata, "build", join(root, "examples", name), native, "-o", output]);
  batch.place({ [`/${name}.wasm`]: readFileSync(output) });
  return `/${name}.wasm`;
}

batch.place({ [TENDER]: nativeTenderFor(architecture.name) });
await compileStatic(architecture, "bench/peers/load.c", join(folder, "load"));
batch.place({ "/load": join(folder, "load") });
const hello = example("hello");
const echo = example("network-udp");
const model = batch.add(busybox, "cat", "/proc/device-tree/model");
batch.script(
  `${busybox} tunctl -t tap0`,
  `${busybox} ip address add 10.0.0.1/24 dev tap0`,
  `${busybox} ip link set tap0 up`,
);

for (const isolation of ["seccomp", "kvm"]) {
  const tender = `${TENDER} --isolation=${isolation}`;
  const said = batch.add(TENDER, `--isolation=${isolation}`, hello);

  test(`hello under ${isolation}`, () => {
    const { status, stdout, stderr } = batch.result(said);
    assert.equal(stdout.match(/: \[INFO\] \[application\] hello\n/g)?.length, 4, stdout + stderr);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  const serving = batch.script(
    `${tender} --net=tap0 ${echo} --ipv4=10.0.0.2/24 & service=$!`,
    // It waits for the service, then keeps eight datagrams on their way for a second.
    "/load 10.0.0.2 $service 8 0 1000",
    `${busybox} ping -c 3 10.0.0.2`,
    "kill $service; wait $service; echo ended with $?",
  );

  test(`network-udp under ${isolation}`, () => {
    const { stdout, stderr } = batch.result(serving);
    assert.match(stdout, /3 packets transmitted, 3 packets received, 0% packet loss/, stdout + stderr);
    const { received, wrong } = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? "") as Record<string, number>;
    assert.ok(received && received > 0 && wrong === 0, stdout);
    assert.match(stdout, /^ended with 0$/m, stdout + stderr);
    assert.equal(stderr, "");
  });
}

const explained = batch.add(TENDER, "--explain", hello);
test("left to itself the tender takes KVM", () => {
  const { stdout, stderr } = batch.result(explained);
  assert.match(stdout, /^isolation: kvm \(the image has native code for aarch64; \/dev\/kvm can be used\)$/m, stderr);
});

test("the machine is a Raspberry Pi", () => {
  assert.match(batch.result(model).stdout, /^Raspberry Pi 3 Model B/);
});

before(async () => {
  await batch.boot("raspi3b");
  rmSync(folder, { recursive: true });
});
