/** Disks that fail, fall short, or take their time: what the guest is told, and what goes on meanwhile. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as abi from "../../runtime/abi/tender.ts";
import { FaultyDisk } from "../support/disk/faulty.ts";
import { echo } from "./echo.ts";
import { Layout, type Request } from "./layout.ts";
import { file, type Running, start } from "./process.ts";
import { makeFrameSocket } from "./socket.ts";
import { guest, writeImage } from "./wat.ts";

/** Numbers of Linux's errors. */
const EINTR = 4;
const EIO = 5;
const ENOSPC = 28;

const QUEUES = [0xa000, 0xa100] as const;
const REQUESTS = [0xa200, 0xa600] as const;
const COMPLETIONS = [0xaa00, 0xab00] as const;
const SEGMENTS = 0xb000;
const BUFFERS = 0x10000;
const SIZE = 16;

/** Each tick is a line of the console. */
const TICK = "tick\n";

interface Wanted {
  readonly operation: number;
  readonly offset?: number;
  readonly length?: number;
}

const read = (offset: number, length = 4096): Wanted => ({ operation: abi.BLOCK_OP_READ, offset, length });
const write = (offset: number, length = 4096): Wanted => ({ operation: abi.BLOCK_OP_WRITE, offset, length });
const flush: Wanted = { operation: abi.BLOCK_OP_FLUSH };

/** A request of the guest's, with a buffer of its own. */
function request(wanted: Wanted, token: number, number: number): Request {
  const { operation, offset = 0, length = 0 } = wanted;
  const segments = length > 0 ? ([[BUFFERS + number * 8192, length]] as const) : [];
  return { operation, token, offset: BigInt(offset), table: SEGMENTS + number * 8, segments };
}

/**
 * A guest with two disks, "slow" and "other". It prints a line for each completion: the request's letter (a, b, ... on the
 * first disk, A, B, ... on the second) and the digit of its status, which is below zero; and it exits when there are all.
 * @param text what the guest does besides; its steps' deadline becomes 5 ms later, when it prints a tick
 */
