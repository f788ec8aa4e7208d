/**
 * What the benches stand on: a network namespace, a folder for images, and the processes that were started. All of it
 * goes with `clear`.
 */
import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Namespace } from "../test/support/namespace.ts";
import { hasKvm, host, nativeTenderFor } from "../test/support/native.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Commands of the repository, to be run by Node. */
export const fata = join(root, "build/compiler/cli.js");
export const tender = join(root, "build/tender/tender.cjs");

/** The native tender for this machine. */
export const nativeTender = nativeTenderFor(host.name);

/** Isolations of the native tender that this machine has. There are targets for the first one. */
export const nativeIsolations = hasKvm ? ["seccomp", "kvm"] : ["seccomp"];

/** A program of bench/peers. */
export function peer(name: string): string {
  return join(root, "bench/peers/build", name);
}

/** A tap with the host's address and the guest's behind it. Each has a network of its own. */
export interface Tap {
  readonly name: string;
  readonly host: string;
  readonly guest: string;
}

/** A link to another namespace, with that end's address. */
export interface Link {
  readonly namespace: Namespace;
  readonly address: string;
}

/** Variables that change the start of every Node: here they would only be noise. */
const UNWANTED = ["NODE_COMPILE_CACHE", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"];
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !UNWANTED.includes(name)));

const COLLECT: StdioOptions = ["ignore", "pipe", "pipe"];

export class Ground {
  private readonly folder = mkdtempSync(join(tmpdir(), "fata-bench-"));
  private readonly children = new Set<ChildProcess>();
  private readonly images = new Map<string, Promise<string>>();
  private readonly taps = new Map<string, Promise<Tap>>();
  private namespace: Promise<Namespace> | undefined;
  private readonly others: Promise<Namespace>[] = [];
  private readonly links: Record<number, Promise<Link>> = {};
  private cleared = false;

  /** A path in the folder, for a file that goes with it. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Starts a program in the namespace, to be ended by `end`. Its errors are shown. The child is the program itself. */
  async serve(program: string, ...args: string[]): Promise<ChildProcess> {
    return this.spawnInside(program, args, ["ignore", "ignore", "inherit"]);
  }

  /** As `serve`, in another namespace. */
  async serveIn(namespace: Namespace, program: string, ...args: string[]): Promise<ChildProcess> {
    const [first, ...rest] = preferred(program, args);
    return this.track(() => namespace.spawn(first, rest, this.options(["ignore", "ignore", "inherit"])));
  }

  /** As `serve`, with pipes to its standard input and from its standard output. */
  async converse(program: string, ...args: string[]): Promise<ChildProcess> {
    return this.spawnInside(program, args, ["pipe", "pipe", "inherit"]);
  }

  /** Runs a program to its end, outside of the namespace. @returns its output @throws when it fails */
  async run(program: string, ...args: string[]): Promise<string> {
    const [first, ...rest] = preferred(program, args);
    return output(this.track(() => spawn(first, rest, this.options(COLLECT))));
  }

  /** Runs a program to its end, in the namespace. @returns its output @throws when it fails */
  async runInside(program: string, ...args: string[]): Promise<string> {
    return output(await this.spawnInside(program, args, COLLECT));
  }

  /** Ends a program that was started. */
  async end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  /**
   * Builds an image, once.
   * @param directory from the root of the repository
   * @param options of `fata build`
   * @returns its path
   */
  image(directory: string, ...options: string[]): Promise<string> {
    const name = [basename(directory), ...options].join("");
    let image = this.images.get(name);
    if (!image) {
      const path = this.file(`${name}.wasm`);
      image = this.run(process.execPath, fata, "build", join(root, directory), "-o", path, ...options).then(() => path);
      this.images.set(name, image);
    }
    return image;
  }

  /** Makes a tap, once. @param index 0 to 7 */
  tap(index: number): Promise<Tap> {
    const name = `tap${index}`;
    let tap = this.taps.get(name);
    if (!tap) {
      tap = this.makeTap({ name, host: `10.0.${index}.1`, guest: `10.0.${index}.2` });
      this.taps.set(name, tap);
    }
    return tap;
  }

