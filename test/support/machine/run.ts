/**
 * Runs a command in an emulated machine:
 *
 *     node build/test/support/machine/run.js MACHINE [FILE...] -- COMMAND [ARGUMENT...]
 *
 * MACHINE is q35, virt or raspi3b. Each FILE is copied to the machine's root, so that COMMAND finds it as /NAME. With /bin/busybox
 * it can be a shell: -- /bin/busybox sh -c "uname -a; ls -l /dev/kvm". The exit status is the command's.
 */
import { basename } from "node:path";
import { type MachineName, machines } from "./hardware.ts";
import { runMachine } from "./machine.ts";

/** For somebody who watches. */
const SECONDS = 600;

const words = process.argv.slice(2);
const split = words.indexOf("--");
const [machine = "", ...paths] = words.slice(0, Math.max(split, 0));
const argv = words.slice(split + 1);
if (!Object.hasOwn(machines, machine) || argv.length === 0) {
  const known = Object.keys(machines).join(" | ");
  console.error(`usage: node build/test/support/machine/run.js ${known} [FILE...] -- COMMAND [ARGUMENT...]`);
  process.exit(64);
}
const files = Object.fromEntries(paths.map((path) => [`/${basename(path)}`, path]));
const [result] = await runMachine({ machine: machine as MachineName, files, commands: [{ argv, seconds: SECONDS }] });
process.stdout.write(result?.stdout ?? "");
process.stderr.write(result?.stderr ?? "");
if (typeof result?.status !== "number") console.error(`it ended by ${result?.status}`);
process.exitCode = typeof result?.status === "number" ? result.status : 1;
