/** The C compiler of the system. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { ProjectError } from "../errors.ts";
import { packageRoot } from "../package.ts";
import type { Architecture } from "./architecture.ts";

const run = promisify(execFile);

/** Our own C: the runtime of native images and the headers that wasm2c's code includes. */
const sources = join(packageRoot, "compiler/native/c");

/** What they share with the tender. */
const contract = join(packageRoot, "runtime/abi/native-abi.h");

export interface Compiler {
  readonly command: string;
  /** The first line of `--version`. */
  readonly version: string;
  readonly target: Architecture;
}

/**
 * Exact wasm semantics: nothing fused, rounded or simplified that wasm computes in steps; no type rules for memory; deep
 * recursion is a trap. Frame pointers are for the stack that a trap prints. gcc's late pass that removes dead stores
 * takes constant addresses for objects of their own, and removed stores that others overlap (memory_redundancy.wast).
 */
const semantics = [
  "-ffp-contract=off",
  "-frounding-math",
  "-fsignaling-nans",
  "-fno-math-errno",
  "-fno-strict-aliasing",
  "-fwrapv",
  "-fno-dse",
  "-fno-optimize-sibling-calls",
  "-fstack-clash-protection",
  "-fno-omit-frame-pointer",
  "-mno-omit-leaf-frame-pointer",
];

/** No libc, no relocations, nothing in the file that is not needed. */
const freestanding = [
  "-std=gnu17",
  "-ffreestanding",
  "-fno-stack-protector",
  "-fno-pic",
  "-fno-pie",
  "-fno-asynchronous-unwind-tables",
  "-fno-unwind-tables",
  "-ffunction-sections",
  "-fdata-sections",
  "-fno-ident",
  "-w", // what wasm2c writes is not for people
];

const linking = [
  "-nostdlib",
  "-static",
  "-no-pie",
  "-Wl,--gc-sections",
  "-Wl,--build-id=none",
  "-Wl,-z,noexecstack",
  "-Wl,-n", // pages are not aligned in the file: the loader copies
];

/**
 * Finds the gcc for a processor: the system's own where it is for that, else Debian's cross compiler.
 * @throws ProjectError that names the package to install
 */
export async function findCompiler(target: Architecture): Promise<Compiler> {
  const cross = `${target.name}-linux-gnu-gcc`;
  for (const command of ["gcc", cross]) {
    const machine = await output(command, "-dumpmachine");
    if (!machine?.startsWith(`${target.name}-`)) continue;
    const version = (await output(command, "--version"))?.split("\n")[0] ?? "";
    return { command, version, target };
  }
  const debian = target.node === process.arch ? "gcc" : `gcc-${target.name.replace("_", "-")}-linux-gnu`;
  throw new ProjectError(
    `no C compiler for ${target.name} is there: neither gcc for it nor ${cross}; type: sudo apt-get install ${debian}`,
  );
}

/** What the native code depends on besides the wasm: a change makes old results of the cache unfit. */
export function compilerIdentity({ version, target }: Compiler): string {
  const files = readdirSync(sources).map((name) => join(sources, name));
  const texts = [contract, ...files.sort()].map((path) => `${basename(path)}\n${readFileSync(path, "utf8")}`);
  return [version, ...flagsOf(target), ...linking, ...texts].join("\n");
}

/**
 * Compiles image.c of a folder with the runtime.
 * @param tableSize entries of the wasm's tables
 * @returns the path of the linked file
 */
export async function compile(compiler: Compiler, folder: string, tableSize: number): Promise<string> {
  const { command, target } = compiler;
  const builtin = (await output(command, "-print-file-name=include"))?.trim() ?? "";
  const runtime = ["runtime.c", "memory.c"].map((name) => join(sources, name));
  const linked = `image.${target.name}.elf`;
  const args = [
    ...flagsOf(target),
    "-nostdinc",
    ...["-isystem", builtin, "-isystem", sources, "-I."],
    `-DFATA_TABLE_SIZE=${tableSize}`,
    ...["image.c", ...runtime],
    ...linking,
    ...["-T", join(sources, "layout.ld"), "-o", linked],
  ];
  // In the folder, with names relative to it: no path gets into the file.
  await run(command, args, { cwd: folder, env: environment(), maxBuffer: 2 ** 24 }).catch(({ stderr, message }) => {
    const lines = String(stderr || message).split("\n");
    // What collect2 says is only that the linker has failed.
    const line = lines.find((text) => text.includes("error:") && !text.startsWith("collect2:")) ?? lines[0];
    throw new ProjectError(`${command} (${compiler.version}) cannot compile the image for ${target.name}: ${line}`);
  });
  return join(folder, linked);
}

/** gcc looks for headers in CPATH even with -nostdinc: before our own <math.h> it would find the system's. */
function environment(): NodeJS.ProcessEnv {
  const { CPATH: _, C_INCLUDE_PATH: __, ...rest } = process.env;
  return { ...rest, LC_ALL: "C" };
}

function flagsOf(target: Architecture): string[] {
  // -O3 makes larger code and, in the mean of bench/images/compute, no faster one.
  return ["-O2", ...semantics, ...freestanding, ...target.flags];
}

/** What a program prints, or undefined when there is no such program, or it fails. */
async function output(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await run(command, args)).stdout;
  } catch {
    return undefined;
  }
}
