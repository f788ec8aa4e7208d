/**
 * A host of a test's own: a network namespace, the taps in it, and the programs that run there. All of it goes with the
 * test, however that ends.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { after, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Namespace } from "../../support/namespace.ts";
import { tenderCommand } from "../../tender/engine.ts";
import { Program, within } from "./program.ts";

/** The guest's Ethernet address in the tests. */
export const GUEST_MAC = "02:00:00:00:00:02";

/** Hosts that are to be removed with the test file. */
const hosts = new Set<Host>();
after(() => Promise.all([...hosts].map((host) => host.remove())));

// When a signal ends the test, nothing asynchronous can be done any more.
process.once("exit", () => {
  for (const host of hosts) host.abandon();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

export class Host {
  readonly #namespace: Namespace;
  readonly #programs: Program[] = [];

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Makes a host. @param t the test that it goes with; by default it goes with the test file */
  static async make(t?: TestContext): Promise<Host> {
    assert.equal(process.getuid?.(), 0, "this test makes network namespaces and taps: run it as root, sudo npm test");
    const namespace = await Namespace.make();
    const host = new Host(namespace);
    hosts.add(host);
    t?.after(() => host.remove());
    // Neighbour discovery and the like would be noise in the tests that look at frames.
    await host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
    return host;
  }

  /** Makes a host with the tap tap0, which is up. @param address of the host on it, with prefix; none by default */
  static async withTap(t: TestContext, address?: string): Promise<Host> {
    const host = await Host.make(t);
    await host.tap("tap0", address);
    return host;
  }

  /** Ends all programs and takes the network away. */
  async remove(): Promise<void> {
    if (!hosts.delete(this)) return;
    for (const program of this.#programs) if (program.running) program.kill("SIGKILL");
    await Promise.allSettled(this.#programs.map((program) => program.ended()));
    await this.#namespace.remove();
  }

  /** As remove, at once. */
  abandon(): void {
    for (const program of this.#programs) if (program.running) program.kill("SIGKILL");
    spawnSync("ip", ["netns", "delete", this.#namespace.name]);
  }

  /** Makes a tap that is up. @param address of the host on it, with prefix; none by default, so that the host is mute */
  async tap(name: string, address?: string): Promise<void> {
    await this.run("ip", "tuntap", "add", "dev", name, "mode", "tap");
    if (address !== undefined) await this.run("ip", "address", "add", address, "dev", name);
    await this.run("ip", "link", "set", "dev", name, "up");
  }

  /** Makes a tap with several queues, for several tenders, that is up. @param address of the host on it, with prefix */
  async manyQueues(name: string, address: string): Promise<void> {
    await this.run("ip", "tuntap", "add", "dev", name, "mode", "tap", "multi_queue");
    await this.run("ip", "address", "add", address, "dev", name);
    await this.run("ip", "link", "set", "dev", name, "up");
  }

  /** Gives a network interface to another host, where it is up. @param address of that host on it, with prefix; none by default */
  async give(name: string, to: Host, address?: string): Promise<void> {
    await this.run("ip", "link", "set", "dev", name, "netns", to.#namespace.name);
    if (address !== undefined) await to.run("ip", "address", "add", address, "dev", name);
    await to.run("ip", "link", "set", "dev", name, "up");
  }

  /** Runs a program to its end, which must be good. @returns its output @throws with its output when it fails */
  run(program: string, ...args: string[]): Promise<string> {
    return this.start(program, args).endedWith(0);
  }

  /** Pings an address three times, which must be answered. @returns what ping printed */
  ping(address: string): Promise<string> {
    return this.run("ping", "-c", "3", "-i", "0.01", "-w", "10", address);
  }

  /** Starts a program, whose standard error is its standard output: two pipes would not keep the order of what it prints. */
  start(program: string, args: readonly string[]): Program {
    return this.#keep(new Program(this.#spawn("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...args], "ignore")));
  }

  /** Starts a program whose standard input and output are the caller's to use. */
  filter(program: string, ...args: string[]): Program {
    const child = this.#spawn(program, args, "pipe");
    return this.#keep(new Program(child, [child.stderr]));
  }

  /** Starts a script of Node. */
  node(script: string, ...args: string[]): Program {
    return this.start(process.execPath, [script, ...args]);
  }

  /** Starts a tender. */
  tender(...args: string[]): Program {
    const [program, ...words] = tenderCommand as [string, ...string[]];
    return this.start(program, [...words, ...args]);
  }

  /**
   * Starts a tender and waits until its guest serves.
   * @param ready what the guest prints then
   * @param args the tender's; taps by name must be up
   */
  async serving(ready: string | RegExp, ...args: string[]): Promise<Program> {
    const tender = this.tender(...args);
    await tender.printed(ready);
    for (const arg of args) {
      const [, tap] = /^--net(?::[^=]*)?=([^@].*)/.exec(arg) ?? [];
      if (tap !== undefined) await this.carrier(tap);
    }
    return tender;
  }

  /**
   * Waits until the kernel sends on a tap that was opened. What is sent before that is lost, without an error: the news
   * that there is a carrier takes its time.
   */
  carrier(tap: string): Promise<void> {
    const search = async () => {
      while (!(await this.run("ip", "link", "show", "dev", tap)).includes("state UP")) await pause(10);
    };
    return within(() => `a carrier on ${tap}`, search());
  }

  #spawn(program: string, args: readonly string[], input: "ignore" | "pipe"): ChildProcess {
    // Certificates make every start of Node slower, and nothing here uses them.
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    return this.#namespace.spawn(program, args, { env, stdio: [input, "pipe", "pipe"] });
  }

  #keep(program: Program): Program {
    this.#programs.push(program);
    return program;
  }
}
