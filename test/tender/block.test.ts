/** Block devices: what a guest's requests do to the file, byte by byte. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as abi from "../../runtime/abi/tender.ts";
import { Layout, type Request } from "./layout.ts";
import { execute, file, folder, refuses, start, tender } from "./process.ts";
import { guest, writeImage } from "./wat.ts";

const QUEUE = 0x100;
const REQUESTS = 0x200;
const COMPLETIONS = 0x1200;
const SIZE = 64;
const BUFFERS = 0x4000;
const DEVICES = [{ name: "disk", kind: "block" }] as const;

/** A disk whose bytes tell where they are. */
function makeDisk(name: string, blocks: number): { path: string; bytes: Buffer } {
  const bytes = Buffer.alloc(blocks * 512);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 9)) & 255;
  const path = file(name);
  writeFileSync(path, bytes);
  return { path, bytes };
}

/**
 * A guest that submits requests all at once and prints the header, the completions and its buffers when all are done.
 * @param fill what the buffers hold at the start
 */
function script(name: string, requests: readonly Request[], fill: Uint8Array = Buffer.alloc(0)): string {
  const memory = new Layout().text(0x40, "disk").u32(QUEUE, REQUESTS, COMPLETIONS, SIZE).text(BUFFERS, fill);
  requests.forEach((r, i) => {
    memory.request(REQUESTS, i, { table: 0x2000 + i * 0x40, ...r });
  });
  const text = guest({
    rest: memory.data(),
    start: `
      (call $exit_unless_zero (call $block_attach (i32.const 0x40) (i32.const 4) (i32.const ${QUEUE})))
      (i32.store (i32.const ${QUEUE + abi.BLOCK_SUBMITTED}) (i32.const ${requests.length}))
      (i64.const 0)`,
    step: `
      (if (i32.ge_u (i32.load (i32.const ${QUEUE + abi.BLOCK_COMPLETED})) (i32.const ${requests.length})) (then
        (call $console_write (i32.const ${QUEUE}) (i32.const 64))
        (call $console_write (i32.const ${COMPLETIONS}) (i32.const ${SIZE * 8}))
        (call $console_write (i32.const ${BUFFERS}) (i32.const 0xc000))
        (call $exit (i32.const 0))))
      ;; Only the disk wakes it.
      (i64.const -1)`,
  }).replace(
    '(memory (export "memory")',
    `(func $exit_unless_zero (param i32) (if (local.get 0) (then (call $exit (i32.const 99))))) (memory (export "memory")`,
  );
  return writeImage(file(`${name}.wasm`), text, { devices: DEVICES });
}

/** The kernel takes a ring down, and with it the files on it, a moment after the process is gone. */
function unmount(mount: string): void {
  execute("umount", "--lazy", mount);
}

interface Result {
  readonly header: Buffer;
  /** By token. */
  readonly statuses: readonly number[];
  readonly buffers: Buffer;
}

async function run(
  disk: string,
  name: string,
  requests: readonly Request[],
  fill?: Uint8Array,
  io = "auto",
): Promise<Result> {
  const { status, stdout, stderr } = await tender(`--io=${io}`, `--disk=${disk}`, script(name, requests, fill));
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const completions = stdout.subarray(64, 64 + SIZE * 8);
  const statuses: number[] = [];
  for (let i = 0; i < requests.length; i++) {
    statuses[completions.readUInt32LE(i * 8 + abi.COMPLETION_TOKEN)] = completions.readInt32LE(
      i * 8 + abi.COMPLETION_STATUS,
    );
  }
  return { header: stdout.subarray(0, 64), statuses, buffers: stdout.subarray(64 + SIZE * 8) };
}

test("what the guest is told about the disk", async () => {
  const { path } = makeDisk("facts.img", 16);
  const { header } = await run(path, "facts", [{ operation: abi.BLOCK_OP_FLUSH }]);
  assert.equal(header.readBigUInt64LE(abi.BLOCK_CAPACITY), 8192n);
  assert.equal(header.readUInt32LE(abi.BLOCK_BLOCK_SIZE), 512);
  assert.equal(header.readUInt32LE(abi.BLOCK_FLAGS), abi.BLOCK_F_DISCARD);
  assert.equal(header.readUInt32LE(abi.BLOCK_TAKEN), 1);
  const readOnly = await run(`${path},ro`, "facts", [{ operation: abi.BLOCK_OP_FLUSH }]);
  assert.equal(readOnly.header.readUInt32LE(abi.BLOCK_FLAGS), abi.BLOCK_F_READ_ONLY);
  assert.deepEqual(readOnly.statuses, [abi.OK]);
});

