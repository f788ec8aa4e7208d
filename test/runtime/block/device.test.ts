import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as abi from "../../../runtime/abi/tender.ts";
import {
  DISCARD,
  E_CANCELLED,
  E_TOO_LONG,
  FLUSH,
  filled,
  fresh,
  guest,
  numbered,
  READ,
  READ_TO,
  READV,
  SECTOR,
  SLOTS,
  WRITE,
  WRITE_FROM,
  WRITEV,
} from "./requests.ts";

describe("block device", () => {
  test("gives ranges back where the host can", () => {
    const { perform, disk, block } = fresh({ discard: true });
    const expected = disk.slice().fill(0, 3 * SECTOR, 5 * SECTOR);
    assert.equal(perform(DISCARD, 3 * SECTOR, filled(2 * SECTOR, 0)), abi.OK);
    assert.deepEqual(disk, expected);
    assert.equal(perform(DISCARD, 0, new Uint8Array(0)), abi.OK);
    assert.equal(perform(DISCARD, 1, filled(SECTOR, 0)), abi.E_INVALID);
    assert.equal(perform(DISCARD, 0, filled(1, 0)), abi.E_INVALID);
    assert.equal(perform(DISCARD, 63 * SECTOR, filled(2 * SECTOR, 0)), abi.E_RANGE);
    assert.equal(perform(DISCARD, 2n ** 64n - 512n, filled(SECTOR, 0)), abi.E_RANGE);
    assert.equal(block.requests.length, 1);
    assert.equal(fresh().perform(DISCARD, 0, filled(SECTOR, 0)), abi.E_UNSUPPORTED);
    assert.equal(fresh({ discard: true, readOnly: true }).perform(DISCARD, 0, filled(SECTOR, 0)), abi.E_READ_ONLY);
  });

  test("makes buffers that are aligned to its blocks", () => {
    for (const blockSize of [512, 4096]) {
      const { call } = fresh({ blockSize, disk: numbered(64) });
      for (const length of [0, 1, 512, 8192, 100_000]) assert.equal(call("aligned", length) % blockSize, 0);
    }
  });

  test("knows its size, its block size and whether it is read-only", () => {
    const small = fresh();
    assert.deepEqual(
      ["size", "sectors", "blockSize", "readOnly"].map((name) => small.call(name)),
      [64 * SECTOR, 64, SECTOR, 0],
    );
    const large = fresh({ disk: new Uint8Array(40960), blockSize: 4096, readOnly: true });
    assert.deepEqual(
      ["size", "sectors", "blockSize", "readOnly"].map((name) => large.call(name)),
      [40960, 10, 4096, 1],
    );
  });

  test("reads one block and many", () => {
    const { begin, resultOf, bytesOf, disk } = fresh();
    for (const [sector, count] of [
      [0, 1],
      [63, 1],
      [0, 64],
      [17, 12],
    ] as const) {
      const request = begin(READ, sector * SECTOR, filled(count * SECTOR, 0xee));
      assert.equal(resultOf(request), abi.OK);
      assert.deepEqual(bytesOf(request, 0, count * SECTOR), disk.subarray(sector * SECTOR, (sector + count) * SECTOR));
    }
  });

  test("several buffers are one request, in their order", () => {
    const { begin, resultOf, bytesOf, perform, disk, block } = fresh();
    const before = disk.slice();
    const read = begin(READV, 5 * SECTOR, filled(SECTOR, 0), filled(SECTOR, 0), filled(3 * SECTOR, 0));
    assert.equal(resultOf(read), abi.OK);
    assert.deepEqual(bytesOf(read, 0, SECTOR), before.subarray(5 * SECTOR, 6 * SECTOR));
    assert.deepEqual(bytesOf(read, 1, SECTOR), before.subarray(6 * SECTOR, 7 * SECTOR));
    assert.deepEqual(bytesOf(read, 2, 3 * SECTOR), before.subarray(7 * SECTOR, 10 * SECTOR));
    assert.equal(perform(WRITEV, 2 * SECTOR, filled(SECTOR, 1), filled(SECTOR, 2)), abi.OK);
    before.fill(1, 2 * SECTOR, 3 * SECTOR).fill(2, 3 * SECTOR, 4 * SECTOR);
    assert.deepEqual(disk, before);
    assert.deepEqual(
      block.requests.map((request) => request.segments.length),
      [3, 2],
    );
  });

  test("at most 64 buffers make a request", () => {
    const buffers = (count: number) => Array.from({ length: count }, () => filled(SECTOR, 9));
    const { perform, disk, block } = fresh({ disk: numbered(65) });
    const last = disk.slice(64 * SECTOR);
    assert.equal(perform(WRITEV, 0, ...buffers(64)), abi.OK);
    assert.deepEqual(disk.subarray(0, 64 * SECTOR), filled(64 * SECTOR, 9));
    assert.deepEqual(disk.slice(64 * SECTOR), last);
    assert.equal(perform(READV, 0, ...buffers(65)), E_TOO_LONG);
    assert.equal(block.requests.length, 1);
  });

  test("nothing to transfer is no request", () => {
    const { perform, block } = fresh();
    assert.equal(perform(READ, 0, filled(0, 0)), abi.OK);
    assert.equal(perform(WRITEV, 64 * SECTOR), abi.OK);
    assert.equal(perform(READ, 65 * SECTOR, filled(0, 0)), abi.E_RANGE);
    assert.equal(block.requests.length, 0);
    assert.equal(perform(READV, 0, filled(0, 0), filled(SECTOR, 0)), abi.OK);
    assert.equal(block.requests[0]?.segments.length, 1);
  });

  test("agrees with a model, whatever is read and written", () => {
    const request = fc.record({
      write: fc.boolean(),
      memory: fc.boolean(),
      sector: fc.nat(40),
      count: fc.nat(12),
      value: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const { begin, resultOf, bytesOf, disk } = fresh({ disk: numbered(40) });
        const model = numbered(40);
        for (const { write, memory, sector, count, value } of requests) {
          const [offset, length] = [sector * SECTOR, count * SECTOR];
          const bytes = filled(length, value);
          const [reads, writes] = memory ? [READ_TO, WRITE_FROM] : [READ, WRITE];
          const request = begin(write ? writes : reads, offset, bytes);
          assert.equal(resultOf(request), offset + length > model.length ? abi.E_RANGE : abi.OK);
          if (resultOf(request) === abi.OK && write) model.set(bytes, offset);
          else if (resultOf(request) === abi.OK) bytes.set(model.subarray(offset, offset + length));
          assert.deepEqual(bytesOf(request, 0, length), bytes);
          assert.deepEqual(disk, model);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("what cannot be is refused without troubling the tender", () => {
    const { perform, block, disk } = fresh();
    const before = disk.slice();
    const end = 64 * SECTOR;
    for (const one of [READ, WRITE, READ_TO, WRITE_FROM]) {
      for (const offset of [1, 511, 513, -1n & 0xffffffffffffffffn]) {
        assert.equal(perform(one, offset, filled(SECTOR, 1)), abi.E_INVALID, `offset ${offset}`);
      }
      for (const length of [1, 511, 513, 1023]) assert.equal(perform(one, 0, filled(length, 1)), abi.E_INVALID);
      for (const offset of [BigInt(end), BigInt(end + SECTOR), 2n ** 64n - 512n, 2n ** 63n]) {
        assert.equal(perform(one, offset, filled(SECTOR, 1)), abi.E_RANGE, `offset ${offset}`);
      }
      assert.equal(perform(one, end - SECTOR, filled(2 * SECTOR, 1)), abi.E_RANGE);
    }
    for (const many of [READV, WRITEV]) {
      assert.equal(perform(many, end - SECTOR, filled(SECTOR, 1), filled(SECTOR, 1)), abi.E_RANGE);
      // Their sum would do.
      assert.equal(perform(many, 0, filled(500, 1), filled(524, 1)), abi.E_INVALID);
    }
    assert.equal(block.requests.length, 0);
    assert.deepEqual(disk, before);
    assert.equal(perform(WRITE, end - SECTOR, filled(SECTOR, 1)), abi.OK, "a slot was lost");
  });

  test("a read-only device refuses writes and takes the rest", () => {
    const { perform, block } = fresh({ readOnly: true });
    assert.equal(perform(WRITE, 0, filled(SECTOR, 1)), abi.E_READ_ONLY);
    assert.equal(perform(WRITEV, 0, filled(SECTOR, 1)), abi.E_READ_ONLY);
    assert.equal(perform(WRITE_FROM, 0, filled(SECTOR, 1)), abi.E_READ_ONLY);
    assert.equal(block.requests.length, 0);
    assert.equal(perform(READ, 0, filled(SECTOR, 1)), abi.OK);
    assert.equal(perform(FLUSH, 0), abi.OK);
  });

  test("hands the host's codes up", () => {
    const { perform, block } = fresh();
    for (const code of [abi.E_IO, abi.E_NO_SPACE, abi.E_RANGE, abi.E_UNSUPPORTED]) {
      block.fault = () => code;
      assert.equal(perform(READ, 0, filled(SECTOR, 1)), code);
      assert.equal(perform(WRITE, 0, filled(SECTOR, 1)), code);
      assert.equal(perform(READ_TO, 0, filled(SECTOR, 1)), code);
      assert.equal(perform(WRITE_FROM, 0, filled(SECTOR, 1)), code);
      assert.equal(perform(FLUSH, 0), code);
    }
    block.fault = () => undefined;
    assert.equal(perform(READ, 0, filled(SECTOR, 1)), abi.OK);
  });

  test("a flush is a request of its own", () => {
    const { perform, block } = fresh();
    perform(WRITE, 0, filled(SECTOR, 1));
    assert.equal(perform(FLUSH, 0), abi.OK);
    assert.deepEqual(
      block.requests.map((request) => request.operation),
      [abi.BLOCK_OP_WRITE, abi.BLOCK_OP_FLUSH],
    );
    assert.equal(block.requests[1]?.segments.length, 0);
  });

  test("completions may come in any order", () => {
    const { begin, block, bytesOf, resultOf, settle, disk } = fresh();
    block.paused = true;
    const requests = Array.from({ length: 20 }, (_, i) => begin(READ, i * SECTOR, filled(SECTOR, 0)));
    block.order = (pending) => pending.reverse();
    block.fault = ({ offset }) => (offset === 7 * SECTOR ? abi.E_IO : undefined);
    block.paused = false;
    settle();
    for (const [i, request] of requests.entries()) {
      assert.equal(resultOf(request), i === 7 ? abi.E_IO : abi.OK);
      if (i !== 7) assert.deepEqual(bytesOf(request, 0, SECTOR), disk.subarray(i * SECTOR, (i + 1) * SECTOR));
    }
  });

  test("when the queue is full, requests wait their turn", () => {
    const { begin, block, done, resultOf, settle } = fresh({ disk: numbered(200) });
    block.paused = true;
    const requests = Array.from({ length: 150 }, (_, i) => begin(READ, i * SECTOR, filled(SECTOR, 0)));
    assert.equal(block.requests.length, SLOTS);
    assert.ok(!requests.some(done));
    // One that comes just as slots get free does not overtake those that wait.
    block.paused = false;
    const late = begin(READ, 150 * SECTOR, filled(SECTOR, 0));
    settle();
    for (const request of [...requests, late]) assert.equal(resultOf(request), abi.OK);
    assert.deepEqual(
      block.requests.map((request) => request.offset / SECTOR),
      Array.from({ length: 151 }, (_, i) => i),
    );
  });

  test("a cancelled fiber goes at once, its request goes on, its slot comes back", () => {
    const { begin, block, call, resultOf, perform, settle, disk } = fresh();
    block.paused = true;
    const written = Array.from({ length: SLOTS }, (_, i) => begin(WRITE, i * SECTOR, filled(SECTOR, 0xaa)));
    for (const request of written) call("cancel", request);
    settle();
    for (const request of written) assert.equal(resultOf(request), E_CANCELLED);
    const next = begin(READ, 0, filled(SECTOR, 0));
    assert.equal(call("isDone", next), 0, "the slots belong to the tender still");
    block.paused = false;
    settle();
    assert.equal(resultOf(next), abi.OK);
    assert.deepEqual(disk.subarray(0, SLOTS * SECTOR), filled(SLOTS * SECTOR, 0xaa));
    for (let i = 0; i < 3 * SLOTS; i++) assert.equal(perform(READ, 0, filled(SECTOR, 0)), abi.OK);
  });

  test("a fiber that was cancelled before makes no request", () => {
    const { block, call, settle, resultOf } = fresh();
    const request = call("prepare", WRITE, 0n, 1, SECTOR);
    call("spawn", request);
    call("cancel", request);
    settle();
    assert.equal(resultOf(request), E_CANCELLED);
    assert.equal(block.requests.length, 0);
  });

  test("nobody is forgotten, however requests, cancellations and completions mix", () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant("begin" as const), count: fc.integer({ min: 1, max: 40 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.array(fc.nat(), { maxLength: 20 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("complete" as const), settle: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const { tender, block, call, settle, done, resultOf, perform } = fresh({ disk: numbered(8) });
        const requests: number[] = [];
        const cancelled = new Set<number>();
        block.paused = true;
        for (const step of actions) {
          if (step.kind === "begin") {
            for (let i = 0; i < step.count; i++) {
              const request = call("prepare", READ, BigInt((i % 8) * SECTOR), 1, SECTOR);
              call("spawn", request);
              requests.push(request);
            }
          } else if (step.kind === "cancel" && requests.length > 0) {
            for (const n of step.which) {
              const request = requests[n % requests.length] ?? 0;
              if (!done(request)) cancelled.add(request);
              call("cancel", request);
            }
          } else if (step.kind === "complete") {
            block.paused = false;
            if (step.settle) settle();
            else tender.step();
            block.paused = true;
          }
        }
        block.paused = false;
        settle();
        for (const request of requests) {
          const result = resultOf(request);
          assert.ok(result === abi.OK || (result === E_CANCELLED && cancelled.has(request)), String(result));
        }
        for (let i = 0; i < 2 * SLOTS; i++) assert.equal(perform(FLUSH, 0), abi.OK);
      }),
      { numRuns: 100 },
    );
  });

  test("the buffers of a cancelled request live until its completion, and no longer", () => {
    const { begin, block, call, settle, bytesOf, disk } = fresh();
    block.paused = true;
    const read = begin(READ, 0, filled(64 * SECTOR, 0));
    call("cancel", read);
    settle();
    call("forget", read);
    call("collect");
    const pending = call("heapUsed");
    // New objects must not lie where the tender is about to write.
    const others = Array.from({ length: 50 }, () => call("prepare", READ, 0n, 1, 64 * SECTOR));
    block.paused = false;
    settle();
    for (const other of others) assert.deepEqual(bytesOf(other, 0, 64 * SECTOR), filled(64 * SECTOR, 0));
    assert.equal(block.requests.length, 1);
    assert.notDeepEqual(disk, filled(64 * SECTOR, 0));
    for (const other of others) call("forget", other);
    call("collect");
    assert.ok(pending - call("heapUsed") > 63 * SECTOR, "the buffer was not freed after the completion");
  });

  test("a request on memory is waited for, also by a fiber that is cancelled", () => {
    const { begin, block, call, settle, done, resultOf, bytesOf, disk, perform } = fresh();
    block.paused = true;
    const read = begin(READ_TO, SECTOR, filled(SECTOR, 0));
    call("cancel", read);
    settle();
    assert.equal(done(read), false);
    block.paused = false;
    settle();
    assert.equal(resultOf(read), abi.OK);
    assert.deepEqual(bytesOf(read, 0, SECTOR), disk.subarray(SECTOR, 2 * SECTOR));
    // One that waits for its turn is given up, like all others.
    block.paused = true;
    const requests = Array.from({ length: SLOTS + 1 }, () => begin(WRITE_FROM, 0, filled(SECTOR, 1)));
    const last = requests.at(-1) ?? 0;
    call("cancel", last);
    settle();
    assert.equal(resultOf(last), E_CANCELLED);
    assert.equal(block.requests.length, 1 + SLOTS);
    block.paused = false;
    settle();
    for (let i = 0; i < 2 * SLOTS; i++) assert.equal(perform(FLUSH, 0), abi.OK);
  });

  test("requests allocate nothing", () => {
    const { call, settle, block } = fresh();
    call("spawnLoop");
    settle();
    assert.equal(call("loopRounds"), 100);
    assert.equal(block.requests.length, 700);
    assert.equal(call("loopGrowth"), 0);
  });

  test("a device that is not there ends the image with a line that says which", () => {
    for (const [name, code] of [
      ["storage", "E_NOT_FOUND"],
      ["x".repeat(65), "E_TOO_LONG"],
    ] as const) {
      const tender = guest.instantiate({ arguments: [`--device=${name}`] });
      assert.throws(() => tender.start());
      assert.deepEqual(tender.lines, [`panic: cannot attach block device "${name}": ${code}`]);
    }
  });
});
