/** Offloads on real taps: TCP of Linux through an image that forwards frames, and UDP to one that answers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { root } from "../support/repository.ts";
import { image, peer } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";
import { udp } from "./support/udp.ts";

const [NEAR, FAR] = ["10.9.0.1", "10.9.0.2"];
const MTU_FRAME = 1514;

interface Counters {
  readonly rx_packets: number;
  readonly rx_bytes: number;
  readonly rx_dropped: number;
  readonly tx_dropped: number;
}

/** Two hosts with examples/relay between them. @param options of the tender */
async function relay(t: TestContext, options: readonly string[], stale = false) {
  const [near, far] = [await Host.make(t), await Host.make(t)];
  for (const tap of ["left", "right"]) {
    await near.tap(tap);
    // What a program has said of itself stays with a tap that stays.
    if (stale) await near.run(await peer("with-tap"), tap, "stale", "5", "true");
  }
  const words = ["--net:left=left", "--net:right=right", "--stats=json", ...options, await image("examples/relay")];
  const tender = near.tender(...words);
  await tender.printed("Relaying between left and right");
  await near.run("ip", "address", "add", `${NEAR}/24`, "dev", "left");
  await near.give("right", far, `${FAR}/24`);
  await near.carrier("left");
  await far.carrier("right");
  await near.ping(FAR);
  return { near, far, tender };
}

/** Sends bytes both ways at once over TCP; all must come as they were. @param meanwhile what is done once they flow */
async function transfer(near: Host, far: Host, bytes: number, meanwhile = async () => {}): Promise<void> {
  const client = join(root, "build/test/e2e/clients/tcp.js");
  const server = far.node(client, "listen", FAR, "5001", String(bytes));
  await server.printed("listening");
  const sender = near.node(client, "connect", FAR, "5001", String(bytes));
  await sender.printed("connected");
  await meanwhile();
  await sender.endedWith(0);
  assert.match(await server.endedWith(0), new RegExp(`received ${bytes}\n`));
}

/** Ends the relay. @returns what its devices have counted */
async function counted(tender: Program): Promise<Record<"left" | "right", Counters>> {
  tender.kill("SIGTERM");
  const output = await tender.endedWith(0);
  return JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? "").network;
}

/** What the kernel of a host thinks of checksums, by protocol. */
async function checksumErrors(host: Host): Promise<number> {
  const text = await host.run("cat", "/proc/net/snmp");
  let errors = 0;
  for (const protocol of ["Tcp", "Udp"]) {
    const [names = "", values = ""] = text.split("\n").filter((line) => line.startsWith(`${protocol}: `));
    errors += Number(values.split(" ")[names.split(" ").indexOf("InCsumErrors")]);
  }
  return errors;
}

const OFF = ["--net-offload:left=off", "--net-offload:right=off"];

describe("TCP through examples/relay", () => {
  for (const io of ["auto", "rw"])
    test(`with offloads: in frames larger than the MTU, and nothing is lost (--io=${io})`, async (t) => {
      const { near, far, tender } = await relay(t, [`--io=${io}`]);
      const bytes = 32 << 20;
      await transfer(near, far, bytes);
      const { left, right } = await counted(tender);
      for (const { rx_packets, rx_bytes, rx_dropped, tx_dropped } of [left, right]) {
        assert.ok(rx_bytes > bytes);
        assert.ok(rx_bytes / rx_packets > 2 * MTU_FRAME, `${rx_bytes} bytes in ${rx_packets} frames`);
        assert.deepEqual([rx_dropped, tx_dropped], [0, 0]);
      }
    });

  for (const [name, stale] of [
    ["without offloads: in frames of the MTU", false],
    ["without offloads, on taps whose last user had them", true],
  ] as const)
    test(name, async (t) => {
      const { near, far, tender } = await relay(t, OFF, stale);
      const bytes = 8 << 20;
      await transfer(near, far, bytes);
      assert.deepEqual([await checksumErrors(near), await checksumErrors(far)], [0, 0]);
      const { left, right } = await counted(tender);
      for (const { rx_packets, rx_bytes } of [left, right]) {
        assert.ok(rx_bytes > bytes);
        assert.ok(rx_bytes / rx_packets <= MTU_FRAME, `${rx_bytes} bytes in ${rx_packets} frames`);
      }
    });

  test("a tap goes down and up in between", async (t) => {
    const { near, far, tender } = await relay(t, []);
    await transfer(near, far, 64 << 20, async () => {
      for (const host of [near, far]) {
        const tap = host === near ? "left" : "right";
        await host.run("ip", "link", "set", "dev", tap, "down");
        await host.run("ip", "link", "set", "dev", tap, "up");
        await host.carrier(tap);
      }
    });
    await near.ping(FAR);
    await counted(tender);
  });
});

test("a checksum that one side leaves is filled in for another that does not take such", async (t) => {
  const { near, far, tender } = await relay(t, ["--net-offload:right=off"]);
  const sizes = Array.from({ length: 200 }, (_, i) => i * 7);
  const script = `const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
    socket.bind(7, "${FAR}", () => console.log("listening"));`;
  const echo = far.start(process.execPath, ["-e", script]);
  await echo.printed("listening");
  assert.deepEqual(await udp(near, { address: FAR, port: 7, sizes, window: 4 }), { answered: 200, strange: 0 });
  assert.deepEqual([await checksumErrors(near), await checksumErrors(far)], [0, 0]);
  echo.kill("SIGTERM");
  await counted(tender);
});

for (const options of [[], ["--net-offload=off"]])
  test(`UDP to a stack with offloads ${options.length === 0 ? "on" : "off"}`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const words = ["--net=tap0", ...options, await image("test/e2e/projects/offload")];
    await host.serving("Echoing UDP on port 7", ...words);
    await host.ping("10.0.0.2");
    const sizes = Array.from({ length: 1473 }, (_, size) => size);
    const result = await udp(host, { address: "10.0.0.2", port: 7, sizes, window: 8 });
    assert.deepEqual(result, { answered: sizes.length, strange: 0 });
    assert.equal(await checksumErrors(host), 0);
    assert.deepEqual(await udp(host, { address: "10.0.0.2", port: 9, sizes: [100] }), {
      answered: 0,
      strange: 0,
      error: "ECONNREFUSED",
    });
  });

test("a tap with several queues serves several tenders, each its own flows", async (t) => {
  const host = await Host.make(t);
  await host.manyQueues("tap0", "10.0.0.1/24");
  const words = ["--net=tap0", "--net-mac=02:00:00:00:00:02", "--stats=json", await image("examples/network-udp")];
  const tenders = [await host.serving("Echoing UDP", ...words), await host.serving("Echoing UDP", ...words)];
  const job = { address: "10.0.0.2", port: 7, sizes: Array.from({ length: 2_000 }, () => 64) };
  // Until both know the host's address, answers wait, and of many some are lost.
  const few = { ...job, sizes: job.sizes.slice(0, 64), sockets: 64, patience: 1_500 };
  while ((await udp(host, few)).answered < few.sizes.length);
  assert.deepEqual(await udp(host, { ...job, window: 50, sockets: 100 }), { answered: 2_000, strange: 0 });
  for (const tender of tenders) {
    tender.kill("SIGTERM");
    const { network } = JSON.parse(/^\{.*\}$/m.exec(await tender.endedWith(0))?.[0] ?? "");
    assert.ok(network.service.tx_packets > 100, `${network.service.tx_packets} of 2,000 answers`);
  }
});
