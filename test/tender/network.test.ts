/** Network devices: real taps, inherited descriptors, links that go. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { test } from "node:test";
import * as abi from "../../runtime/abi/tender.ts";
import { root } from "../support/repository.ts";
import { datagramOf, exchange } from "./datagrams.ts";
import { announced, echo } from "./echo.ts";
import { tenderCommand } from "./engine.ts";
import { Layout } from "./layout.ts";
import { flood, linkWatcher, starvedWatcher } from "./link.ts";
import { execute, file, Running, refuses, start } from "./process.ts";
import { makeFrameSocket } from "./socket.ts";
import { deleteTap, guestMac, makeTap } from "./tap.ts";
import { guest, writeImage } from "./wat.ts";

const devices = [{ name: "service", kind: "network" }] as const;
const ready = "up\n";

const echoImage = writeImage(file("echo.wasm"), announced(echo), { devices });

const sizes = [0, 1, 18, 63, 64, 511, 512, 1024, 1471, 1472];

/** Returns the statistics, where they were printed. */
async function stop(running: Running): Promise<string> {
  running.kill("SIGTERM");
  const { status, stderr } = await running.outcome;
  const statistics = stderr.match(/^tender: stats: .*\n/gm)?.join("") ?? "";
  assert.deepEqual([status, stderr], [0, statistics]);
  return statistics;
}

/** The program beside this file that passes descriptors on. */
function descriptor(...words: readonly string[]): string[] {
  const program = file("descriptor");
  execute("gcc", "-O1", "-Wall", "-Werror", "-o", program, join(root, "test/tender/native/descriptor.c"));
  return [program, ...words];
}

test("frames go to and fro on a tap, of every size up to the MTU, round the rings many times", async () => {
  const tap = makeTap();
  const running = start([`--net=${tap.name}`, `--net-mac=${guestMac}`, echoImage]);
  await running.shows(ready);
  await exchange(tap, sizes.map(datagramOf));
  await exchange(
    tap,
    Array.from({ length: 300 }, (_, i) => datagramOf(i)),
  );
  await stop(running);
});

test("a tap whose MTU was raised: larger frames still come whole", async () => {
  const tap = makeTap();
  const running = start([`--net=${tap.name}`, `--net-mac=${guestMac}`, echoImage]);
  await running.shows(ready);
  execute("ip", "link", "set", "dev", tap.name, "mtu", "1900");
  await exchange(tap, [datagramOf(1800)]);
  await stop(running);
});

/** One whose receive buffers have 100 bytes. */
function writeSmall(): string {
  // Only the first piece of a frame holds headers to be exchanged.
  const small = echo
    .replace("(i32.const 2048)", "(i32.const 100)")
    .replace(
      "(i32.store offset=4 (local.get $tx) (i32.load offset=12 (local.get $rx)))",
      "(i32.store offset=4 (local.get $tx) (i32.and (i32.load offset=12 (local.get $rx)) (i32.const 0x7fffffff)))",
    )
    .replace(
      "(i32.store offset=8 (local.get $tx) (i32.const 0))",
      `(i32.store offset=8 (local.get $tx) (i32.and (i32.load offset=12 (local.get $rx)) (i32.const 0x80000000)))
       (if (global.get $inside) (then
         (global.set $inside (i32.lt_s (i32.load offset=12 (local.get $rx)) (i32.const 0)))
         (local.set $at (i32.add (local.get $at) (i32.const 1)))
         (br $answer)))
       (global.set $inside (i32.lt_s (i32.load offset=12 (local.get $rx)) (i32.const 0)))`,
    )
    // Called again once the frames are sent, it posts their buffers anew: else too few would be left for the next.
    .replace(
      /(\(i32\.store \(i32\.const 0x118\) \(local\.get \$at\)\)\s+)\(i64\.const -1\)/,
      "$1(select (i64.const 0) (i64.const -1) (i32.ne (i32.load (i32.const 0x118)) (i32.load (i32.const 0x11c))))",
    )
    .replace("(func $swap", "(global $inside (mut i32) (i32.const 0)) (func $swap");
  return writeImage(file("small.wasm"), announced(small), { devices });
}
const smallImage = writeSmall();