function disks(
  slow: readonly Wanted[],
  other: readonly Wanted[] = [],
  text = guest({ step: "(i64.const -1)" }),
): string {
  const memory = new Layout(0x10000).text(0x9000, "slowother").text(0x9010, TICK);
  [slow, other].forEach((list, i) => {
    memory.u32(QUEUES[i] ?? 0, REQUESTS[i] ?? 0, COMPLETIONS[i] ?? 0, SIZE);
    list.forEach((wanted, k) => {
      memory.request(REQUESTS[i] ?? 0, k, request(wanted, (i ? 65 : 97) + k, i * 8 + k));
    });
  });
  const attach = (i: number, name: number, length: number, count: number) => `
    (drop (call $block_attach (i32.const ${name}) (i32.const ${length}) (i32.const ${QUEUES[i]})))
    (i32.store (i32.const ${(QUEUES[i] ?? 0) + abi.BLOCK_SUBMITTED}) (i32.const ${count}))`;
  const beginning = attach(0, 0x9000, 4, slow.length) + attach(1, 0x9004, 5, other.length);
  const total = slow.length + other.length;
  return text
    .replace('(memory (export "memory") 1 16)', '(memory (export "memory") 4 16)')
    .replace(
      '(func $start (export "start") (param $now i64) (param $wall i64) (result i64)',
      `${memory.data()}
      (global $shown (mut i32) (i32.const 0)) (global $next (mut i64) (i64.const 0))
      (func $show (param $queue i32) (local $at i32)
        (block $none (loop $more
          (br_if $none (i32.eq (i32.load offset=${abi.BLOCK_REAPED} (local.get $queue))
            (i32.load offset=${abi.BLOCK_COMPLETED} (local.get $queue))))
          (local.set $at (i32.add (i32.load offset=${abi.BLOCK_COMPLETIONS} (local.get $queue))
            (i32.shl (i32.and (i32.load offset=${abi.BLOCK_REAPED} (local.get $queue)) (i32.const ${SIZE - 1})) (i32.const 3))))
          (i32.store8 (i32.const 0x9020) (i32.load (local.get $at)))
          (i32.store8 (i32.const 0x9021) (i32.sub (i32.const 48) (i32.load offset=4 (local.get $at))))
          (i32.store8 (i32.const 0x9022) (i32.const 10))
          (call $console_write (i32.const 0x9020) (i32.const 3))
          (i32.store offset=${abi.BLOCK_REAPED} (local.get $queue)
            (i32.add (i32.load offset=${abi.BLOCK_REAPED} (local.get $queue)) (i32.const 1)))
          (global.set $shown (i32.add (global.get $shown) (i32.const 1)))
          (br $more))))
      $&`,
    )
    .replace(/(\(func \$start \(export "start"\)[^\n]*\(result i64\)(?: \(local \$i i32\))?)/, `$1 ${beginning}`)
    .replace(
      /(\(func \$step \(export "step"\)[^\n]*\(result i64\)\s*(?:\(local \$\w+ i32\) ?)*)([\s\S]*)\(i64\.const -1\)\)/,
      `$1 (call $show (i32.const ${QUEUES[0]})) (call $show (i32.const ${QUEUES[1]}))
      (if (i32.ge_u (global.get $shown) (i32.const ${total})) (then (call $exit (i32.const 0))))
      (if (i64.ge_u (local.get $now) (global.get $next)) (then
        (call $console_write (i32.const 0x9010) (i32.const ${TICK.length}))
        (global.set $next (i64.add (local.get $now) (i64.const 5000000)))))
      $2 (global.get $next))`,
    );
}

let slow: FaultyDisk;
const other = () => file("other.img");

before(async () => {
  assert.equal(process.getuid?.(), 0, "this test mounts a file system: run it as root, with: sudo npm test");
  if (existsSync("/dev/fuse")) slow = await FaultyDisk.make(1 << 20);
});
beforeEach(async () => {
  writeFileSync(other(), Buffer.alloc(65536, 1));
  await slow?.tell("clear");
});
after(async () => await slow?.close());

/** A test that needs the faulty disk. Where it cannot be had, one sees why. */
function faulty(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (slow) return await body();
    assert.ok(!existsSync("/dev/fuse"));
    console.error(`there is no /dev/fuse, which this test needs: ${name}`);
  });
}

let images = 0;

function run(text: string, nets: readonly ["service"] | readonly [] = [], fd?: number): Running {
  const devices = [
    { name: "slow", kind: "block" },
    { name: "other", kind: "block" },
    ...nets.map((name) => ({ name, kind: "network" }) as const),
  ] as const;
  const image = writeImage(file(`faults-${images++}.wasm`), text, { devices, memory: { initial: 4, maximum: 16 } });
  const options = [`--disk:slow=${slow.path}`, `--disk:other=${other()}`, ...nets.map(() => "--net=@3")];
  return start([...options, image], fd === undefined ? {} : { stdio: ["ignore", "pipe", "pipe", fd] });
}

/** Completions in the order in which they came. */
function completions(output: string): string[] {
  return output.split("\n").filter((line) => line !== "" && line !== TICK.trim());
}

async function ends(running: Running, status: number | string = 0): Promise<string[]> {
  const outcome = await running.outcome;
  assert.equal(outcome.status, status, outcome.stderr);
  return completions(outcome.stdout.toString());
}

faulty("an error of the host's is the request's, and of no other", async () => {
  await slow.tell(`fail read 4096 ${EIO}`, `fail write 16384 ${EIO}`, `fail write 24576 ${ENOSPC}`);
  const running = run(disks([read(0), read(4096), read(8192), write(16384), write(20480), write(24576)], [read(0)]));
  assert.deepEqual((await ends(running)).sort(), ["A0", "a0", "b7", "c0", "d7", "e0", "f8"]);
});

