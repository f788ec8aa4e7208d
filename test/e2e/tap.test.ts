/** Taps that are handed over, go down, or go away. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { tenderCommand } from "../tender/engine.ts";
import { image, peer } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import { udp } from "./support/udp.ts";

const GUEST = "10.0.0.2";
const serves = "Echoing UDP on port 7";

/** CPU time that a process has used, all threads together, in clock ticks of 10 ms. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Fails when a process that has nothing to do uses more than half of a second's CPU time. */
async function assertIdle(pid: number): Promise<void> {
  const before = ticks(pid);
  await pause(1_000);
  const used = ticks(pid) - before;
  assert(used < 50, `it used ${used * 10} ms of CPU time in a second with nothing to do`);
}

for (const headers of ["vnet", "plain"])
  test(`--net=@FD: a tap that was opened before (${headers} headers)`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const args = ["tap0", headers, "5", ...tenderCommand, "--net=@5", await image("examples/network-udp")];
    const tender = host.start(await peer("with-tap"), args);
    await tender.printed(serves);
    await host.carrier("tap0");
    await host.ping(GUEST);
    const result = await udp(host, { address: GUEST, port: 7, sizes: [0, 1, 1472], window: 3 });
    assert.deepEqual(result, { answered: 3, strange: 0 });
    tender.kill("SIGTERM");
    await tender.endedWith(0);
  });

test("--net=@FD in a network namespace that has no interface, without rights over the network", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const bare = ["unshare", "--net", "setpriv", "--bounding-set=-net_admin,-net_raw,-sys_admin"];
  const args = ["tap0", "vnet", "7", ...bare, ...tenderCommand, "--net=@7", await image("examples/network-udp")];
  const tender = host.start(await peer("with-tap"), args);
  await tender.printed(serves);
  await host.carrier("tap0");
  await host.ping(GUEST);
});

test("--net=@FD that is no tap", async (t) => {
  const host = await Host.make(t);
  const output = await host.tender("--net=@77", await image("examples/network-udp")).endedWith(66);
  assert.match(output, /^tender: .*descriptor @77 is not open; .*\n$/);
});

test("a tap that goes down and up again", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(serves, "--net=tap0", await image("examples/network-udp"));
  await host.ping(GUEST);
  for (let i = 0; i < 3; i++) {
    await host.run("ip", "link", "set", "dev", "tap0", "down");
    if (i === 0) await assertIdle(tender.pid);
    await host.run("ip", "link", "set", "dev", "tap0", "up");
    await host.carrier("tap0");
    await host.ping(GUEST);
  }
});

test("a tap that is down at the start: a warning, then service as soon as it is up", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  await host.run("ip", "link", "set", "dev", "tap0", "down");
  const tender = host.tender("--net=tap0", await image("examples/network-udp"));
  await tender.printed(serves);
  assert.match(tender.output, /tap tap0 is down; bring it up \(as root\): ip link set dev tap0 up\n/);
  await assertIdle(tender.pid);
  await host.run("ip", "link", "set", "dev", "tap0", "up");
  await host.carrier("tap0");
  await host.ping(GUEST);
  tender.kill("SIGTERM");
  await tender.endedWith(0);
});

test("a tap that is deleted under a guest with nothing else to wait for ends the guest", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(serves, "--net=tap0", await image("examples/network-udp"));
  await host.ping(GUEST);
  await host.run("ip", "link", "delete", "dev", "tap0");
  assert.match(await tender.endedWith(70), /the guest waits for ever: it has no deadline, and no device/);
});

test("a tap that is deleted under a guest with timers costs no CPU time, and the guest can be stopped", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving("Echoing", "--net=tap0", await image("test/e2e/projects/echo"));
  await host.ping(GUEST);
  await host.run("ip", "link", "delete", "dev", "tap0");
  await assertIdle(tender.pid);
  tender.kill("SIGTERM");
  assert.match(await tender.endedWith(0), /\[INFO\] \[application\] Bye\n$/);
});

test("a tap that another tender has is busy", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const udpImage = await image("examples/network-udp");
  await host.serving(serves, "--net=tap0", udpImage);
  const output = await host.tender("--net=tap0", udpImage).endedWith(66);
  assert.match(output, /^tender: network device "service": tap tap0 is busy: .*\n$/);
  await host.ping(GUEST);
});

test("a tap that is not there: the commands that make it work as they are printed", async (t) => {
  const host = await Host.make(t);
  const udpImage = await image("examples/network-udp");
  const output = await host.tender("--net=tap9", udpImage).endedWith(66);
  const [, commands] = /^tender: .*there is no tap tap9; make it \(as root\): (ip .*)\n$/.exec(output) ?? [];
  assert(commands, output);
  await host.run("sh", "-c", commands);
  await host.serving(serves, "--net=tap9", udpImage);
  await host.ping(GUEST);
});