test("a frame spans several receive buffers, and is sent in several pieces", async () => {
  const tap = makeTap();
  const running = start([`--net=${tap.name}`, `--net-mac=${guestMac}`, smallImage]);
  await running.shows(ready);
  await exchange(tap, [0, 48, 49, 100, 500, 1000, 1400, 58, 1472].map(datagramOf));
  await stop(running);
});

test("a tap whose MTU was raised beyond the buffers that a frame had needed: larger frames come whole, too", async () => {
  const tap = makeTap();
  execute("ip", "link", "set", "dev", tap.name, "mtu", "1280");
  const running = start([`--net=${tap.name}`, `--net-mac=${guestMac}`, smallImage]);
  await running.shows(ready);
  await exchange(tap, [datagramOf(1000)]);
  execute("ip", "link", "set", "dev", tap.name, "mtu", "1500");
  await exchange(tap, [1472, 1000, 1400].map(datagramOf));
  await stop(running);
});

test("what the guest is told: its address, the MTU, no offload, the link", async () => {
  const tap = makeTap();
  execute("ip", "link", "set", "dev", tap.name, "mtu", "1280");
  const memory = new Layout()
    .text(0x40, "service")
    .netHeader(0x100, 0x200, 4, 0x300, 4)
    .u32(0x100 + abi.NET_FEATURES, 0xffffffff);
  const image = writeImage(
    file("facts.wasm"),
    guest({
      rest: memory.data(),
      start: `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
        (call $console_write (i32.const 0x100) (i32.const 64)) (call $exit (i32.const 0)) (i64.const 0)`,
    }),
    { devices },
  );
  const facts = async (...options: string[]) => {
    const { stdout, stderr, status } = await start([...options, `--net=${tap.name}`, image]).outcome;
    assert.equal(status, 0);
    return { header: stdout, stderr };
  };
  const { header } = await facts(`--net-mac=${guestMac}`);
  assert.equal(header.subarray(abi.NET_MAC, abi.NET_MAC + 6).toString("hex"), "020000000002");
  assert.equal(header.readUInt16LE(abi.NET_MTU), 1280);
  assert.equal(header.readUInt32LE(abi.NET_FEATURES), 0);
  assert.equal(header.readUInt32LE(abi.NET_LINK), 1);
  const first = (await facts()).header;
  const second = (await facts()).header;
  assert.equal((first[abi.NET_MAC] ?? 0) & 3, 2, "unicast, locally administered");
  assert.notDeepEqual(first.subarray(abi.NET_MAC, 38), second.subarray(abi.NET_MAC, 38));
  execute("ip", "link", "set", "dev", tap.name, "down");
  const down = await facts();
  assert.equal(down.header.readUInt32LE(abi.NET_LINK), 0);
  assert.match(down.stderr, /^tender: warning: tap \w+ is down; bring it up \(as root\): ip link set dev \w+ up\n$/);
});

test("without rights over the network: a tap that is the user's, one that is not, and no /dev/net/tun", async () => {
  const image = writeImage(file("seven.wasm"), guest({ start: "(call $exit (i32.const 7)) (i64.const 0)" }), {
    devices,
  });
  // In namespaces of their own, so that the host keeps its /dev/net/tun.
  const script = `
    ip tuntap add dev own mode tap user 0 && ip link set own up && ip tuntap add dev other mode tap user 1 &&
    mount -t tmpfs -o "$1" none /mnt && mknod -m 666 /mnt/tun c 10 200 && mount --bind /mnt/tun /dev/net/tun || exit 99
    shift
    exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"`;
  const run = async (tap: string, mount = "dev") => {
    const words = [mount, ...tenderCommand, `--net=${tap}`, image];
    const { status, stderr } = await new Running(["unshare", "--net", "--mount", "sh", "-c", script, "sh", ...words])
      .outcome;
    return `${status} ${stderr}`;
  };
  assert.equal(await run("own"), "7 ");
  assert.match(await run("other"), /^66 tender: network device "service": tap other is not yours; give it away/);
  const forbidden =
    /^66 tender: .*: you may not open \/dev\/net\/tun; allow it \(as root\): chmod 666 \/dev\/net\/tun$/m;
  assert.match(await run("own", "nodev"), forbidden);
});

