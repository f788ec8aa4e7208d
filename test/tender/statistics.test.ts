/** `--stats` and SIGUSR1: the numbers are right, each once, wherever the guest ends. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as abi from "../../runtime/abi/tender.ts";
import { echo } from "./echo.ts";
import { Layout, type Request } from "./layout.ts";
import { file, type Outcome, type Running, start, tender } from "./process.ts";
import { makeFrameSocket } from "./socket.ts";
import { guest, writeImage } from "./wat.ts";

type Counters = Readonly<Record<string, number>>;
type Devices = Readonly<Record<string, Counters>>;
type Statistics = Counters & { readonly network: Devices; readonly block: Devices };

/** The only line of JSON, which is the last. */
function read({ stderr }: Outcome): Statistics {
  const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
  assert.equal(lines.length, 1, stderr);
  assert.ok(stderr.endsWith(`${lines[0]}\n`), stderr);
  return JSON.parse(lines[0] ?? "");
}

const devices = [{ name: "service", kind: "network" }] as const;
const WAIT = "(i64.const -1)";
const exitWhenStopped = "(if (i32.eq (local.get $kind) (i32.const $EVENT_STOP$)) (then (call $exit (i32.const 0))))";

test("a network device: frames and their bytes, batches, and what is no frame", async () => {
  const { socket, fd, close } = await makeFrameSocket();
  const running = start(["--stats=json", "--net=@3", writeImage(file("echo.wasm"), echo, { devices })], {
    stdio: ["ignore", "pipe", "pipe", fd],
  });
  for (const junk of [0, 1, 13]) socket.send(Buffer.alloc(junk, 0xee));
  for (const length of [42, 60, 1514]) {
    const answered = new Promise((resolve) => socket.once("message", resolve));
    socket.send(Buffer.alloc(length));
    await answered;
  }
  running.kill("SIGTERM");
  const { network, block, ...loop } = read(await running.outcome);
  close();
  const [packets, bytes, batches] = [3, 42 + 60 + 1514, 3];
  const received = { rx_packets: packets, rx_bytes: bytes, rx_dropped: 3, rx_batches: batches, rx_batch_max: 1 };
  const sent = { tx_packets: packets, tx_bytes: bytes, tx_dropped: 0, tx_batches: batches, tx_batch_max: 1 };
  assert.deepEqual(network, { service: { ...received, rx_full: 0, ...sent, tx_full: 0 } });
  assert.deepEqual(block, {});
  assert.ok((loop["steps"] ?? 0) >= 3, `${loop["steps"]} steps`);
});

test("frames that are too short or ask for an offload are dropped, not sent", async () => {
  const memory = new Layout().text(0x40, "service").netHeader(0x100, 0x200, 4, 0x300, 4).u32(0x1000, 1);
  const frames = [
    [0x2000, abi.VNET_HDR_SIZE + 13],
    [0x1000, 70],
    [0x2000, 70],
  ] as const;
  frames.forEach(([address, length], i) => {
    memory.descriptor(0x300, i, address, length);
  });
  const text = guest({
    rest: memory.data(),
    start: `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
      (i32.store (i32.const ${0x100 + abi.NET_TX_POSTED}) (i32.const 3)) (call $exit (i32.const 0)) ${WAIT}`,
  });
  const { fd, close } = await makeFrameSocket();
  const running = start(["--stats=json", "--net=@3", writeImage(file("drop.wasm"), text, { devices })], {
    stdio: ["ignore", "pipe", "pipe", fd],
  });
  const { service } = read(await running.outcome).network;
  close();
  assert.ok(service);
  const { tx_packets, tx_bytes, tx_dropped, tx_batches, tx_batch_max } = service;
  assert.deepEqual([tx_packets, tx_bytes, tx_dropped, tx_batches, tx_batch_max], [1, 60, 2, 1, 3]);
});

test("a guest without receive buffers; SIGUSR1 prints while it runs", async () => {
  const memory = new Layout().text(0x40, "service").netHeader(0x100, 0x200, 4, 0x300, 4).text(0x60, "up\n");
  const text = guest({
    rest: memory.data(),
    start: `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
      (call $console_write (i32.const 0x60) (i32.const 3)) ${WAIT}`,
    step: WAIT,
    event: exitWhenStopped,
  });
  const { fd, close } = await makeFrameSocket();
  const running = start(["--stats", "--net=@3", writeImage(file("starved.wasm"), text, { devices })], {
    stdio: ["ignore", "pipe", "pipe", fd],
  });
  await running.shows("up");
  running.kill("SIGUSR1");
  await running.tells("tx_full");
  running.kill("SIGTERM");
  const { stderr } = await running.outcome;
  close();
  const loop = /tender: stats: uptime_ns=\d+ steps=(\d+) waits=\d+ waited_ns=\d+/;
  const zeros = (names: string) => names.replace(/\w+/g, "$&=0");
  const device = `tender: stats: network service: rx_packets=0 rx_bytes=0 rx_dropped=0 rx_batches=0 rx_batch_max=0 rx_full=1 ${zeros("tx_packets tx_bytes tx_dropped tx_batches tx_batch_max tx_full")}`;
  const lines = stderr.split("\n");
  assert.deepEqual([lines[1], lines[3], lines[4], lines.length], [device, device, "", 5]);
  assert.deepEqual([loop.exec(lines[0] ?? "")?.[1], loop.exec(lines[2] ?? "")?.[1]], ["0", "2"]);
});

