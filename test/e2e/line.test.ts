/** The bad line of the tests itself, and TCP over it, against Linux's. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { root } from "../support/repository.ts";
import { image } from "./support/builds.ts";
import { GUEST, GUEST_ARGUMENTS, Line } from "./support/line.ts";

const client = join(root, "build/test/e2e/clients/tcp.js");

test("the line delays, each frame as much at least", async (t) => {
  const line = await Line.make(t, "--rightward", "--delay", "30", "--leftward", "--delay", "20", "--jitter", "5");
  const times = [...(await line.far.ping("10.0.1.1")).matchAll(/time=([\d.]+)/g)].map(([, ms]) => Number(ms));
  assert.equal(times.length, 3);
  for (const ms of times) assert.ok(ms >= 50, `${ms}`);
});

test("the line loses, doubles, reorders and corrupts as many as it is told", async (t) => {
  const options = [
    "--rightward",
    "--loss",
    "10",
    "--duplicate",
    "5",
    "--corrupt",
    "5",
    "--reorder",
    "5",
    "--delay",
    "1",
  ];
  const line = await Line.make(t, ...options, "--seed", "7");
  const burst = "for i in $(seq 2000); do echo $i > /dev/udp/10.0.1.2/9; done";
  await line.near.run("bash", "-c", burst).catch(() => undefined);
  const passage = (await line.end()).rightward;
  const sent = passage.frames - passage.duplicated + passage.lost;
  const about = (count: number, part: number) =>
    assert.ok(Math.abs(count - sent * part) < sent * part * 0.5, `${count} of ${sent}, expected ${part}`);
  about(passage.lost, 0.1);
  about(passage.duplicated, 0.05);
  about(passage.corrupted, 0.05);
  about(passage.reordered, 0.05);
});

test("the line is as fast as it is told, and drops what does not fit into its queue", async (t) => {
  const line = await Line.make(t, "--rate", "0.2", "--queue", "30");
  // 200 kB at once: 30 KiB fit, and while those pass at 25 kB/s the others come.
  const burst = `const s = require("node:dgram").createSocket("udp4"); let n = 200;
    for (let i = 0; i < 200; i++) s.send(Buffer.alloc(1000), 9, "10.0.1.2", () => { if (--n === 0) s.close(); });`;
  await line.near.run(process.execPath, "-e", burst);
  await line.far.ping("10.0.1.1").catch(() => undefined);
  const { rightward } = await line.end();
  assert.ok(rightward.overflowed > 50, `${rightward.overflowed}`);
});

test("TCP over a line that loses, reorders, doubles and corrupts: all arrives as it was, both ways at once", async (t) => {
  const line = await Line.make(
    t,
    ...["--delay", "2", "--jitter", "1", "--loss", "1", "--duplicate", "1", "--corrupt", "1", "--reorder", "1"],
  );
  const guest = await image("test/e2e/projects/tcp-echo");
  const tender = await line.near.serving("Echoing", "--net=tap0", guest, ...GUEST_ARGUMENTS);
  const printed = await line.far.run(process.execPath, client, "echo", GUEST, "7", `${1 << 20}`);
  assert.match(printed, /1048576/);
  await tender.printed(/Echoed/);
  const { rightward, leftward } = await line.end();
  assert.ok(rightward.lost > 0 && leftward.lost > 0 && rightward.corrupted > 0 && leftward.reordered > 0);
});

/** Sends over a line with loss. @returns whether it was repaired without timeouts, and what was counted */
async function repaired(t: TestContext): Promise<{ readonly well: boolean; readonly told: string }> {
  const line = await Line.make(t, "--delay", "5", "--rightward", "--loss", "2");
  const guest = await image("test/e2e/projects/tcp-echo");
  const tender = await line.near.serving("Echoing", "--net=tap0", guest, ...GUEST_ARGUMENTS);
  await line.far.run(process.execPath, client, "echo", GUEST, "7", `${2 << 20}`);
  const told = await tender.printed(/Echoed.*sent again/);
  const [recoveries, timeouts, again] = [...told.matchAll(/\d+/g)].map(Number) as [number, number, number];
  const { rightward } = await line.end();
  // About 1,450 segments, 29 of them lost; an acknowledgement that is lost costs nothing.
  assert.ok(rightward.lost >= 8, `${rightward.lost}`);
  // What is sent again is little more than what was lost.
  const well = recoveries >= 4 && timeouts <= recoveries / 3 && again <= rightward.lost * 2 + 20;
  return { well, told: `${told}; ${rightward.lost} lost` };
}

test("TCP repairs loss without waiting for timeouts (RFC 6675)", async (t) => {
  // A machine that stands still for longer than a timeout makes one: not each time.
  const told: string[] = [];
  for (let tries = 0; tries < 5; tries++) {
    const transfer = await repaired(t);
    if (transfer.well) return;
    told.push(transfer.told);
  }
  assert.fail(told.join("\n"));
});

test("a router whose next link takes smaller packets says so, and TCP goes on with those (RFC 1191)", async (t) => {
  const line = await Line.make(t);
  await line.near.run("ip", "link", "set", "dev", "left", "mtu", "1000");
  const guest = await image("test/e2e/projects/tcp-echo");
  const tender = await line.near.serving("Echoing", "--net=tap0", guest, ...GUEST_ARGUMENTS);
  await line.far.run(process.execPath, client, "echo", GUEST, "7", `${1 << 20}`);
  const told = await tender.printed(/Echoed.*sent again/);
  const { rightward } = await line.end();
  // 948 octets in each: more than a thousand frames, and none of more than 1014 with its Ethernet header.
  assert.ok(rightward.frames > (1 << 20) / 948 && rightward.bytes / rightward.frames <= 1014, told);
});

test("a path that takes smaller packets and does not say so is found out by timeouts (RFC 4821, 7.7)", async (t) => {
  const line = await Line.make(t, "--rightward", "--mtu", "1300");
  const guest = await image("test/e2e/projects/tcp-echo");
  const tender = await line.near.serving("Echoing", "--net=tap0", guest, ...GUEST_ARGUMENTS);
  await line.far.run(process.execPath, client, "echo", GUEST, "7", `${1 << 16}`);
  await tender.printed(/Echoed/);
  const { rightward } = await line.end();
  assert.ok(rightward.oversized > 0 && rightward.frames > (1 << 16) / 1160);
});
