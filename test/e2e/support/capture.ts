/** What crosses a tap while a test runs, kept when the test fails. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../support/repository.ts";
import type { Host } from "./host.ts";

/** Octets of each frame that are kept: all headers. */
const SNAP = "128";

/** Runs a test's body. When it fails, the error names the file with the frames. */
export async function captured(host: Host, tap: string, name: string, body: () => Promise<void>): Promise<void> {
  const folder = join(root, "build/captures");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${process.pid}.pcap`);
  // The last 20 MB are enough, in a file and the one before it.
  const tcpdump = host.start("tcpdump", [
    "-Z",
    "root",
    "-n",
    "-U",
    "-i",
    tap,
    "-s",
    SNAP,
    "-C",
    "10",
    "-W",
    "2",
    "-w",
    file,
  ]);
  await tcpdump.printed("listening on");
  let kept = false;
  try {
    await body();
  } catch (error) {
    kept = true;
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nThe frames are in ${file}0 and 1`, {
      cause: error,
    });
  } finally {
    if (tcpdump.running) tcpdump.kill("SIGTERM");
    await tcpdump.ended();
    if (!kept) for (const part of ["0", "1"]) rmSync(file + part, { force: true });
  }
}