for (const io of ["auto", "rw"])
  test(`reads, many blocks at once and scattered, --io=${io}`, async () => {
    const { path, bytes } = makeDisk("read.img", 64);
    const { statuses, buffers } = await run(
      path,
      "read",
      [
        { operation: abi.BLOCK_OP_READ, offset: 512n, segments: [[BUFFERS, 4096]] },
        {
          operation: abi.BLOCK_OP_READ,
          offset: 31744n,
          segments: [
            [BUFFERS + 8192, 512],
            [BUFFERS + 4096, 512],
          ],
        },
        { operation: abi.BLOCK_OP_READ, offset: 0n, segments: [] },
      ],
      undefined,
      io,
    );
    assert.deepEqual(statuses, [abi.OK, abi.OK, abi.OK]);
    assert.deepEqual(buffers.subarray(0, 4096), bytes.subarray(512, 4608));
    assert.deepEqual(buffers.subarray(8192, 8704), bytes.subarray(31744, 32256));
    assert.deepEqual(buffers.subarray(4096, 4608), bytes.subarray(32256, 32768));
  });

test("writes change what was named and nothing else", async () => {
  const { path, bytes } = makeDisk("write.img", 64);
  const fill = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 13) & 255));
  const { statuses } = await run(
    path,
    "write",
    [
      { operation: abi.BLOCK_OP_WRITE, offset: 1024n, segments: [[BUFFERS, 2048]] },
      {
        operation: abi.BLOCK_OP_WRITE,
        offset: 32256n,
        segments: [[BUFFERS + 2048, 512]],
      },
      { operation: abi.BLOCK_OP_FLUSH },
    ],
    fill,
  );
  assert.deepEqual(statuses, [abi.OK, abi.OK, abi.OK]);
  fill.copy(bytes, 1024, 0, 2048);
  fill.copy(bytes, 32256, 2048, 2560);
  assert.deepEqual(readFileSync(path), bytes);
});

test("past the end, malformed, unknown: refused, and the file stays as it was", async () => {
  const { path, bytes } = makeDisk("range.img", 8);
  const write = (offset: bigint, length: number): Request => ({
    operation: abi.BLOCK_OP_WRITE,
    offset,
    segments: [[BUFFERS, length]],
  });
  const cases: readonly (readonly [Request, number])[] = [
    [write(4096n, 512), abi.E_RANGE],
    [write(3584n, 1024), abi.E_RANGE],
    [write(1n << 62n, 512), abi.E_RANGE],
    [write(-512n, 512), abi.E_RANGE],
    [write(-512n, 1024), abi.E_RANGE],
    [write(1n, 512), abi.E_INVALID],
    [write(0n, 511), abi.E_INVALID],
    [{ operation: abi.BLOCK_OP_READ, offset: 4096n, segments: [[BUFFERS, 512]] }, abi.E_RANGE],
    [{ operation: abi.BLOCK_OP_READ, offset: 7n, segments: [[BUFFERS, 512]] }, abi.E_INVALID],
    [{ operation: abi.BLOCK_OP_READ, offset: 4096n, segments: [] }, abi.OK],
    [{ operation: abi.BLOCK_OP_READ, offset: 4608n, segments: [] }, abi.E_RANGE],
    [{ operation: 0, offset: 0n }, abi.E_INVALID],
    [{ operation: 5, offset: 0n }, abi.E_INVALID],
    [{ operation: abi.BLOCK_OP_DISCARD, offset: 0n, length: 513n }, abi.E_INVALID],
    [{ operation: abi.BLOCK_OP_DISCARD, offset: 512n, length: 4096n }, abi.E_RANGE],
    [{ operation: abi.BLOCK_OP_DISCARD, offset: 512n, length: -512n }, abi.E_RANGE],
  ];
  const { statuses } = await run(
    path,
    "range",
    cases.map(([request]) => request),
    Buffer.alloc(1024, 0xee),
  );
  assert.deepEqual(
    statuses,
    cases.map(([, status]) => status),
  );
  assert.deepEqual(readFileSync(path), bytes);
});

