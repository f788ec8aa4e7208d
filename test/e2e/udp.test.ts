/** The UDP echo service of examples/network-udp, as clients on the host see it. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";
import { udp } from "./support/udp.ts";

/** Most bytes of a datagram in a frame of 1500: less the headers of IP and UDP. */
const LARGEST = 1500 - 20 - 8;
const SERVICE = { address: "10.0.0.2", port: 7 } as const;

const same = (size: number, count: number) => Array.from({ length: count }, () => size);

describe("UDP", () => {
  let host: Host;
  let tender: Program;

  before(async () => {
    host = await Host.make();
    await host.tap("tap0", "10.0.0.1/24");
    tender = await host.serving("Echoing UDP on port 7", "--net=tap0", await image("examples/network-udp"));
  });

  test(`datagrams of every size from 0 to ${LARGEST} come back as they were`, async () => {
    const sizes = Array.from({ length: LARGEST + 1 }, (_, size) => size);
    assert.deepEqual(await udp(host, { ...SERVICE, sizes, window: 8 }), { answered: sizes.length, strange: 0 });
  });

  test("10,000 datagrams, 32 on the way at once, and none is lost", async () => {
    const result = await udp(host, { ...SERVICE, sizes: same(64, 10_000), window: 32 });
    assert.deepEqual(result, { answered: 10_000, strange: 0 });
  });

  test("200 sockets at once each get their own answers", async () => {
    const result = await udp(host, { ...SERVICE, sizes: same(100, 2_000), window: 50, sockets: 200 });
    assert.deepEqual(result, { answered: 2_000, strange: 0 });
  });

  test("several clients at once", async () => {
    const job = { ...SERVICE, sizes: same(700, 1_000), window: 8 };
    const results = await Promise.all([1, 2, 3].map(() => udp(host, job)));
    for (const result of results) assert.deepEqual(result, { answered: 1_000, strange: 0 });
  });

  test("a datagram to a closed port is refused with an ICMP error", async () => {
    for (const port of [9, 1, 65535]) {
      const result = await udp(host, { address: "10.0.0.2", port, sizes: [100] });
      assert.deepEqual(result, { answered: 0, strange: 0, error: "ECONNREFUSED" });
    }
  });

  test("errors about closed ports come at a limited rate, and the service does not suffer", async () => {
    // A plain client, which does not end at the first error.
    await host.run("bash", "-c", "for i in $(seq 400); do echo $i > /dev/udp/10.0.0.2/9; done 2>/dev/null; true");
    assert.deepEqual(await udp(host, { ...SERVICE, sizes: same(10, 100), window: 10 }), { answered: 100, strange: 0 });
  });

  test("what is larger than a frame comes and goes in fragments", async () => {
    const sizes = [10, LARGEST + 1, 4096, 20_000, 65_507];
    assert.deepEqual(await udp(host, { ...SERVICE, sizes }), { answered: sizes.length, strange: 0 });
  });

  test("a burst that nobody waits for does not stop the service", async () => {
    // More at once than the tap, the rings and the socket hold: some are lost, and that is all.
    const sizes = same(1000, 20_000);
    const { answered, strange, error } = await udp(host, {
      ...SERVICE,
      sizes,
      window: 20_000,
      sockets: 4,
      patience: 2_000,
    });
    assert(answered > 0);
    assert.equal(strange, 0);
    assert.equal(error, undefined);
    assert.deepEqual(await udp(host, { ...SERVICE, sizes: [1, 2, 3] }), { answered: 3, strange: 0 });
  });

  test("has not made the guest say anything", () => {
    assert(tender.running);
    assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
  });
});
