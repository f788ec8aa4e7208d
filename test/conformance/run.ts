/**
 * Runs the conformance suite against any tender: what each image prints and how it ends is the contract that every
 * engine keeps. What it should be lies in expected/NAME.txt.
 *
 *     node build/test/conformance/run.js COMMAND...     compares, for the tender that COMMAND starts
 *     FATA_TENDER=native node build/test/conformance/run.js build/native/x86_64/tender
 *                                                       the same, on images that have native code
 *     FATA_UPDATE=1 node build/test/conformance/run.js  writes the expected files anew, to be read before they are kept
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/repository.ts";
import { architecture, isNative } from "../tender/engine.ts";
import { makeFrameSocket } from "../tender/socket.ts";
import { type Companion, companionNames, readCompanion } from "./companion.ts";

/** Bytes of the disk that images are given: each byte is the number of its block. */
const DISK = 4096;

/** The name of its expected output. */
export const UNIKERNEL = "image";

/** An image that has not ended by then never does. */
const TIMEOUT_MS = 20_000;

/**
 * What a companion prints, case by case, under a tender.
 * @param command that starts the tender
 * @param socket descriptor of a datagram socket, for network devices
 */
export function runCompanion(command: readonly string[], socket: number, companion: Companion): string {
  const folder = mkdtempSync(join(tmpdir(), "fata-conformance-"));
  try {
    const image = join(folder, "image.wasm");
    writeFileSync(image, companion.bytes);
    const sections: string[] = [];
    for (let i = 0; i < companion.cases; i++) {
      const args = companion.cases > 1 ? [`--case=${i}`] : companion.arguments;
      sections.push(
        `${companion.cases > 1 ? `== ${i}\n` : ""}${runImage(command, socket, folder, image, companion, args)}`,
      );
    }
    return sections.join("");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What image/config.ts declares. */
const imageDevices = [
  { name: "disk", kind: "block" },
  { name: "service", kind: "network" },
] as const;

/** Cases of image/unikernel.ts. */
const IMAGE_CASES = 12;

/**
 * Builds the unikernel of the suite and runs its cases.
 * @returns what they print; how large the memory is, and where the standard library panics, is not in the contract
 */
export function runUnikernel(command: readonly string[], socket: number): string {
  const folder = mkdtempSync(join(tmpdir(), "fata-conformance-"));
  try {
    const image = join(folder, "conformance.wasm");
    const fata = join(root, "build/compiler/cli.js");
    const native = isNative ? [`--native=${architecture}`] : [];
    execFileSync(process.execPath, [fata, "build", join(root, "test/conformance/image"), ...native, "-o", image]);
    const sections: string[] = [];
    for (let i = 0; i < IMAGE_CASES; i++) {
      const seen = runImage(command, socket, folder, image, { devices: imageDevices, readOnly: [] }, [`--case=${i}`]);
      sections.push(`== ${i}\n${seen}`);
    }
    return sections
      .join("")
      .replace(/the memory of \d+ bytes/g, "the memory")
      .replace(/(panic: out of memory) at .*/g, "$1");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs an image once, with the devices that it needs. Returns its output and its status; a stack is an engine's own, and is left out. */
function runImage(
  command: readonly string[],
  socket: number,
  folder: string,
  image: string,
  needs: Pick<Companion, "devices" | "readOnly">,
  args: readonly string[],
): string {
  const disks: string[] = [];
  const bytes = Uint8Array.from({ length: DISK }, (_, i) => i >> 9);
  const options: string[] = [];
  for (const { name, kind } of needs.devices) {
    if (kind === "network") options.push(`--net:${name}=@3`, `--net-mac:${name}=02:00:00:00:00:02`);
    else {
      const disk = join(folder, `${name}.img`);
      writeFileSync(disk, bytes);
      disks.push(disk);
      options.push(`--disk:${name}=${disk}${needs.readOnly.includes(name) ? ",ro" : ""}`);
    }
  }
  const words = [...command, ...options, image, ...args];
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { stdout, stderr, status, signal } = spawnSync(words[0] ?? "", words.slice(1), {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "pipe", socket],
    timeout: TIMEOUT_MS,
  });
  const trap = stderr.replace(/^ {4}at .*\n/gm, "");
  const untouched = disks.every((disk) => readFileSync(disk).equals(bytes));
  return `${stdout}${trap}status ${status ?? signal}${untouched ? "" : ", and the disk was changed"}\n`;
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
  await main(given.length > 0 ? given : [process.execPath, join(root, "build/tender/tender.cjs")]);
}
