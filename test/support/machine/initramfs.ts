/** The file system of a machine: an archive in the kernel's format (cpio, "newc") that it unpacks into its memory. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { findCompiler } from "../../../compiler/native/compiler.ts";
import { root } from "../repository.ts";

/** Files by their absolute paths in the machine: their content, or the path of the file to copy. All can be executed. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/**
 * Compiles a C program for a machine, which has no libraries.
 * @param source its path in the repository
 */
export async function compileStatic(architecture: Architecture, source: string, output: string): Promise<void> {
  const { command } = await findCompiler(architecture);
  execFileSync(command, [
    "-std=gnu11",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-static",
    "-o",
    output,
    join(root, source),
  ]);
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
