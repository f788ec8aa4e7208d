/** The tender's count of frames is the kernel's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";

test("frames and bytes are as the kernel counts them on the tap", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(
    "Echoing UDP on port 7",
    "--stats=json",
    "--net=tap0",
    await image("examples/network-udp"),
  );
  await host.ping("10.0.0.2");
  await host.run("ping", "-q", "-f", "-c", "1000", "-s", "1000", "-w", "30", "10.0.0.2");
  tender.kill("SIGTERM");
  const output = await tender.endedWith(0);
  const { service } = JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? "").network;
  const [{ stats64: kernel }] = JSON.parse(await host.run("ip", "-json", "-statistics", "link", "show", "dev", "tap0"));
  // What the kernel sends, the guest receives.
  assert.deepEqual([service.rx_packets, service.rx_bytes], [kernel.tx.packets, kernel.tx.bytes]);
  assert.deepEqual([service.tx_packets, service.tx_bytes], [kernel.rx.packets, kernel.rx.bytes]);
  // 1003 pings, or some more where answers were late, and the questions and answers of ARP.
  assert.ok(service.rx_packets > 1003, `${service.rx_packets} packets`);
  assert.deepEqual([service.rx_dropped, service.tx_dropped], [0, 0]);
});
