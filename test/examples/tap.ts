/** Examples on a real tap, with the programs of Linux as their peers. */
import assert from "node:assert/strict";
import { Namespace } from "../support/namespace.ts";
import { type Example, printed, stopped, tenderCli } from "./example.ts";

/** The address that the kernel has on the tap; examples have 10.0.0.2 by custom. */
const HOST = "10.0.0.1/24";

/** An example that runs on a tap in a network namespace of its own. */
interface Served {
  /** Runs a line of shell in the namespace. @returns what it printed */
  readonly shell: (line: string) => Promise<string>;
  /** Waits until the example has logged this. @returns the lines up to it */
  readonly logged: (text: string) => Promise<string>;
}

/**
 * Starts an example, has `body` use it, and stops it with SIGINT, which must end it well.
 * @param ready what it logs when it serves; @param words arguments of the image; @param options of the tender, besides the tap
 */
export async function serve(
  example: Example,
  ready: string,
  words: readonly string[],
  body: (served: Served) => Promise<void>,
  options: readonly string[] = [],
): Promise<void> {
  const namespace = await Namespace.make();
  try {
    await namespace.run("ip", "tuntap", "add", "tap0", "mode", "tap");
    await namespace.run("ip", "address", "add", HOST, "dev", "tap0");
    await namespace.run("ip", "link", "set", "tap0", "up");
    const child = namespace.spawn(process.execPath, [tenderCli, "--net=tap0", ...options, example.image, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let log = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      log += part;
    });
    try {
      await printed(child, ready);
      await body({
        shell: (line) => namespace.run("bash", "-c", line),
        logged: async (text) => (log.includes(text) ? log : log + (await printed(child, text))),
      });
    } finally {
      assert.equal(await stopped(child, "SIGINT"), 0);
    }
  } finally {
    await namespace.remove();
  }
}