  /**
   * Waits until somebody serves a tap, or nobody any more: the kernel ends an io_uring, with what it holds, some time
   * after its process.
   * @param name of a tap that is up, in the namespace
   * @throws when that does not come about
   */
  async waitFor(name: string, wanted: "served" | "released"): Promise<void> {
    for (let i = 0; i < 500; i++) {
      const served = !(await this.runInside("ip", "link", "show", "dev", name)).includes("NO-CARRIER");
      if (served === (wanted === "served")) return;
      await sleep(10);
    }
    throw new Error(`tap ${name} is not ${wanted}`);
  }

  /** Makes another namespace. */
  addNamespace(): Promise<Namespace> {
    const namespace = makeNamespace();
    this.others.push(namespace);
    return namespace;
  }

  /**
   * Makes a link from the namespace to another, once: Linux's own way.
   * @param whole whether frames may be up to 64 KiB long, which nobody cuts; else each is as long as on the wire
   * @returns the namespace, and the address in it
   */
  link(whole: boolean): Promise<Link> {
    const index = whole ? 8 : 9;
    this.links[index] ??= this.makeLink(index, whole);
    return this.links[index];
  }

  /** Ends and removes everything. Nothing can be started afterwards. */
  async clear(): Promise<void> {
    if (this.cleared) return;
    this.cleared = true;
    await Promise.all([...this.children].map((child) => this.end(child)));
    const namespaces = await Promise.all([...(this.namespace ? [this.namespace] : []), ...this.others]);
    for (const namespace of namespaces) await namespace.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async makeLink(index: number, whole: boolean): Promise<Link> {
    const namespace = await this.addNamespace();
    const main = await this.inside();
    const [near, far] = [`near${index}`, `far${index}`];
    await main.run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace.name);
    const ends = [
      { at: main, name: near, address: `10.0.${index}.1` },
      { at: namespace, name: far, address: `10.0.${index}.2` },
    ];
    for (const { at, name, address } of ends) {
      await at.run("ip", "addr", "add", `${address}/24`, "dev", name);
      if (!whole) await at.run("ip", "link", "set", "dev", name, "gso_max_segs", "1");
      await at.run("ip", "link", "set", "dev", name, "up");
    }
    return { namespace, address: `10.0.${index}.2` };
  }

  private async makeTap(tap: Tap): Promise<Tap> {
    const namespace = await this.inside();
    await namespace.run("ip", "tuntap", "add", "dev", tap.name, "mode", "tap");
    await namespace.run("ip", "addr", "add", `${tap.host}/24`, "dev", tap.name);
    await namespace.run("ip", "link", "set", "dev", tap.name, "up");
    return tap;
  }

  private inside(): Promise<Namespace> {
    this.namespace ??= makeNamespace();
    return this.namespace;
  }

  private async spawnInside(program: string, args: readonly string[], stdio: StdioOptions): Promise<ChildProcess> {
    const namespace = await this.inside();
    const [first, ...rest] = preferred(program, args);
    return this.track(() => namespace.spawn(first, rest, this.options(stdio)));
  }

  private options(stdio: StdioOptions): SpawnOptions {
    // A process group of its own: Ctrl-C reaches this process alone, which then ends its children.
    return { cwd: root, env, stdio, detached: true };
  }

  private track(start: () => ChildProcess): ChildProcess {
    if (this.cleared) throw new Error("interrupted");
    const child = start();
    this.children.add(child);
    for (const event of ["exit", "error"]) child.once(event, () => this.children.delete(child));
    return child;
  }
}

/**
 * A command with the highest priority for its session, too, which `detached` makes: where the kernel schedules by sessions
 * (autogroup), the priority of the processes counts within theirs only. The shell becomes the program.
 */
function preferred(program: string, args: readonly string[]): [string, ...string[]] {
  const nice = constants.priority.PRIORITY_HIGHEST;
  return ["sh", "-c", `{ echo ${nice} >/proc/self/autogroup; } 2>/dev/null; exec "$0" "$@"`, program, ...args];
}

async function makeNamespace(): Promise<Namespace> {
  const namespace = await Namespace.make();
  // Else the kernel sends router solicitations and the like to the guest.
  for (const which of ["all", "default"])
    await namespace.run("sh", "-c", `echo 1 > /proc/sys/net/ipv6/conf/${which}/disable_ipv6`);
  return namespace;
}

async function output(child: ChildProcess): Promise<string> {
  let out = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  const [status, signal] = await once(child, "close");
  if (status !== 0) throw new Error(`${child.spawnargs.join(" ")}: ${signal ?? `status ${status}`}\n${out}${errors}`);
  return out;
}
