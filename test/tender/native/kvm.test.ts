/** Whether a virtual machine can be had, and what is said where not; what the process is that runs one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { nativeTender } from "../engine.ts";
import { file, folder, Running } from "../process.ts";
import { protectionImage } from "./protection.ts";

const path = file("kvm.wasm");
writeFileSync(path, protectionImage());
// Another user runs it, too.
const program = file("tender");
copyFileSync(nativeTender, program);
chmodSync(program, 0o755);
chmodSync(folder, 0o755);

/**
 * Runs a line of shell as root in a mount namespace with an empty /dev. `$T` is the tender, `$I` an image that ends with 7,
 * `$U` runs a command as a user without rights.
 */
function runWithoutDevices(line: string) {
  assert.equal(process.getuid?.(), 0, "this test mounts: run it as root, sudo npm test");
  const U = "setpriv --reuid=12345 --regid=12345 --clear-groups --bounding-set=-all --inh-caps=-all";
  return spawnSync("unshare", ["--mount", "sh", "-c", `mount -t tmpfs -o mode=755 none /dev && ${line}`], {
    encoding: "utf8",
    env: { ...process.env, T: program, I: path, U },
  });
}

interface Refusal {
  /** What makes /dev/kvm. */
  readonly device: string;
  readonly user?: boolean;
  readonly message: RegExp;
}

const refusals: Readonly<Record<string, Refusal>> = {
  "no /dev/kvm": { device: ":", message: /there is no \/dev\/kvm: .*: sudo modprobe -a kvm_intel kvm_amd; or / },
  "a group's /dev/kvm": {
    device: ": > /dev/kvm; chgrp 23456 /dev/kvm; chmod 660 /dev/kvm",
    user: true,
    message: /no permission to open \/dev\/kvm; join its group, and log in anew: sudo usermod -aG kvm \$USER/,
  },
  "root's /dev/kvm": {
    device: ": > /dev/kvm; chmod 600 /dev/kvm",
    user: true,
    message: /no permission to open \/dev\/kvm; give it to the group kvm, .*: sudo chgrp kvm \/dev\/kvm; /,
  },
  "another /dev/kvm": { device: ": > /dev/kvm", message: /\/dev\/kvm speaks version -1; expected 12/ },
};

for (const [name, { device, user, message }] of Object.entries(refusals)) {
  test(`${name}: --isolation=kvm says so, and auto takes seccomp`, () => {
    const as = user ? "$U" : "";
    const told = runWithoutDevices(`${device}; exec ${as} "$T" --isolation=kvm "$I"`);
    assert.match(told.stderr, message);
    assert.match(told.stderr, /^tender: [^\n]+\n$/);
    assert.deepEqual([told.status, told.stdout], [71, ""]);
    const explained = runWithoutDevices(`${device}; exec ${as} "$T" --explain "$I"`);
    assert.match(explained.stdout, /^isolation: seccomp \(the image has native code for \w+; not kvm: /);
    assert.match(explained.stdout, message);
    assert.equal(runWithoutDevices(`${device}; exec ${as} "$T" "$I"`).status, 7);
  });
}

if (hasKvm) {
  test("auto takes kvm, and --explain says why", () => {
    const { status, stdout } = spawnSync(program, ["--explain", path], { encoding: "utf8" });
    assert.match(stdout, /^isolation: kvm \(the image has native code for \w+; \/dev\/kvm can be used\)\n/);
    assert.match(stdout, /^ {2}3 {2}the virtual processor: ioctl\(KVM_RUN\), ioctl\(KVM_GET_\w+\)/m);
    assert.doesNotMatch(stdout, /mprotect|mmap/);
    assert.equal(status, 0);
  });

  test("what the kernel says of the process", async () => {
    const running = new Running([program, "--isolation=kvm", path, "--case=linger"]);
    await running.shows("words");
    const read = (name: string) => readFileSync(`/proc/${running.child.pid}/${name}`, "utf8");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      assert.match(read("status"), new RegExp(`^${set}:\t0+$`, "m"));
    assert.match(read("status"), /^NoNewPrivs:\t1$/m);
    assert.match(read("status"), /^Seccomp:\t2$/m);
    // Input, output, error, the processor, and what wakes for signals; /dev/kvm and the machine are closed.
    const descriptors = `/proc/${running.child.pid}/fd`;
    assert.deepEqual(readdirSync(descriptors), ["0", "1", "2", "3", "4"]);
    assert.match(readlinkSync(`${descriptors}/3`), /^anon_inode:kvm-vcpu/);
    assert.match(readlinkSync(`${descriptors}/4`), /^anon_inode:\[eventfd\]/);
    // No page of ours is executable and writable, either.
    assert.doesNotMatch(read("maps"), / .wx. /);
  });
}