test("a discarded range reads as zeros, and the file keeps its size", async () => {
  const { path, bytes } = makeDisk("discard.img", 32);
  const { statuses } = await run(path, "discard", [{ operation: abi.BLOCK_OP_DISCARD, offset: 4096n, length: 8192n }]);
  assert.deepEqual(statuses, [abi.OK]);
  bytes.fill(0, 4096, 12288);
  assert.deepEqual(readFileSync(path), bytes);
});

test("a read-only disk is not written, whatever is asked", async () => {
  const { path, bytes } = makeDisk("ro.img", 8);
  const { statuses, buffers } = await run(`${path},ro`, "ro", [
    { operation: abi.BLOCK_OP_WRITE, offset: 0n, segments: [[BUFFERS + 512, 512]] },
    { operation: abi.BLOCK_OP_DISCARD, offset: 0n, length: 512n },
    { operation: abi.BLOCK_OP_WRITE, offset: 4096n, segments: [[BUFFERS + 512, 512]] },
    { operation: abi.BLOCK_OP_READ, offset: 0n, segments: [[BUFFERS, 512]] },
  ]);
  assert.deepEqual(statuses, [abi.E_READ_ONLY, abi.E_READ_ONLY, abi.E_READ_ONLY, abi.OK]);
  assert.deepEqual(buffers.subarray(0, 512), bytes.subarray(0, 512));
  assert.deepEqual(readFileSync(path), bytes);
});

/** Less than the 30 s after which a loop looks again that has missed its disk. */
const MISSED = { timeout: 25_000 };

for (const io of ["auto", "rw"])
  test(
    `direct: aligned buffers go past the host's memory, others through it, and both see the same, --io=${io}`,
    MISSED,
    async () => {
      const { path, bytes } = makeDisk("direct.img", 64);
      const write = (offset: bigint, at: number): Request => ({
        operation: abi.BLOCK_OP_WRITE,
        offset,
        segments: [[at, 8192]],
      });
      const fill = Buffer.from(Array.from({ length: 0x9000 }, (_, i) => (i * 11) & 255));
      const written = await run(
        `${path},direct`,
        "direct",
        [write(4096n, BUFFERS), write(16384n, BUFFERS + 0x4100)],
        fill,
        io,
      );
      assert.deepEqual(written.statuses, [abi.OK, abi.OK]);
      const blockSize = written.header.readUInt32LE(abi.BLOCK_BLOCK_SIZE);
      assert.ok(blockSize === 512 || blockSize === 4096, `${blockSize}`);
      fill.copy(bytes, 4096, 0, 8192);
      fill.copy(bytes, 16384, 0x4100, 0x6100);
      assert.deepEqual(readFileSync(path), bytes);
      const read = await run(
        `${path},ro,direct`,
        "direct-ro",
        [
          { operation: abi.BLOCK_OP_READ, offset: 4096n, segments: [[BUFFERS, 8192]] },
          { operation: abi.BLOCK_OP_READ, offset: 16384n, segments: [[BUFFERS + 0x2001, 8192]] },
          { operation: abi.BLOCK_OP_FLUSH },
        ],
        undefined,
        io,
      );
      assert.deepEqual(read.statuses, [abi.OK, abi.OK, abi.OK]);
      assert.deepEqual(read.buffers.subarray(0, 8192), bytes.subarray(4096, 12288));
      assert.deepEqual(read.buffers.subarray(0x2001, 0x4001), bytes.subarray(16384, 24576));
    },
  );

test("what was submitted before exit is carried out", async () => {
  const { path, bytes } = makeDisk("exit.img", 8);
  const memory = new Layout()
    .text(0x40, "disk")
    .u32(QUEUE, REQUESTS, COMPLETIONS, 1)
    .text(BUFFERS, Buffer.alloc(512, 7))
    .request(REQUESTS, 0, { operation: abi.BLOCK_OP_WRITE, offset: 512n, table: 0x2000, segments: [[BUFFERS, 512]] });
  const image = writeImage(
    file("exit.wasm"),
    guest({
      rest: memory.data(),
      start: `(drop (call $block_attach (i32.const 0x40) (i32.const 4) (i32.const ${QUEUE})))
        (i32.store (i32.const ${QUEUE + abi.BLOCK_SUBMITTED}) (i32.const 1))
        (call $exit (i32.const 5)) (i64.const 0)`,
    }),
    { devices: DEVICES },
  );
  assert.equal((await tender(`--disk=${path}`, image)).status, 5);
  bytes.fill(7, 512, 1024);
  assert.deepEqual(readFileSync(path), bytes);
});

