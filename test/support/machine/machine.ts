/**
 * Whole machines, emulated by QEMU, to run programs in: with KVM although this machine may have none, for another
 * processor, with a kernel that is always the same. A boot takes seconds, so one boot runs a list of commands.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, hasEnded, type Result, readResults, secondsOf, writeCommands } from "./console.ts";
import { type Hardware, type MachineName, machines } from "./hardware.ts";
import { compileStatic, type Files, packInitramfs } from "./initramfs.ts";
import { findKernel } from "./kernel.ts";

/** More than any boot takes, and any time between a command's limit and init's word of it. */
const BOOT_SECONDS = 120;

const busybox = "/bin/busybox";

export interface MachineRequest {
  readonly machine: MachineName;
  /** What the machine has besides /bin/busybox. Its /tmp is empty, its loopback interface up. */
  readonly files: Files;
  /** Run one after the other, as root. Descriptor 3 is a UDP socket that is connected to a silent peer. */
  readonly commands: readonly Command[];
}

/**
 * Boots a machine, and runs commands in it.
 * @returns what became of each
 * @throws Error with the end of what the console showed, when the machine fails
 */
export async function runMachine({ machine, files, commands }: MachineRequest): Promise<Result[]> {
  const hardware: Hardware = machines[machine];
  const kernel = findKernel(hardware.architecture);
  const modules = hardware.modules.map((name) => [`/modules/${name}.ko`, `${kernel}/${name}.ko`] as const);
  const all = [...modules.map(([path]) => ({ argv: [busybox, "insmod", path] })), ...commands];
  const folder = mkdtempSync(join(tmpdir(), "fata-machine-"));
  try {
    const init = join(folder, "init");
    const archive = join(folder, "archive");
    await compileStatic(hardware.architecture, "test/support/machine/init.c", init);
    const own = { "/init": init, [busybox]: `${kernel}/busybox`, "/commands": writeCommands(all) };
    packInitramfs({ ...own, ...Object.fromEntries(modules), ...files }, join(folder, "files"), archive);
    const silence = BOOT_SECONDS + Math.max(...all.map(secondsOf));
    const results = readResults(await boot(hardware, kernel, archive, silence), all.length);
    for (const [index, [path]] of modules.entries()) {
      const { status, stderr } = results[index] as Result;
      if (status !== 0) throw new Error(`${path}: ${stderr}`);
    }
    return results.slice(modules.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs QEMU until init is done, or says nothing for so many seconds.
 * @returns what the console showed
 */
async function boot(hardware: Hardware, kernel: string, archive: string, silence: number): Promise<string> {
  const [program = "", ...args] = hardware.qemu(kernel);
  const parameters = `console=${hardware.console} loglevel=1 panic=-1`;
  // It ends with this process, however that ends: a machine may compute for ever.
  const qemu = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", "--", program, ...args],
      ...["-nic", "none", "-display", "none", "-monitor", "none", "-no-reboot"],
      ...["-kernel", `${kernel}/vmlinuz`, "-initrd", archive, "-append", parameters],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let shown = "";
  let complaint = "";
  const timer = setTimeout(() => qemu.kill("SIGKILL"), silence * 1000);
  qemu.stderr.on("data", (data) => {
    complaint += data;
  });
  qemu.stdout.on("data", (data) => {
    shown += data;
    timer.refresh();
    // A Raspberry Pi cannot turn itself off.
    if (hasEnded(shown.slice(-200))) qemu.kill("SIGKILL");
  });
  const [status] = await once(qemu, "close");
  clearTimeout(timer);
  if (status === 127) throw new Error(`${complaint.trim()}; install it: tools/setup`);
  return shown + complaint;
}
