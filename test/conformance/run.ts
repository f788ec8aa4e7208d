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
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/repository.ts";
import { architecture, isNative, tenderCommand } from "../tender/engine.ts";
import { makeEchoSocket, makeFrameSocket } from "../tender/socket.ts";
import { type Action, type Companion, companionNames, readCompanion } from "./companion.ts";

/** Bytes of the disk that images are given: each byte is the number of its block. */
const DISK = 4096;

/** The name of its expected output. */
export const UNIKERNEL = "image";

/** An image that has not ended by then never does. */
const TIMEOUT_MS = 20_000;

/** One run of an image. */
export interface Case {
  readonly needs: Pick<Companion, "devices" | "readOnly" | "network">;
  readonly arguments: readonly string[];
  readonly actions: readonly Action[];
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
    actions: companion.actions.filter((action) => action.case === i),
  }));
}

/** What image/config.ts declares. */
const unikernelDevices = [
  { name: "disk", kind: "block" },
  { name: "service", kind: "network" },
] as const;

/** The runs of image/unikernel.ts. */
export const unikernelCases: readonly Case[] = Array.from({ length: 12 }, (_, i) => ({
  needs: { devices: unikernelDevices, readOnly: [], network: "silent" },
  arguments: [`--case=${i}`],
  actions: [],
}));

/** The disk that images are given. */
export const disk = Uint8Array.from({ length: DISK }, (_, i) => i >> 9);

/** Descriptors of a run, both datagram sockets: one whose peer is silent, one that is connected to itself. */
const SILENT_FD = 3;
const ECHO_FD = 4;

/** The tap of a run that has one. */
const TAP = `fc${process.pid}`;

/** What a run is for the system: a command, and the disks that it is given, each of which is to hold `disk`. */
export interface Prepared {
  readonly command: readonly string[];
  readonly disks: readonly string[];
}

/**
 * The command of a run.
 * @param tender the command that starts the tender
 * @param shell the command that starts a POSIX shell, for what happens during a run
 * @param folder of the disks, and of what the shell needs
 */
export function prepare(
  { needs, arguments: words, actions }: Case,
  tender: readonly string[],
  shell: readonly string[],
  image: string,
  folder: string,
): Prepared {
  const disks: string[] = [];
  const networks = { silent: `@${SILENT_FD}`, echo: `@${ECHO_FD}`, tap: TAP };
  const options = needs.devices.flatMap(({ name, kind }) => {
    if (kind === "network") return [`--net:${name}=${networks[needs.network]}`, `--net-mac:${name}=02:00:00:00:00:02`];
    const path = join(folder, `${name}.img`);
    disks.push(path);
    return [`--disk:${name}=${path}${needs.readOnly.includes(name) ? ",ro" : ""}`];
  });
  const command = [...tender, ...options, image, ...words];
  if (actions.length === 0) return { command, disks };
  return {
    command: [...shell, "-c", script(actions, needs.network === "tap"), "sh", join(folder, "out"), ...command],
    disks,
  };
}

/** What runs the tender while it does other things. Its first argument is a file for the output, the others the command. */
function script(actions: readonly Action[], withTap: boolean): string {
  const make = "ip tuntap add dev $tap mode tap 2>/dev/null || tunctl -t $tap >/dev/null; ip link set dev $tap up";
  // A ring with the tap on it is taken down a moment after the process is gone.
  const attempts = Array.from({ length: 20 }, (_, i) => i).join(" ");
  const remove = `for i in ${attempts}; do { ip tuntap del dev $tap mode tap || tunctl -d $tap; } >/dev/null 2>&1 && break; sleep 0.1; done`;
  return [
    `tap=${TAP} out=$1; shift; : >$out`,
    withTap ? make : "",
    '"$@" >$out & pid=$!',
    // A run that takes too long is ended by a signal.
    "trap 'kill -9 $pid' TERM",
    ...actions.map(
      ({ line, command }) =>
        `until grep -qxF '${line}' $out; do kill -0 $pid 2>/dev/null || break; sleep 0.02; done; ${command}`,
    ),
    "wait $pid; status=$?",
    withTap ? remove : "",
    "cat $out; exit $status",
  ].join("\n");
}

/** What is compared: output and status of each run. A stack is an engine's own, statistics a tender's; both are left out. */
export function transcript(seen: readonly Seen[]): string {
  return seen
    .map(({ stdout, stderr, status, untouched }, i) => {
      const heading = seen.length > 1 ? `== ${i}\n` : "";
      const trap = stderr.replace(/^( {4}at|tender: stats:) .*\n/gm, "");
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
 */
export function runCompanion(command: readonly string[], companion: Companion): Promise<string> {
  return inFolder(async (folder, image) => {
    writeFileSync(image, companion.bytes);
    return transcript(await runCases(command, folder, image, companionCases(companion)));
  });
}

/** Builds the unikernel of the suite and runs its cases. Returns what they print. */
export function runUnikernel(command: readonly string[]): Promise<string> {
  return inFolder(async (folder, image) => {
    buildUnikernel(image, isNative ? [architecture] : []);
    return unikernelTranscript(await runCases(command, folder, image, unikernelCases));
  });
}

/** Gives a folder, and the path of an image in it, for as long as the function runs. */
async function inFolder<T>(body: (folder: string, image: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "fata-conformance-"));
  try {
    return await body(folder, join(folder, "image.wasm"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runCases(
  command: readonly string[],
  folder: string,
  image: string,
  cases: readonly Case[],
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const run of cases) seen.push(await runImage(prepare(run, command, ["sh"], image, folder)));
  return seen;
}

async function runImage({ command: [program = "", ...words], disks }: Prepared): Promise<Seen> {
  for (const path of disks) writeFileSync(path, disk);
  const silent = await makeFrameSocket();
  const echo = await makeEchoSocket();
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  try {
    const { stdout, stderr, status, signal } = spawnSync(program, words, {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe", silent.fd, echo.fd],
      timeout: TIMEOUT_MS,
    });
    const untouched = disks.every((path) => readFileSync(path).equals(disk));
    return { stdout, stderr, status: status ?? String(signal), untouched };
  } finally {
    silent.close();
    echo.close();
  }
}

/** The file that holds what is expected of a companion. */
export function expectedFile(name: string): string {
  return join(root, "test/conformance/expected", `${name}.txt`);
}

async function main(command: readonly string[]): Promise<void> {
  for (const name of [...companionNames(), UNIKERNEL]) {
    const seen = await (name === UNIKERNEL ? runUnikernel(command) : runCompanion(command, readCompanion(name)));
    if (process.env["FATA_UPDATE"]) writeFileSync(expectedFile(name), seen);
    const same = existsSync(expectedFile(name)) && seen === readFileSync(expectedFile(name), "utf8");
    process.stdout.write(`${name}: ${same ? "as expected" : "DIFFERENT"}\n`);
    if (!same) process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  await main(given.length > 0 ? given : tenderCommand);
}