test("a full disk of the host is E_NO_SPACE", async () => {
  assert.equal(process.getuid?.(), 0, "this test mounts a small file system: run it as root, with: sudo npm test");
  const mount = file("small");
  execute("mkdir", mount);
  execute("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount);
  try {
    execute("truncate", "-s", "1M", `${mount}/full.img`);
    const requests: Request[] = [];
    for (let i = 0; i < 8; i++)
      requests.push({
        operation: abi.BLOCK_OP_WRITE,
        offset: BigInt(i) * 16384n,
        segments: [[BUFFERS, 16384]],
      });
    const { statuses } = await run(`${mount}/full.img`, "full", requests);
    // Which of them found room is not said: they are carried out side by side.
    const came = (status: number) => statuses.filter((s) => s === status).length;
    assert.ok(came(abi.OK) > 0 && came(abi.E_NO_SPACE) >= 4, `${statuses}`);
    assert.equal(came(abi.OK) + came(abi.E_NO_SPACE), 8);
  } finally {
    unmount(mount);
  }
});

test("a disk that can only be read, when a write is needed", async () => {
  assert.equal(process.getuid?.(), 0, "this test mounts a file system: run it as root, with: sudo npm test");
  const mount = file("fixed");
  execute("mkdir", mount);
  execute("mount", "-t", "tmpfs", "tmpfs", mount);
  try {
    execute("truncate", "-s", "1M", `${mount}/disk.img`);
    execute("mount", "-o", "remount,ro", mount);
    const image = script("fixed", [{ operation: abi.BLOCK_OP_FLUSH }]);
    await refuses(
      66,
      /disk.img can only be read; attach it read-only \(.*disk.img,ro\)/,
      `--disk=${mount}/disk.img`,
      image,
    );
    assert.equal((await tender(`--disk=${mount}/disk.img,ro`, image)).status, 0);
  } finally {
    unmount(mount);
  }
});

test("disks that cannot be attached", async () => {
  const image = script("refused", []);
  await refuses(
    66,
    /there is no disk .*none.img; make one of 16 MiB: truncate -s 16M/,
    `--disk=${file("none.img")}`,
    image,
  );
  writeFileSync(file("odd.img"), Buffer.alloc(1000));
  await refuses(
    66,
    /has 1000 bytes, which is no multiple of 512; .*truncate -s 1024/,
    `--disk=${file("odd.img")}`,
    image,
  );
  assert.equal(statSync(file("odd.img")).size, 1000);
  await refuses(66, /is neither a file nor a block device|Is a directory/, `--disk=${folder}`, image);
  await refuses(66, /no file is named/, "--disk=,ro", image);
  await refuses(66, /no file is named/, "--disk=,direct,ro", image);
  await refuses(66, /there is no disk .*none.img;/, `--disk=${file("none.img")},direct`, image);
  await refuses(
    66,
    /cannot be used past the host's memory; leave out ,direct/,
    "--disk=/proc/version,ro,direct",
    image,
  );
  execute("mkfifo", file("pipe"));
  await refuses(66, /is neither a file nor a block device/, `--disk=${file("pipe")}`, image);
});

test("a disk serves one writer or many readers", async () => {
  const { path } = makeDisk("shared.img", 8);
  const wait = writeImage(
    file("wait.wasm"),
    guest({
      rest: `(data (i32.const 0) "up\\n")`,
      start: "(call $console_write (i32.const 0) (i32.const 3)) (i64.const 0x7fffffffffffffff)",
    }),
    { devices: DEVICES },
  );
  const readers = [start([`--disk=${path},ro`, wait]), start([`--disk=${path},ro`, wait])];
  for (const reader of readers) await reader.shows("up");
  await refuses(66, /shared.img is in use by another process/, `--disk=${path}`, wait);
  for (const reader of readers) {
    reader.kill("SIGKILL");
    await reader.outcome;
  }
  const writer = start([`--disk=${path}`, wait]);
  await writer.shows("up");
  await refuses(66, /shared.img is in use/, `--disk=${path},ro`, wait);
  writer.kill("SIGKILL");
  await writer.outcome;
});
