/**
 * The kernels of the machines, Debian's own, unpacked once into ~/.cache/fata/machines (or under $XDG_CACHE_HOME). To get
 * newer ones, delete that folder.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { root } from "../repository.ts";

interface Source {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  readonly kernel: string;
  /** What is kept of the packages, by the end of its path there. */
  readonly files: Readonly<Record<string, RegExp>>;
}

const everywhere = { vmlinuz: /^boot\/vmlinuz-/, "tun.ko": /\/net\/tun\.ko$/, busybox: /^bin\/busybox$/ };

const sources: Readonly<Record<string, Source>> = {
  x86_64: {
    architecture: "amd64",
    // The kernel for clouds lacks drivers of real hardware only, and is a third of the other.
    kernel: "linux-image-cloud-amd64/depends",
    files: {
      ...everywhere,
      "irqbypass.ko": /\/irqbypass\.ko$/,
      "kvm.ko": /\/kvm\.ko$/,
      "kvm-amd.ko": /\/kvm-amd\.ko$/,
    },
  },
  aarch64: {
    architecture: "arm64",
    kernel: "linux-image-arm64/depends",
    files: { ...everywhere, "bcm2837-rpi-3-b.dtb": /\/bcm2837-rpi-3-b\.dtb$/ },
  },
};

/**
 * The kernel for an architecture, which is fetched from Debian's mirror if it is not there yet (100 MB, once).
 * @returns a folder with the files `vmlinuz`, `busybox`, MODULE.ko, and for aarch64 `bcm2837-rpi-3-b.dtb`
 */
export function findKernel({ name }: Architecture): string {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fata/machines");
  const folder = join(cache, name);
  const source = sources[name];
  if (!source) throw new Error(`no kernel is known for ${name}`);
  const isWhole = () => Object.keys(source.files).every((file) => existsSync(join(folder, file)));
  if (isWhole()) return folder;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "unpack-"));
  try {
    process.stderr.write(`fetching Debian's kernel for ${source.architecture} into ${folder} ...\n`);
    const kept = join(scratch, "kept");
    fetch(source, join(scratch, "packages"), kept);
    // Two tests may do this at once.
    if (isWhole()) return folder;
    rmSync(folder, { recursive: true, force: true });
    renameSync(kept, folder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return folder;
}

function fetch({ architecture, kernel, files }: Source, unpacked: string, kept: string): void {
  execFileSync(join(root, "tools/unpack"), [architecture, unpacked, kernel, "busybox-static"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const paths = readdirSync(unpacked, { recursive: true }) as string[];
  mkdirSync(kept);
  for (const [file, pattern] of Object.entries(files)) {
    const path = paths.find((candidate) => pattern.test(candidate));
    if (path === undefined) throw new Error(`Debian's ${kernel} has no ${file}`);
    copyFileSync(join(unpacked, path), join(kept, file));
  }
}