faulty("a failed flush: it, those that came with it, and all that come later", async () => {
  await slow.tell("hold flush 0");
  const running = run(disks([flush, flush, flush], [flush]));
  await slow.says("held flush 0");
  await running.shows("A0\n");
  // The first waits, and the others for it: one call of theirs tells of what was lost.
  await slow.tell(`fail flush 0 ${EIO}`, "release");
  assert.deepEqual((await ends(running)).sort(), ["A0", "a0", "b7", "c7"]);
});

faulty("what falls short is continued, on both sides of a segment's end; an interrupted call is repeated", async () => {
  await slow.tell("short read 0 100", "short read 8192 4095", "short write 32768 1", "short write 36864 512");
  const running = run(disks([read(0, 8192), read(8192, 4096), write(32768, 4096), write(36864, 4096), read(65536)]));
  assert.deepEqual((await ends(running)).sort(), ["a0", "b0", "c0", "d0", "e0"]);
  await slow.tell("clear", `fail read 0 ${EINTR}`);
  const repeated = run(disks([read(0)], [read(0)]));
  await repeated.shows("A0\n");
  await slow.tell("clear");
  assert.deepEqual((await ends(repeated)).sort(), ["A0", "a0"]);
});

faulty("nothing where the file should go on is an error", async () => {
  await slow.tell("short read 4096 0", "short write 8192 0");
  assert.deepEqual((await ends(run(disks([read(0), read(4096), write(8192)])))).sort(), ["a0", "b7", "c7"]);
});

faulty(
  "a request that hangs holds up neither others on its disk, nor another disk, nor timers, nor the network",
  async () => {
    const { socket, fd, close } = await makeFrameSocket();
    await slow.tell("hold read 4096");
    const text = disks([read(4096), read(0), read(8192)], [read(0), write(4096), flush], echo);
    const running = run(text, ["service"], fd);
    await slow.says("held read 4096");
    for (const line of ["b0", "c0", "A0", "B0", "C0"]) await running.shows(`${line}\n`);
    const before = running.output.split(TICK).length;
    while (running.output.split(TICK).length < before + 10) await running.printsMore();
    for (let i = 0; i < 20; i++) {
      const answered = new Promise<Buffer>((resolve) => socket.once("message", resolve));
      socket.send(Buffer.alloc(60, i));
      assert.equal((await answered).length, 60);
    }
    assert.ok(!running.output.includes("a0"));
    await slow.tell("clear");
    assert.deepEqual((await ends(running)).at(-1), "a0");
    close();
  },
);

faulty("many that hang end in any order", async () => {
  await slow.tell("hold read 0", "hold read 4096");
  const running = run(disks([read(0), read(4096), read(8192), read(12288)]));
  await slow.says("held read 0");
  await slow.says("held read 4096");
  await running.shows("c0\n");
  await running.shows("d0\n");
  await slow.tell("clear");
  assert.deepEqual((await ends(running)).slice(2).sort(), ["a0", "b0"]);
});

/** Submits a write that hangs, and exits. */
const leaves = () => disks([write(4096)]).replace("(call $show (i32.const 40960))", "(call $exit (i32.const 3))");

faulty("exit waits for what was submitted, and no longer", async () => {
  await slow.tell("hold write 4096");
  const running = run(leaves());
  await slow.says("held write 4096");
  assert.equal(running.child.exitCode, null);
  await slow.tell("clear");
  await ends(running, 3);
});

faulty("the second SIGTERM ends a tender whose disk hangs, also while it exits", async () => {
  for (const text of [disks([read(0), write(4096)]), leaves()]) {
    await slow.tell("hold write 4096");
    const running = run(text);
    await slow.says("held write 4096");
    // Two at once would be one.
    while (running.child.exitCode === null) {
      running.child.kill("SIGTERM");
      await pause(50);
    }
    const { status, stderr } = await running.outcome;
    assert.deepEqual([status, stderr], [143, "tender: ended by SIGTERM: the second signal\n"]);
    await slow.tell("clear");
  }
});