test("a block device: requests by kind, and those that failed", async () => {
  const path = file("disk.img");
  writeFileSync(path, Buffer.alloc(65536));
  const read512 = (offset: bigint): Request => ({ operation: abi.BLOCK_OP_READ, offset, segments: [[0x4000, 512]] });
  const requests: readonly Request[] = [
    read512(0n),
    read512(65536n),
    {
      operation: abi.BLOCK_OP_READ,
      segments: [
        [0x4000, 1024],
        [0x8000, 512],
      ].map(([a = 0, n = 0]) => [a, n] as const),
    },
    { operation: abi.BLOCK_OP_WRITE, offset: 4096n, segments: [[0x4000, 4096]] },
    { operation: abi.BLOCK_OP_FLUSH },
    { operation: abi.BLOCK_OP_DISCARD, offset: 8192n, length: 1024n },
    { operation: 77 },
  ];
  const memory = new Layout().text(0x40, "disk").u32(0x100, 0x200, 0x1200, 64);
  requests.forEach((r, i) => {
    memory.request(0x200, i, { table: 0x2000 + i * 0x40, ...r });
  });
  const image = (name: string, step: string) =>
    writeImage(
      file(name),
      guest({
        rest: memory.data(),
        start: `(drop (call $block_attach (i32.const 0x40) (i32.const 4) (i32.const 0x100)))
          (i32.store (i32.const ${0x100 + abi.BLOCK_SUBMITTED}) (i32.const ${requests.length})) ${step}`,
      }),
      { devices: [{ name: "disk", kind: "block" }] },
    );
  // Also what is carried out when the guest has exited counts.
  for (const step of ["(i64.const 0)", "(call $exit (i32.const 0)) (i64.const 0)"]) {
    const { disk } = read(await tender("--stats=json", `--disk=${path}`, image("block.wasm", step))).block;
    assert.ok(disk);
    const { in_flight_max = 0, ...counted } = disk;
    assert.ok(in_flight_max >= 1 && in_flight_max <= requests.length, `${in_flight_max}`);
    assert.deepEqual(counted, {
      ...{ reads: 2, read_bytes: 2048, writes: 1, write_bytes: 4096, flushes: 1, discards: 1, discard_bytes: 1024 },
      ...{ errors: 2, batches: 1, batch_max: 7, in_flight: 0 },
    });
  }
});

test("the loop: steps and waits", async () => {
  const step = `(global.set $steps (i32.add (global.get $steps) (i32.const 1)))
    (if (i32.eq (global.get $steps) (i32.const 4)) (then (call $exit (i32.const 0))))
    (i64.add (local.get $now) (i64.const 50000000))`;
  const image = writeImage(
    file("loop.wasm"),
    guest({ rest: "(global $steps (mut i32) (i32.const 0))", step, start: "(i64.const 0)" }),
  );
  const { uptime_ns = 0, steps = 0, waits = 0, waited_ns = 0 } = read(await tender("--stats=json", image));
  // The last step, which exits, does not come to its end, but it was begun.
  assert.equal(steps, 4);
  assert.ok(waits >= 1 && waited_ns > 0 && waited_ns < uptime_ns, `${waits} waits, ${waited_ns} of ${uptime_ns} ns`);
});

const stats = /tender: stats: uptime_ns=\d+ steps=\d+ waits=\d+ waited_ns=\d+\n/g;

/** What is told besides one line of statistics, which is the last. */
const without = ({ stderr }: Outcome): string => {
  assert.equal(stderr.match(stats)?.length, 1, stderr);
  assert.match(stderr, new RegExp(`${stats.source}$`));
  return stderr.replace(stats, "");
};