test("taps that cannot be had", async () => {
  const commands =
    "ip tuntap add dev ftnone mode tap && ip addr add 10.0.0.1/24 dev ftnone && ip link set dev ftnone up";
  await refuses(
    66,
    new RegExp(`there is no tap ftnone; make it \\(as root\\): ${commands.replaceAll(".", "\\.")}$`, "m"),
    "--net=ftnone",
    echoImage,
  );
  await refuses(66, /lo is not a tap/, "--net=lo", echoImage);
  await refuses(66, /"a\/b" is not the name of a tap/, "--net=a/b", echoImage);
  await refuses(66, /"x{16}" is not the name of a tap/, `--net=${"x".repeat(16)}`, echoImage);
  await refuses(66, /"@x" is not a descriptor; expected @3 or above/, "--net=@x", echoImage);
  await refuses(66, /"@1" is not a descriptor/, "--net=@1", echoImage);
  await refuses(66, /descriptor @999 is not open/, "--net=@999", echoImage);
  const tap = makeTap();
  await refuses(66, /not an Ethernet address; expected such as 02:/, `--net=${tap.name}`, "--net-mac=2:0", echoImage);
  await refuses(66, /is a group's Ethernet address/, `--net=${tap.name}`, "--net-mac=03:00:00:00:00:00", echoImage);
  const running = start([`--net=${tap.name}`, echoImage]);
  await running.shows(ready);
  await refuses(66, /tap ft\w+ is busy: another process serves it/, `--net=${tap.name}`, echoImage);
  await stop(running);
});

test("an inherited tap, with and without a virtio_net_hdr", async () => {
  const tap = makeTap();
  for (const kind of ["tap", "plain"]) {
    const running = new Running(
      descriptor(kind, tap.name, ...tenderCommand, "--net=@3", `--net-mac=${guestMac}`, echoImage),
    );
    await running.shows(ready);
    await exchange(tap, [0, 100, 1472].map(datagramOf));
    await stop(running);
  }
});

test("descriptors that are no network device", async () => {
  const wrong = async (line: RegExp, running: Running) => {
    const { status, stderr } = await running.outcome;
    assert.match(stderr, line);
    assert.equal(status, 66);
  };
  const tun = `fu${process.pid}`;
  await wrong(/@3 is a tun/, new Running(descriptor("tun", tun, ...tenderCommand, "--net=@3", echoImage)));
  const { openSync, closeSync } = await import("node:fs");
  const fd = openSync("/dev/null", "r");
  await wrong(
    /@3 is neither a tap nor a socket/,
    start(["--net=@3", echoImage], { stdio: ["ignore", "pipe", "pipe", fd] }),
  );
  closeSync(fd);
});

test("a datagram socket carries a frame a datagram; what is no frame is dropped", async () => {
  const { socket, fd, close } = await makeFrameSocket();
  const running = start(["--net=@3", echoImage], { stdio: ["ignore", "pipe", "pipe", fd] });
  await running.shows(ready);
  for (const junk of [0, 1, 13]) socket.send(Buffer.alloc(junk, 0xee));
  for (const length of [42, 60, 1514]) {
    const frame = datagramOf(length);
    const answered = new Promise<Buffer>((resolve) => socket.once("message", resolve));
    socket.send(frame);
    const answer = await answered;
    assert.equal(answer.length, length);
    assert.deepEqual(answer.subarray(0, 12), Buffer.concat([frame.subarray(6, 12), frame.subarray(0, 6)]));
    assert.deepEqual(answer.subarray(42), frame.subarray(42));
  }
  await stop(running);
  close();
});

test("a tap that is deleted is a link that went down, not a busy loop", async () => {
  const tap = makeTap();
  const running = start([`--net=${tap.name}`, writeImage(file("link.wasm"), linkWatcher(), { devices })]);
  await running.shows(ready);
  deleteTap(tap);
  await running.shows("link 0");
  // The guest cannot be woken any more, which it is told about in the end.
  const { status, stderr } = await running.outcome;
  assert.match(stderr, /the guest waits for ever/);
  assert.equal(status, 70);
});

test("a deleted tap under a guest that has deadlines", async () => {
  const tap = makeTap();
  const text = linkWatcher().replaceAll("(i64.const -1)", "(i64.add (local.get $now) (i64.const 20000000))");
  const running = start([`--net=${tap.name}`, writeImage(file("tick.wasm"), text, { devices })]);
  await running.shows(ready);
  deleteTap(tap);
  await running.shows("link 0");
  running.kill("SIGUSR1");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await stop(running);
});

test("a tap that goes down loses frames and tells the link; it comes up again", async () => {
  const tap = makeTap();
  const running = start([`--net=${tap.name}`, writeImage(file("link.wasm"), linkWatcher(), { devices })]);
  await running.shows(ready);
  execute("ip", "link", "set", "dev", tap.name, "down");
  running.kill("SIGUSR1");
  await running.shows("link 0");
  execute("ip", "link", "set", "dev", tap.name, "up");
  await running.shows("link 1");
  running.kill("SIGUSR1");
  await running.tells(" tx_dropped=1 ");
  await stop(running);
});

test("a full socket holds frames back; room in a full ring wakes the guest; all of it arrives in order", async () => {
  const image = writeImage(file("flood.wasm"), flood(), { devices });
  const running = new Running(descriptor("pair", ...tenderCommand, "--stats=json", "--net=@3", image), {
    stdio: ["pipe", "pipe", "pipe"],
  });
  await running.shows(ready);
  // Nobody reads yet: the socket becomes full.
  await new Promise((resolve) => setTimeout(resolve, 300));
  running.child.stdin?.write("2000\n");
  await running.shows("done");
  running.child.stdin?.end();
  const { status, stdout, stderr } = await running.outcome;
  assert.equal(status, 0, stderr);
  const { tx_packets, tx_bytes, tx_dropped, tx_full, tx_batch_max } = JSON.parse(stderr).network.service;
  assert.deepEqual([tx_packets, tx_bytes, tx_dropped], [2000, 2000 * 990, 0]);
  assert.ok(tx_full >= 1 && tx_batch_max <= 8, `full ${tx_full} times, at most ${tx_batch_max} at once`);
  // The guest and the program at the other end write to the same pipe: one's line may lie inside the other's.
  const frames =
    stdout
      .toString()
      .replace("done\n", "")
      .match(/frame .*/g) ?? [];
  assert.equal(frames.length, 2000);
  frames.forEach((frame, i) => {
    assert.equal(frame, `frame 990 ${(i & 255).toString(16).padStart(2, "0")}`);
  });
});

test("a peer that closes its end is a link that went down", async () => {
  const running = new Running(
    descriptor("pair", ...tenderCommand, "--net=@3", writeImage(file("link.wasm"), linkWatcher(), { devices })),
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  await running.shows(ready);
  running.child.stdin?.write("close\n");
  await running.shows("link 0");
  running.child.stdin?.end();
  assert.equal((await running.outcome).status, 70);
});

test("a guest without receive buffers leaves frames to the host, and sleeps", async () => {
  const tap = makeTap();
  const running = start([
    `--net=${tap.name}`,
    `--net-mac=${guestMac}`,
    writeImage(file("starved.wasm"), starvedWatcher(), { devices }),
  ]);
  await running.shows(ready);
  const socket = createSocket("udp4");
  for (let i = 0; i < 20; i++) await new Promise((resolve) => socket.send("x", 7, tap.guest, resolve));
  socket.close();
  const cpu = () => Number(execute("awk", "{print $14+$15}", `/proc/${running.child.pid}/stat`));
  const before = cpu();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(cpu() - before < 20, "it does not spin");
  await stop(running);
});
