/**
 * Runs the conformance suite against any tender: what each image prints and how it ends is the contract that every
 * engine keeps. What it should be lies in expected/NAME.txt.
 *
 *     node build/test/conformance/run.js COMMAND...     compares, for the tender that COMMAND starts, by custom ours
 *     FATA_TENDER=native node build/test/conformance/run.js build/native/x86_64/tender
 *                                                       the same, on images that have native code (tender/engine.ts)
 *     FATA_UPDATE=1 node build/test/conformance/run.js  writes the expected files anew, to be read before they are kept
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/repository.ts";
import { architecture, isNative, tenderCommand } from "../tender/engine.ts";
import { makeFrameSocket } from "../tender/socket.ts";
import { type Companion, companionNames, readCompanion } from "./companion.ts";

/** Bytes of the disk that images are given: each byte is the number of its block. */
const DISK = 4096;

/** The name of its expected output. */
export const UNIKERNEL = "image";

/** An image that has not ended by then never does. */
const TIMEOUT_MS = 20_000;

/** One run of an image. */
export interface Case {
  readonly needs: Pick<Companion, "devices" | "readOnly">;
  readonly arguments: readonly string[];
}

/** What it came to. */
export interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | string;
  /** Whether its disks are as they were. */
  readonly untouched: boolean;
}

/** The runs of a companion. */
export function companionCases(companion: Companion): Case[] {
  return Array.from({ length: companion.cases }, (_, i) => ({
    needs: companion,
    arguments: companion.cases > 1 ? [`--case=${i}`] : companion.arguments,
  }));
}

/** What image/config.ts declares. */
const unikernelDevices = [
  { name: "disk", kind: "block" },
  { name: "service", kind: "network" },
] as const;

/** The runs of image/unikernel.ts. */
export const unikernelCases: readonly Case[] = Array.from({ length: 12 }, (_, i) => ({
  needs: { devices: unikernelDevices, readOnly: [] },
  arguments: [`--case=${i}`],
}));

/** The disk that images are given. */
export const disk = Uint8Array.from({ length: DISK }, (_, i) => i >> 9);

/**
 * The tender's options for a run. Descriptor 3 has to be a datagram socket.
 * @param folder of the disks, each of which is to hold `disk`
 */
export function deviceOptions({ needs }: Case, folder: string): { options: string[]; disks: string[] } {
  const disks: string[] = [];
  const options = needs.devices.flatMap(({ name, kind }) => {
    if (kind === "network") return [`--net:${name}=@3`, `--net-mac:${name}=02:00:00:00:00:02`];
    const path = join(folder, `${name}.img`);
    disks.push(path);
    return [`--disk:${name}=${path}${needs.readOnly.includes(name) ? ",ro" : ""}`];
  });
  return { options, disks };
}

/** What is compared: output and status of each run. A stack is an engine's own, and is left out. */
export function transcript(seen: readonly Seen[]): string {
  return seen
    .map(({ stdout, stderr, status, untouched }, i) => {
      const heading = seen.length > 1 ? `== ${i}\n` : "";
      const trap = stderr.replace(/^ {4}at .*\n/gm, "");
      return `${heading}${stdout}${trap}status ${status}${untouched ? "" : ", and the disk was changed"}\n`;
    })
    .join("");
}

/** The same of the unikernel: how large the memory is, and where the standard library panics, is not in the contract. */
export function unikernelTranscript(seen: readonly Seen[]): string {
  return transcript(seen)
    .replace(/the memory of \d+ bytes/g, "the memory")
    .replace(/(panic: out of memory) at .*/g, "$1");
}

/**
 * Builds the unikernel of the suite.
 * @param native the processors that it gets native code for
 */
export function buildUnikernel(image: string, native: readonly string[]): void {
  const fata = join(root, "build/compiler/cli.js");
  const options = native.map((name) => `--native=${name}`);
  execFileSync(process.execPath, [fata, "build", join(root, "test/conformance/image"), ...options, "-o", image]);
}

/**
 * What a companion prints, case by case, under a tender.
 * @param command that starts the tender
 * @param socket descriptor of a datagram socket, for network devices
 */
export function runCompanion(command: readonly string[], socket: number, companion: Companion): string {
  return inFolder((folder, image) => {
    writeFileSync(image, companion.bytes);
    return transcript(companionCases(companion).map((run) => runImage(command, socket, folder, image, run)));
  });
}

/** Builds the unikernel of the suite and runs its cases. Returns what they print. */
export function runUnikernel(command: readonly string[], socket: number): string {
  return inFolder((folder, image) => {
    buildUnikernel(image, isNative ? [architecture] : []);
    return unikernelTranscript(unikernelCases.map((run) => runImage(command, socket, folder, image, run)));
  });
}

/** Gives a folder, and the path of an image in it, for as long as the function runs. */
function inFolder(body: (folder: string, image: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), "fata-conformance-"));
  try {
    return body(folder, join(folder, "image.wasm"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs an image once, with the devices that it needs. */
function runImage(command: readonly string[], socket: number, folder: string, image: string, run: Case): Seen {
  const { options, disks } = deviceOptions(run, folder);
  for (const path of disks) writeFileSync(path, disk);
  const words = [...command, ...options, image, ...run.arguments];
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { stdout, stderr, status, signal } = spawnSync(words[0] ?? "", words.slice(1), {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "pipe", socket],
    timeout: TIMEOUT_MS,
  });
  const untouched = disks.every((path) => readFileSync(path).equals(disk));
  return { stdout, stderr, status: status ?? String(signal), untouched };
}

/** The file that holds what is expected of a companion. */
export function expectedFile(name: string): string {
  return join(root, "test/conformance/expected", `${name}.txt`);
}

async function main(command: readonly string[]): Promise<void> {
  const { fd, close } = await makeFrameSocket();
  for (const name of [...companionNames(), UNIKERNEL]) {
    const seen = name === UNIKERNEL ? runUnikernel(command, fd) : runCompanion(command, fd, readCompanion(name));
    if (process.env["FATA_UPDATE"]) writeFileSync(expectedFile(name), seen);
    const same = seen === readFileSync(expectedFile(name), "utf8");
    process.stdout.write(`${name}: ${same ? "as expected" : "DIFFERENT"}\n`);
    if (!same) process.exitCode = 1;
  }
  close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  await main(given.length > 0 ? given : tenderCommand);
}
