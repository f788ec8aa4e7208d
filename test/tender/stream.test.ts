/** Network devices on stream sockets: frames that come in pieces or many at once, and peers that mean no good. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as abi from "../../runtime/abi/tender.ts";
import { announced, echo } from "./echo.ts";
import { tenderCommand } from "./engine.ts";
import { flood, linkWatcher, starvedWatcher } from "./link.ts";
import { execute, file, folder, Running, refuses, start } from "./process.ts";
import { framed, isListening, lengthOf, listen, StreamPeer } from "./stream.ts";
import { guestMac } from "./tap.ts";
import { writeImage } from "./wat.ts";

const devices = [{ name: "service", kind: "network" }] as const;
const write = (name: string, text: string) => writeImage(file(name), text, { devices });
const echoImage = write("echo.wasm", announced(echo));
const linkImage = write("link.wasm", linkWatcher());

/** Longest frame on a stream. */
const LONGEST = abi.NET_FRAME_MAX - abi.VNET_HDR_SIZE;

/** Starts a tender whose descriptor 3 is one end of a stream, and waits until its guest is up. */
async function started(image: string): Promise<{ running: Running; peer: StreamPeer }> {
  const running = start(["--net=@3", image], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const peer = new StreamPeer(running.child.stdio[3] as Socket);
  await running.shows("up\n");
  return { running, peer };
}

/** Ends the guest. There is nothing to say but statistics, at SIGUSR1. */
async function stop(running: Running): Promise<void> {
  running.kill("SIGTERM");
  const { status, stderr } = await running.outcome;
  assert.deepEqual([status, stderr.replace(/^tender: stats: .*\n/gm, "")], [0, ""]);
}

const frameOf = (length: number, seed = length) =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + seed) & 255));

/** What the guest makes of a frame. */
function answerTo(frame: Buffer): Buffer {
  const [to, from, rest] = [frame.subarray(0, 6), frame.subarray(6, 12), frame.subarray(12, 26)];
  const [source, target, ports] = [frame.subarray(26, 30), frame.subarray(30, 34), frame.subarray(34, 38)];
  const swapped = Buffer.concat([ports.subarray(2), ports.subarray(0, 2)]);
  return Buffer.concat([from, to, rest, target, source, swapped, frame.subarray(38)]);
}

async function answers(peer: StreamPeer, frame: Buffer): Promise<void> {
  peer.socket.write(framed(frame));
  assert.deepEqual(await peer.next(), answerTo(frame));
}

test("--net=unix:PATH connects; frames of every size go to and fro", async () => {
  const path = file("socket");
  const { accepted } = await listen(path);
  const running = start([`--net=unix:${path}`, `--net-mac=${guestMac}`, echoImage]);
  const peer = await accepted;
  await running.shows("up\n");
  for (const length of [42, 43, 60, 512, 1513, 1514, 2038]) await answers(peer, frameOf(length));
  await stop(running);
  peer.socket.destroy();
});

test("a relative path, and the longest that there is", async () => {
  for (const path of ["near", `${folder}/`.padEnd(107, "x")]) {
    const { accepted } = await listen(path === "near" ? file(path) : path);
    const running = start([`--net:service=unix:${path}`, echoImage], { cwd: folder });
    const peer = await accepted;
    await answers(peer, frameOf(100));
    await stop(running);
    peer.socket.destroy();
  }
});

test("a frame that comes in two pieces, cut at each byte; one that comes byte by byte", async () => {
  const { running, peer } = await started(echoImage);
  const frame = frameOf(60);
  const bytes = framed(frame);
  for (let cut = 1; cut < bytes.length; cut++) {
    peer.socket.write(bytes.subarray(0, cut));
    await pause(2);
    peer.socket.write(bytes.subarray(cut));
    assert.deepEqual(await peer.next(), answerTo(frame));
  }
  for (const byte of bytes) {
    peer.socket.write(Uint8Array.of(byte));
    await pause(1);
  }
  assert.deepEqual(await peer.next(), answerTo(frame));
  await stop(running);
});

test("many frames at once, cut anywhere: all come, whole and in order", async () => {
  const { running, peer } = await started(echoImage);
  const frames = Array.from({ length: 3000 }, (_, i) => frameOf(42 + ((i * 97) % 1473), i));
  const bytes = Buffer.concat(frames.map(framed));
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7919) % 150_001)
    peer.socket.write(bytes.subarray(at, at + step));
  for (const frame of frames) assert.deepEqual(await peer.next(), answerTo(frame));
  assert.deepEqual([peer.frames.length, peer.unfinished], [0, 0]);
  await stop(running);
});

