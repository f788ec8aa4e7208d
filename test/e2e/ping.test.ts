/** The guest answers ping, and only what is right. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const SERVES = "Echoing UDP on port 7";

/** Pings, one after the other, each of which must be answered. @param words further arguments of ping */
async function ping(host: Host, address: string, count: number, ...words: string[]): Promise<void> {
  // With a deadline it goes on until so many are answered. Where one is late it sends another, and that is no loss.
  const output = await host.run("ping", "-c", `${count}`, "-i", "0.01", "-w", "30", ...words, address);
  const answered = [...output.matchAll(/ bytes from .* icmp_seq=(\d+) /g)].map(([, number]) => Number(number));
  assert.deepEqual(
    answered,
    Array.from({ length: count }, (_, i) => i + 1),
  );
}

describe("ping", () => {
  let host: Host;
  let tender: Program;

  before(async () => {
    host = await Host.make();
    await host.tap("tap0", "10.0.0.1/24");
    tender = await host.serving(SERVES, "--net=tap0", await image("examples/network-udp"));
  });

  for (const size of [0, 1, 56, 57, 1000, 1471, 1472])
    test(`with ${size} bytes`, () => ping(host, "10.0.0.2", 10, "-M", "do", "-s", `${size}`));

  test("with every pattern of bits that makes a checksum interesting", async () => {
    for (const pattern of ["00", "ff", "8000", "fffe"]) await ping(host, "10.0.0.2", 2, "-p", pattern);
  });

  test("as a flood of thousands, without a loss", () => ping(host, "10.0.0.2", 5000, "-i", "0"));

  for (const size of [1473, 20_000, 65_507])
    test(`with ${size} bytes, in fragments`, () => ping(host, "10.0.0.2", 10, "-s", `${size}`));

  test("as a flood with the MTU's size", () => ping(host, "10.0.0.2", 2000, "-i", "0", "-s", "1472"));

  test("from several at once", () =>
    Promise.all([1, 2, 3, 4].map(() => ping(host, "10.0.0.2", 50, "-s", "500"))).then(() => undefined));

  test("from a second address of the host", async () => {
    await host.run("ip", "address", "add", "10.0.0.3/24", "dev", "tap0");
    await ping(host, "10.0.0.2", 3, "-I", "10.0.0.3");
    await ping(host, "10.0.0.2", 3, "-I", "10.0.0.1");
  });

  test("has not made the guest say anything", () => {
    assert.deepEqual(
      tender.output.split("\n").filter((line) => /WARNING|ERROR|panic|trap/.test(line)),
      [],
    );
    assert(tender.running);
  });
});

test("ping over a tap with a smaller MTU", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0", "10.0.0.1/24");
  await host.run("ip", "link", "set", "dev", "tap0", "mtu", "600");
  const tender = await host.serving(SERVES, "--net=tap0", await image("examples/network-udp"));
  await ping(host, "10.0.0.2", 3, "-M", "do", "-s", "572");
  // The host cuts these into fragments, and so does the guest with its answers.
  for (const size of [573, 5000, 20_000]) await ping(host, "10.0.0.2", 3, "-s", `${size}`);
  assert(tender.running);
});

test("ping with jumbo frames", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0", "10.0.0.1/24");
  await host.run("ip", "link", "set", "dev", "tap0", "mtu", "9000");
  await host.serving(SERVES, "--net=tap0", await image("examples/network-udp"));
  await ping(host, "10.0.0.2", 3, "-M", "do", "-s", "8972");
  await ping(host, "10.0.0.2", 3);
});

test("--ipv4 gives the guest another address and network", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0", "172.31.5.1/16");
  const udp = await image("examples/network-udp");
  const tender = await host.serving(SERVES, "--net=tap0", udp, "--ipv4=172.31.200.7/16");
  assert.match(tender.output, /service has 172\.31\.200\.7\/16\n/);
  await ping(host, "172.31.200.7", 3);
});

test("--ipv4-gateway: a peer in another network is answered through the gateway", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0", "10.0.0.1/24");
  await host.run("ip", "address", "add", "192.168.50.9/32", "dev", "lo");
  // The second one has the address of the first, which the host's kernel knows.
  const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, await image("examples/network-udp")];
  const tender = await host.serving(SERVES, ...words, "--ipv4-gateway=10.0.0.1");
  await ping(host, "10.0.0.2", 3, "-I", "192.168.50.9");
  await ping(host, "10.0.0.2", 3);
  tender.kill("SIGTERM");
  await tender.endedWith(0);

  await host.serving(SERVES, ...words);
  await ping(host, "10.0.0.2", 1);
  await assert.rejects(host.run("ping", "-c", "1", "-W", "1", "-I", "192.168.50.9", "10.0.0.2"), /100% packet loss/);
});
