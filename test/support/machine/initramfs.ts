/** The file system of a machine: an archive in the kernel's format (cpio, "newc") that it unpacks into its memory. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Architecture, hostArchitecture } from "../../../compiler/native/architecture.ts";
import { findCompiler } from "../../../compiler/native/compiler.ts";
import { root } from "../repository.ts";

/** Files by their absolute paths in the machine: their content, or the path of the file to copy. All can be executed. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Compiles init.c. */
export async function compileInit(architecture: Architecture, output: string): Promise<void> {
  const { command } = await findCompiler(architecture);
  const source = join(root, "test/support/machine/init.c");
  execFileSync(command, ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", output, source]);
  if (architecture === hostArchitecture) return;
  // Nothing else would notice a compiler for the wrong processor before the machine stays silent.
  const seen = execFileSync("readelf", ["-h", output], { encoding: "utf8" });
  if (!/Machine: +AArch64/.test(seen)) throw new Error(`${command} makes no programs for ${architecture.name}`);
}

/**
 * Writes the archive.
 * @param scratch a folder for the files while they are packed
 */
export function packInitramfs(files: Files, scratch: string, archive: string): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(scratch, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === "string") copyFileSync(content, target);
    else writeFileSync(target, content);
    chmodSync(target, 0o755);
  }
  const names = execFileSync("find", [".", "-print0"], { cwd: scratch });
  const packed = spawnSync("cpio", ["--null", "--create", "--format=newc", "--quiet", "-F", archive], {
    cwd: scratch,
    input: names,
    encoding: "utf8",
  });
  if (packed.error) throw new Error(`cpio: ${packed.error.message}; install it: tools/setup`);
  if (packed.status !== 0) throw new Error(`cpio: ${packed.stderr}`);
}
