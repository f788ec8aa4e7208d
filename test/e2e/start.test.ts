/** `npm start`: what a newcomer sees first. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { chooseWire, overlaps, tapCommands } from "../../tools/start/tap.ts";
import { Namespace, noNamespaces } from "../support/namespace.ts";
import { readRepository, root } from "../support/repository.ts";

/** `npm start` in a namespace. */
class Start {
  output = "";
  readonly #namespace: Namespace;
  readonly #child;
  readonly #exit: Promise<unknown>;

  constructor(namespace: Namespace, before: readonly string[]) {
    this.#namespace = namespace;
    const [program = "", ...args] = [...before, process.execPath, join(root, "build/tools/start.js")];
    this.#child = namespace.spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#exit = once(this.#child, "close");
    this.#child.stdout?.on("data", (chunk) => this.#add(chunk));
    this.#child.stderr?.on("data", (chunk) => this.#add(chunk));
  }

  #add(chunk: Buffer): void {
    this.output += chunk;
    this.#child.emit("output");
  }

  /** Waits until it has printed this. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      assert.equal(this.#child.exitCode, null, `it ended without "${text}":\n${this.output}`);
      await Promise.race([once(this.#child, "output"), this.#exit]);
    }
  }

  /** Waits for the end. @returns the exit status */
  async ended(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async links(): Promise<string[]> {
    const links = JSON.parse(await this.#namespace.run("ip", "-json", "link", "show")) as { ifname: string }[];
    return links.map((link) => link.ifname);
  }
}

/** @param before words before its command; @param prepare what is there before it starts */
async function withStart(
  before: readonly string[],
  use: (start: Start, namespace: Namespace) => Promise<void>,
  prepare = async (_: Namespace) => {},
) {
  const namespace = await Namespace.make();
  await prepare(namespace);
  const start = new Start(namespace, before);
  try {
    await use(start, namespace);
  } finally {
    start.kill("SIGTERM");
    await start.ended();
    await namespace.remove();
  }
}

describe("npm start", { skip: noNamespaces }, () => {
  test("serves the website on tap0, tells what to open, and undoes what it made", () =>
    withStart([], async (start, namespace) => {
      await start.printed("Open http://10.0.0.2/ in a browser");
      await start.printed("Serving HTTP on port 80");
      assert.deepEqual(await start.links(), ["lo", "tap0"]);

      await namespace.run("ping", "-c", "1", "-w", "10", "10.0.0.2");
      const page = await namespace.run("curl", "-sS", "http://10.0.0.2/");
      assert.equal(page, readRepository("examples/website/htdocs/index.html"));
      await start.printed('"GET / HTTP/1.1" 200');

      start.kill("SIGINT");
      assert.equal(await start.ended(), 0);
      assert.deepEqual(await start.links(), ["lo"]);
    }));

  test("says what to type and runs hello when it may not make a tap", () =>
    withStart(["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"], async (start) => {
      assert.equal(await start.ended(), 0);
      assert.match(start.output, /tap0 could not be made \(.*permitted\)/);
      assert.match(start.output, /^ {2}sudo ip tuntap add tap0 mode tap user 0$/m);
      assert.match(start.output, /^ {2}sudo ip address add 10\.0\.0\.1\/24 dev tap0$/m);
      assert.equal(start.output.match(/\[INFO\] \[application\] hello$/gm)?.length, 4);
    }));

  test("takes another name and another network when these are in use, and says so", () =>
    withStart(
      [],
      async (start, namespace) => {
        await start.printed("Serving HTTP on port 80");
        assert.match(start.output, /10\.0\.0\.0\/24 is in use on this host \(route 10\.0\.0\.0\/16\)/);
        assert.deepEqual(await start.links(), ["lo", "tap0", "tap1"]);
        await namespace.run("ping", "-c", "1", "-w", "10", "10.99.0.2");
        start.kill("SIGTERM");
        assert.equal(await start.ended(), 0);
        assert.deepEqual(await start.links(), ["lo", "tap0"]);
      },
      async (namespace) => {
        await namespace.run("ip", "tuntap", "add", "tap0", "mode", "tap");
        await namespace.run("ip", "address", "add", "10.0.0.77/16", "dev", "tap0");
        await namespace.run("ip", "link", "set", "tap0", "up");
      },
    ));
});

describe("the choice of a wire", () => {
  const none = () => false;

  test("is tap0 and 10.0.0.0/24 on a host that has neither", () => {
    const wire = chooseWire(["192.168.1.0/24", "172.17.0.0/16"], none);
    assert.deepEqual(wire, { tap: "tap0", host: "10.0.0.1/24", guest: "10.0.0.2/24", conflicts: [] });
  });

  test("passes over names and networks in use", () => {
    const wire = chooseWire(["10.0.0.0/8", "172.20.99.7"], (name) => name === "tap0" || name === "tap1");
    assert.equal(wire?.tap, "tap2");
    assert.equal(wire?.guest, "192.168.99.2/24");
    assert.equal(wire?.conflicts.length, 3);
  });

  test("is none when all networks are in use", () => {
    assert.equal(chooseWire(["0.0.0.0/1", "128.0.0.0/1"], none), undefined);
  });

  test("knows prefixes that overlap", () => {
    assert.ok(overlaps("10.0.0.0/8", "10.0.0.0/24"));
    assert.ok(overlaps("10.0.0.77", "10.0.0.0/24"));
    assert.ok(overlaps("0.0.0.0/0", "10.0.0.0/24"));
    assert.ok(!overlaps("10.0.1.0/24", "10.0.0.0/24"));
    assert.ok(!overlaps("192.168.0.0/16", "172.20.99.0/24"));
  });

  test("becomes commands that make a tap for the user", () => {
    const wire = chooseWire([], none);
    assert.ok(wire);
    assert.deepEqual(
      tapCommands(wire, 1000).map((command) => command.join(" ")),
      ["ip tuntap add tap0 mode tap user 1000", "ip address add 10.0.0.1/24 dev tap0", "ip link set tap0 up"],
    );
  });
});
