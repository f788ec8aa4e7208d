/** An image with two networks: each has its own device, its own addresses and its own stack. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import { udp } from "./support/udp.ts";

const project = "test/e2e/projects/two-networks";

describe("two networks", () => {
  let host: Host;

  before(async () => {
    host = await Host.make();
    await host.tap("tap0", "10.0.0.1/24");
    await host.tap("tap1", "10.0.1.1/24");
    await host.serving(
      "Echoing on both networks",
      "--net:left=tap0",
      "--net:right=tap1",
      "--net-mac:left=02:00:00:00:00:0a",
      "--net-mac:right=02:00:00:00:00:0b",
      await image(project),
      "--left-ipv4=10.0.0.2/24",
      "--right-ipv4=10.0.1.2/24",
    );
  });

  test("both answer ping, each with its own Ethernet address", async () => {
    await host.run("ping", "-c", "3", "-i", "0.01", "-w", "10", "10.0.0.2");
    await host.run("ping", "-c", "3", "-i", "0.01", "-w", "10", "10.0.1.2");
    assert.match(await host.run("ip", "neighbour", "show", "dev", "tap0"), /10\.0\.0\.2 lladdr 02:00:00:00:00:0a/);
    assert.match(await host.run("ip", "neighbour", "show", "dev", "tap1"), /10\.0\.1\.2 lladdr 02:00:00:00:00:0b/);
  });

  test("both echo UDP on the same port, at the same time", async () => {
    const job = { port: 7, sizes: Array.from({ length: 2_000 }, (_, i) => i % 1400), window: 16 };
    const results = await Promise.all([
      udp(host, { ...job, address: "10.0.0.2", prefix: "left: " }),
      udp(host, { ...job, address: "10.0.1.2", prefix: "right: " }),
    ]);
    for (const result of results) assert.deepEqual(result, { answered: 2_000, strange: 0 });
  });

  test("the address of one is not answered for on the other", async () => {
    await assert.rejects(host.run("arping", "-c", "1", "-w", "1", "-I", "tap0", "10.0.1.2"), /Received 0 response/);
    await assert.rejects(host.run("arping", "-c", "1", "-w", "1", "-I", "tap1", "10.0.0.2"), /Received 0 response/);
  });

  test("one goes on when the other's tap is gone", async () => {
    await host.run("ip", "link", "delete", "dev", "tap1");
    await host.run("ping", "-c", "3", "-i", "0.01", "-w", "10", "10.0.0.2");
    const result = await udp(host, { address: "10.0.0.2", port: 7, sizes: [1, 2, 3], prefix: "left: " });
    assert.deepEqual(result, { answered: 3, strange: 0 });
  });
});

describe("two networks and one option", () => {
  let host: Host;

  before(async () => {
    host = await Host.make();
    await host.tap("tap0");
  });

  test("do not fit: which one is meant?", async () => {
    const output = await host.tender("--net=tap0", await image(project)).endedWith(66);
    assert.match(output, /^tender: .*which of the network devices\?.*left \(network\), right \(network\)\n$/);
  });

  test("do not fit: the other one is not attached", async () => {
    const output = await host.tender("--net:left=tap0", await image(project)).endedWith(66);
    assert.match(output, /^tender: .*"right" is not attached; add --net:right=tap0; .*\n$/);
  });
});