test("what is no frame, or finds no room, is dropped; what comes after it is not", async () => {
  const { running, peer } = await started(echoImage);
  // More of them at once than the tender takes in one go, and nothing after them that would wake it.
  const runts = [0, 1, 13].flatMap((length) => Array.from({ length: 500 }, () => framed(frameOf(length))));
  peer.socket.write(Buffer.concat([...runts, framed(frameOf(99))]));
  assert.deepEqual(await peer.next(), answerTo(frameOf(99)));
  // All the guest's buffers hold 32 KiB.
  const large = [40_000, LONGEST, 65_535].map((length) => framed(frameOf(length)));
  peer.socket.write(Buffer.concat([...large, framed(frameOf(77)), ...large]));
  assert.deepEqual(await peer.next(), answerTo(frameOf(77)));
  await answers(peer, frameOf(1514));
  await stop(running);
});

test("a length that no frame has ends the connection: a link that went down", async () => {
  for (const length of [LONGEST + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const { running, peer } = await started(linkImage);
    peer.socket.write(Buffer.concat([framed(frameOf(60)), lengthOf(length), Buffer.alloc(100_000, 0xff)]));
    await running.shows("link 0");
    const { status, stderr } = await running.outcome;
    assert.match(stderr, /the guest waits for ever/);
    assert.equal(status, 70);
  }
});

test("a peer that closes, between frames or inside of one, is a link that went down", async () => {
  const frame = framed(frameOf(60));
  for (const bytes of [0, 2, 4, 30, frame.length]) {
    const { running, peer } = await started(linkImage);
    if (bytes > 0) peer.socket.write(frame.subarray(0, bytes));
    await pause(bytes % 4);
    peer.socket.destroy();
    await running.shows("link 0");
    assert.equal((await running.outcome).status, 70);
  }
});

test("frames that were sent before the end are still answered", async () => {
  const { running, peer } = await started(echoImage);
  peer.socket.end(Buffer.concat([framed(frameOf(60)), framed(frameOf(61)), framed(frameOf(62)).subarray(0, 20)]));
  for (const length of [60, 61]) assert.deepEqual(await peer.next(), answerTo(frameOf(length)));
  assert.equal((await running.outcome).status, 70);
});

test("what a guest sends when its peer has gone is lost, without harm", async () => {
  const text = linkWatcher().replaceAll("(i64.const -1)", "(i64.add (local.get $now) (i64.const 20000000))");
  const { running, peer } = await started(write("tick.wasm", text));
  running.kill("SIGUSR1");
  await peer.next();
  peer.socket.destroy();
  running.kill("SIGUSR1");
  await running.shows("link 0");
  running.kill("SIGUSR1");
  await pause(100);
  await stop(running);
});

test("a peer that stops reading holds the guest's frames back; all of them come in the end, whole and in order", async () => {
  const running = start(["--net=@3", write("flood.wasm", flood())], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const socket = running.child.stdio[3] as Socket;
  const peer = new StreamPeer(socket);
  socket.pause();
  await running.shows("up\n");
  await pause(100);
  const cpu = () => Number(execute("awk", "{print $14+$15}", `/proc/${running.child.pid}/stat`));
  const before = cpu();
  await pause(300);
  assert.ok(cpu() - before < 20, "it does not spin");
  assert.ok(!running.output.includes("done"), "2 MB do not fit into a socket");
  for (let i = 0; i < 2000; i++) {
    // A reader with interruptions: the socket is full again and again, in the middle of frames.
    if (i % 500 === 0) {
      socket.pause();
      await pause(20);
      socket.resume();
    }
    const frame = await peer.next();
    assert.deepEqual([frame.length, frame[0]], [990, i & 255]);
  }
  const { status, stderr } = await running.outcome;
  assert.deepEqual([status, stderr, peer.unfinished], [0, "", 0]);
});

/** A peer that sends and never reads, until nothing moves any more. */
async function overwhelmed(): Promise<{ running: Running; socket: Socket }> {
  const running = start(["--net=@3", echoImage], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const socket = running.child.stdio[3] as Socket;
  socket.on("error", () => undefined);
  await running.shows("up\n");
  const burst = Buffer.concat(Array.from({ length: 100 }, (_, i) => framed(frameOf(1514, i))));
  for (let i = 0; i < 40; i++) socket.write(burst);
  await pause(300);
  return { running, socket };
}

test("a peer that only sends, and never reads, does not keep the guest from its end", async () => {
  const { running, socket } = await overwhelmed();
  await stop(running);
  socket.destroy();
});

test("a peer that closes with frames on their way in both directions is a link that went down, not a busy loop", async () => {
  const { running, socket } = await overwhelmed();
  socket.destroy();
  const { status, stderr } = await running.outcome;
  assert.match(stderr, /the guest waits for ever/);
  assert.equal(status, 70);
});

test("a guest without receive buffers sleeps while its peer sends, and hears of the end", async () => {
  const { running, peer } = await started(write("starved.wasm", starvedWatcher()));
  for (let i = 0; i < 300; i++) peer.socket.write(framed(frameOf(1514)));
  await pause(100);
  const cpu = () => Number(execute("awk", "{print $14+$15}", `/proc/${running.child.pid}/stat`));
  const before = cpu();
  await pause(300);
  assert.ok(cpu() - before < 20, "it does not spin");
  peer.socket.destroy();
  await running.shows("link 0");
  assert.equal((await running.outcome).status, 70);
});

test("the sandbox lets a stream be read and written, and nothing else", async () => {
  const running = start(["--explain", "--net=@3", echoImage], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const { stdout, status } = await running.outcome;
  assert.match(stdout.toString(), /^ {2}\d+ {2}network device "service": read, write$/m);
  assert.equal(status, 0);
});

/** Listens at a path until the test file ends, and answers nobody. */
const hear = (server: Server, path: string) => new Promise<void>((resolve) => server.listen(path, resolve));

test("sockets that cannot be had", async () => {
  const none = (path: string) => new RegExp(`no socket ${path}; let passt listen there: passt --socket ${path}$`, "m");
  const refused = (line: RegExp, path: string) => refuses(66, line, `--net=unix:${path}`, echoImage);
  await refused(/no socket is named; expected such as unix:\/tmp\/passt\.socket$/m, "");
  await refused(none(file("none")), file("none"));
  await refused(none("/dev/null/x"), "/dev/null/x");
  writeFileSync(file("plain"), "precious");
  await refused(/plain is not a socket; name one on which passt listens: passt --socket PATH$/m, file("plain"));
  await refused(/ is not a socket; /, folder);
  await refused(/at most 107 bytes, this one 108; name it from its folder: cd FOLDER$/m, `/${"x".repeat(107)}`);
  await refused(/at most 107 bytes, this one 100000; /, "x".repeat(100_000));

  const server = createServer();
  await hear(server, file("first"));
  renameSync(file("first"), file("stale"));
  await new Promise((resolve) => server.close(resolve));
  await refused(/nobody listens on .*stale; let passt do so: passt --socket .*stale$/m, file("stale"));

  const datagrams = new Running(["socat", "-u", `UNIX-RECV:${file("datagrams")}`, "-"]);
  while (!existsSync(file("datagrams"))) await pause(10);
  await refused(/datagrams is not a stream socket; name one on which passt listens/, file("datagrams"));
  datagrams.kill("SIGTERM");

  // Its queue has room for one, which nobody takes out.
  const slow = new Running(["socat", `UNIX-LISTEN:${file("slow")},backlog=0`, "-"]);
  while (!isListening(file("slow"), readFileSync("/proc/net/unix", "utf8"))) await pause(10);
  slow.kill("SIGSTOP");
  const first = connect(file("slow"));
  await once(first, "connect");
  await refused(/takes no connection now; start another: passt --socket PATH$/m, file("slow"));
  first.destroy();
  slow.kill("SIGKILL");

  const other = createServer();
  await hear(other, file("other"));
  chownSync(file("other"), 1, 1);
  chmodSync(file("other"), 0o600);
  const mortal = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", ...tenderCommand];
  const { stderr, status } = await new Running([...mortal, `--net=unix:${file("other")}`, echoImage]).outcome;
  assert.match(
    stderr,
    /^tender: .*: you may not connect to .*other; start passt as the same user: passt --socket PATH\n$/,
  );
  assert.equal(status, 66);
  other.close();
});

test("a stream socket that is not connected is no network device", async () => {
  const server = createServer();
  await hear(server, file("listening"));
  const { _handle } = server as unknown as { _handle: { fd: number } };
  const running = start(["--net=@3", echoImage], { stdio: ["ignore", "pipe", "pipe", _handle.fd] });
  const { stderr, status } = await running.outcome;
  assert.match(stderr, /stream socket @3 is not connected; the parent process must connect it\n$/);
  assert.equal(status, 66);
  server.close();
});