test("wherever the guest ends: by itself, in a trap, waiting for ever, by a signal", async () => {
  const run = (name: string, start: string) =>
    tender("--stats", writeImage(file(`${name}.wasm`), guest({ start, step: WAIT })));
  assert.equal(without(await run("exit", "(call $exit (i32.const 0)) (unreachable)")), "");
  assert.match(without(await run("trap", "(unreachable)")), /^tender: trap: unreachable\n/);
  assert.match(
    without(await run("fault", "(call $console_write (i32.const 65535) (i32.const 2)) (i64.const 0)")),
    /outside/,
  );
  assert.match(without(await run("forever", WAIT)), /^tender: the guest waits for ever/);
  const memory = new Layout().text(0x60, "up\n");
  const up = "(call $console_write (i32.const 0x60) (i32.const 3)) (i64.const 0)";
  const endless = guest({ rest: memory.data(), start: up, step: "(loop $l (br $l)) (unreachable)" });
  const running = start(["--stats", writeImage(file("endless.wasm"), endless)]);
  await running.shows("up");
  await running.takes("SIGTERM");
  running.kill("SIGTERM");
  const outcome = await running.outcome;
  assert.equal(outcome.status, 143);
  assert.equal(without(outcome), "tender: ended by SIGTERM: the second signal\n");
});

test("more devices than fit into one write: the line is whole", async () => {
  const many = Array.from({ length: 12 }, (_, i) => ({ name: `disk-with-a-long-name-${i}`, kind: "block" as const }));
  const disks = many.map(({ name }) => {
    writeFileSync(file(`${name}.img`), Buffer.alloc(512));
    return `--disk:${name}=${file(`${name}.img`)}`;
  });
  const image = writeImage(file("many.wasm"), guest({}), { devices: many });
  const { block, network } = read(await tender("--stats=json", ...disks, image));
  assert.deepEqual(network, {});
  assert.deepEqual(
    Object.keys(block),
    many.map((d) => d.name),
  );
  for (const counters of Object.values(block)) assert.equal(Object.keys(counters).length, 12);
});

/** Nothing but the loop's wait has a tender sleep whose guest answers. */
const sleeps = ({ child }: Running): boolean => /^State:\tS/m.test(readFileSync(`/proc/${child.pid}/status`, "utf8"));

test("--busy-poll: frames are found without sleeping, and who finds none sleeps in the end", async () => {
  const image = writeImage(file("echo.wasm"), echo, { devices });
  const run = async (window: number) => {
    const { socket, fd, close } = await makeFrameSocket();
    const stdio = ["ignore", "pipe", "pipe", fd] as const;
    const running = start([`--busy-poll=${window}`, "--stats=json", "--net=@3", image], { stdio: [...stdio] });
    const answer = () => new Promise((resolve) => socket.once("message", resolve));
    for (let i = 0; i < 20; i++) {
      const answered = answer();
      socket.send(Buffer.alloc(60));
      await answered;
    }
    if (window === 1) while (!sleeps(running)) await pause(10);
    running.kill("SIGTERM");
    const outcome = await running.outcome;
    close();
    assert.equal(outcome.status, 0, outcome.stderr);
    const { network, waits = 0, waited_ns = 0 } = read(outcome);
    assert.deepEqual([network["service"]?.["rx_packets"], network["service"]?.["tx_packets"]], [20, 20]);
    return { waits, waited_ns };
  };
  // A second is more than any pause in here, but on a machine that stands still.
  const busy = await run(1_000_000);
  assert.ok(busy.waits < 20, `${busy.waits} waits`);
  const idle = await run(1);
  assert.ok(idle.waits > 0 && idle.waited_ns > 0, `${idle.waits} waits`);
});

test("--busy-poll: a deadline within the window is kept, and without a device nobody looks", async () => {
  const step = `(global.set $steps (i32.add (global.get $steps) (i32.const 1)))
    (if (i32.eq (global.get $steps) (i32.const 4)) (then (call $exit (i32.const 0))))
    (i64.add (local.get $now) (i64.const 20000000))`;
  const rest = "(global $steps (mut i32) (i32.const 0))";
  const alone = writeImage(file("alone.wasm"), guest({ rest, step, start: "(i64.const 0)" }));
  const nothing = read(await tender("--busy-poll=1000000", "--stats=json", alone));
  assert.ok((nothing["waits"] ?? 0) > 0, "without a device it sleeps");
  const memory = new Layout().text(0x40, "service").netHeader(0x100, 0x200, 4, 0x300, 4);
  const attach = "(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100))) (i64.const 0)";
  const text = guest({ rest: `${rest} ${memory.data()}`, step, start: attach });
  const { fd, close } = await makeFrameSocket();
  const running = start(
    ["--busy-poll=1000000", "--stats=json", "--net=@3", writeImage(file("deadline.wasm"), text, { devices })],
    { stdio: ["ignore", "pipe", "pipe", fd] },
  );
  const { steps, waits } = read(await running.outcome);
  close();
  assert.deepEqual([steps, waits], [4, 0]);
});
