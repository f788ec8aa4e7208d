/** Taps on an io_uring, without one, and after a tender that was killed with one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tenderCommand } from "../tender/engine.ts";
import { image, peer } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import { udp } from "./support/udp.ts";

const GUEST = "10.0.0.2";
const serves = "Echoing UDP on port 7";

for (const [errno, reason] of [
  ["38", "this kernel has no io_uring"],
  ["1", "io_uring is forbidden here"],
] as const)
  test(`a machine where ${reason}: --io=auto reads and writes call by call, --io=uring is refused`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const udpImage = await image("examples/network-udp");
    const wrapper = [errno, ...tenderCommand, "--net=tap0"];
    const start = async (...words: string[]) =>
      host.start(await peer("without-ring"), [...wrapper, ...words, udpImage]);
    assert.match(await (await start("--io=uring")).endedWith(71), new RegExp(`^tender: ${reason}; .*--io=rw\n$`));
    const explained = await (await start("--explain")).endedWith(0);
    assert.match(explained, new RegExp(`^io: rw \\(not uring: ${reason}; .*\\)$`, "m"));
    assert.doesNotMatch(explained, /io_uring_enter/);
    const tender = await start();
    await tender.printed(serves);
    await host.carrier("tap0");
    const result = await udp(host, { address: GUEST, port: 7, sizes: [0, 1, 1472], window: 3 });
    assert.deepEqual(result, { answered: 3, strange: 0 });
    tender.kill("SIGTERM");
    await tender.endedWith(0);
  });

test("a tender that is killed under load, with frames on their way: the next one takes its tap at once", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const udpImage = await image("examples/network-udp");
  const load = host.start("ping", ["-q", "-i", "0.002", GUEST]);
  for (let i = 0; i < 5; i++) {
    // Each has the address of the one before it, which the host's kernel knows.
    const tender = await host.serving(serves, "--net=tap0", `--net-mac=${GUEST_MAC}`, udpImage);
    await host.ping(GUEST);
    tender.kill("SIGKILL");
    await tender.ended();
  }
  assert.ok(load.running);
});

for (const io of ["rw", "uring"])
  test(`--io=${io}: many datagrams at once, all sizes`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const udpImage = await image("examples/network-udp");
    const explained = host.tender("--io=uring", "--explain", "--net=tap0", udpImage);
    const { status } = await explained.ended();
    if (io === "uring" && status !== 0) {
      assert.match(explained.output, /^tender: .*io_uring.*--io=rw\n$/);
      return;
    }
    await host.serving(serves, `--io=${io}`, "--net=tap0", udpImage);
    const sizes = Array.from({ length: 1473 }, (_, i) => i);
    assert.deepEqual(await udp(host, { address: GUEST, port: 7, sizes, window: 32 }), { answered: 1473, strange: 0 });
  });
