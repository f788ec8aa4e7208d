/** TCP of an image against Linux's: curl and nc, iperf3's client, many connections, bad manners and floods. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../support/repository.ts";
import { image, peer } from "./support/builds.ts";
import { captured } from "./support/capture.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const GUEST = "10.0.0.2";
const OFFLOADS = [
  ["with offloads", []],
  ["without", ["--net-offload=off"]],
] as const;

interface Statistics {
  readonly connections: number;
  /** Chunks of connections' buffers, 4 KiB each. */
  readonly chunks: number;
  /** The image's memory, in bytes. */
  readonly memory: number;
}

/** Runs the test image on a tap. */
async function serve(t: TestContext, name: string, options: readonly string[], body: (host: Host) => Promise<void>) {
  const host = await Host.withTap(t, "10.0.0.1/24");
  await captured(host, "tap0", `tcp-${name}`, async () => {
    const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, ...options, await image("test/e2e/projects/tcp")];
    const tender = await host.serving("Serving TCP", ...words);
    await body(host);
    assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
    tender.kill("SIGTERM");
    await tender.endedWith(0);
  });
}

async function statistics(host: Host): Promise<Statistics> {
  return JSON.parse(await host.run("nc", "-d", GUEST, "11"));
}

/** Waits until nothing is left of all connections but the one that asks. */
async function over(host: Host): Promise<void> {
  for (;;) {
    const { connections, chunks } = await statistics(host);
    if (connections <= 1 && chunks <= 1) return;
    await pause(50);
  }
}

const client = (name: string) => join(root, "build/test/e2e/clients", `${name}.js`);

describe("programs of Linux", () => {
  for (const [name, options] of OFFLOADS)
    test(`curl gets pages, nc what it has sent: ${name}`, (t) =>
      serve(t, `programs-${options.length}`, options, async (host) => {
        const urls = Array.from({ length: 100 }, () => `http://${GUEST}/`);
        assert.equal(await host.run("curl", "-sS", ...urls), "<html>It works.</html>\n".repeat(100));
        const size = 30_000_000;
        const send = `head -c ${size} /dev/urandom | tee >(sha256sum >&2) | nc -N ${GUEST} 7 | sha256sum >&2`;
        const sums = (await host.run("bash", "-c", `(${send}) 2>&1`)).trim().split("\n");
        assert.equal(sums.length, 2);
        assert.equal(sums[0], sums[1]);
        assert.equal(await host.run("bash", "-c", `head -c ${size} /dev/zero | nc -N ${GUEST} 9`), String(size));
        assert.equal(await host.run("bash", "-c", `nc -d ${GUEST} 19 | head -c ${size} | wc -c`), `${size}\n`);
        await over(host);
      }));
});

test("a thousand connections at once", (t) =>
  serve(t, "many", [], async (host) => {
    for (let times = 0; times < 2; times++)
      assert.match(await host.node(client("many"), GUEST, "7", "1000").endedWith(0), /1000 connections/);
    await over(host);
  }));

describe("bad manners", () => {
  test("an octet at a time", (t) =>
    serve(t, "trickle", [], async (host) => {
      await host.node(client("patience"), "trickle", GUEST, "7", "5000").endedWith(0);
      await over(host);
    }));

  test("readers that stop take no more memory than their windows, and get what they then ask for", (t) =>
    serve(t, "stall", [], async (host) => {
      const readers = Array.from({ length: 20 }, () => host.node(client("patience"), "stall", GUEST, "19", "9000000"));
      for (const reader of readers) await reader.printed("stalling");
      // Others do not notice.
      assert.equal(await host.run("curl", "-sS", `http://${GUEST}/`), "<html>It works.</html>\n");
      assert.ok((await statistics(host)).memory < 64 << 20);
      for (const reader of readers) await reader.endedWith(0);
      await over(host);
    }));

  test("a receive buffer that is small, and a window that shrinks with it", (t) =>
    serve(t, "small", [], async (host) => {
      await host.run("sysctl", "-qw", "net.ipv4.tcp_rmem=4096 4096 8192", "net.ipv4.tcp_shrink_window=1");
      assert.equal(await host.run("bash", "-c", `nc -d ${GUEST} 19 | head -c 2000000 | wc -c`), "2000000\n");
      await over(host);
    }));
});

describe("floods", () => {
  /** Keeps a connection busy while a flood goes on, during which others are served, too, if the flood lets them. */
  async function flood(host: Host, kind: string, aimed: boolean): Promise<void> {
    const holder = host.filter(process.execPath, client("patience"), "hold", GUEST, "7");
    let said = "";
    holder.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    while (!said.includes("\n")) await pause(10);
    const port = /port (\d+)/.exec(said)?.[1] ?? "";
    const words = ["tap0", GUEST_MAC, GUEST, kind, "7", ...(aimed ? ["10.0.0.1", port] : [])];
    const attack: Program = host.start(await peer("flood"), words);
    await attack.printed("flooding");
    await pause(1_000);
    attack.kill("SIGTERM");
    await attack.ended();
    const { memory } = await statistics(host);
    assert.ok(memory < 64 << 20, `${memory} bytes of memory`);
    holder.child.stdin?.end();
    await holder.endedWith(0);
    const rounds = Number(/(\d+) rounds/.exec(said)?.[1]);
    assert.ok(rounds > 1, `${rounds} rounds`);
  }

  for (const [kind, aimed] of [
    ["syn", false],
    ["ack", false],
    ["rst", false],
    ["rst", true],
    ["data", true],
    ["syn", true],
  ] as const)
    test(`of ${kind}, ${aimed ? "aimed at the connection" : "from everywhere"}: the connection goes on`, (t) =>
      serve(t, `flood-${kind}`, [], async (host) => {
        await flood(host, kind, aimed);
        assert.equal(await host.run("curl", "-sS", "-m", "10", `http://${GUEST}/`), "<html>It works.</html>\n");
      }));
});
