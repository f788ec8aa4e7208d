/** The oracle of the tests with offloads: what it puts together and cuts again is as it was, whatever that is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { flow, makeFrame } from "./flow.ts";
import { coalesce, finishFrame, GSO, leaveChecksum, type Offloaded, PLAIN } from "./offload.ts";
import { Random } from "./random.ts";

const all = new Set<number>([GSO.tcp4, GSO.tcp6, GSO.udp]);
const cutAgain = (packets: readonly Offloaded[]) => packets.flatMap(({ header, frame }) => finishFrame(header, frame));
const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString("hex"));

/** A frame without its checksum and, of TCP, PSH, on which it depends. */
function withoutPush(bytes: Uint8Array): string {
  const frame = Buffer.from(bytes);
  const isTcp = frame[frame[12] === 8 ? 23 : 20] === 6;
  const transport = frame[12] === 8 ? 34 : 54;
  if (isTcp) {
    frame.fill(0, transport + 16, transport + 18);
    frame[transport + 13] = (frame[transport + 13] ?? 0) & ~8;
  }
  return frame.toString("hex");
}

test("what is put together and cut again is as it was; but that PSH moves to the end", () => {
  const random = new Random(1);
  let together = 0;
  for (let i = 0; i < 200; i++) {
    const frames = flow(random);
    const packets = coalesce(frames, all);
    together += frames.length - packets.length;
    const again = cutAgain(packets);
    assert.equal(again.length, frames.length);
    for (const [k, frame] of frames.entries()) {
      const pushed = again[k] as Uint8Array;
      assert.deepEqual(withoutPush(pushed), withoutPush(frame));
    }
    for (const { frame } of packets) assert.ok(frame.length <= 65549);
  }
  assert.ok(together > 2000, `${together} frames put together`);
});

test("without PSH, to the last octet", () => {
  const random = new Random(2);
  for (let i = 0; i < 100; i++) {
    const size = 1 + random.below(1400);
    const sequence = random.u32();
    const frames = Array.from({ length: 1 + random.below(40) }, (_, k) =>
      makeFrame({
        version: 4,
        protocol: 6,
        identification: k,
        sequence: sequence + k * size,
        data: random.octets(size),
      }),
    );
    const packets = coalesce(frames, all);
    assert.deepEqual(hex(cutAgain(packets)), hex(frames));
    if (frames.length * size < 60000) assert.equal(packets.length, 1);
  }
});

test("only kinds that the reader takes are put together, and nothing that is wrong", () => {
  const random = new Random(3);
  for (let i = 0; i < 100; i++) {
    const frames = flow(random);
    assert.deepEqual(
      coalesce(frames, new Set()).map(({ header }) => header),
      frames.map(() => PLAIN),
    );
    const bad = frames.map((frame) => {
      const copy = Buffer.from(frame);
      const at = copy.length - 1 - random.below(4);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    });
    assert.deepEqual(hex(cutAgain(coalesce(bad, all))), hex(bad));
    assert.deepEqual(hex(bad.map((frame) => leaveChecksum(frame).frame)), hex(bad));
  }
});

test("a checksum that is left and filled in is as it was", () => {
  const random = new Random(4);
  for (let i = 0; i < 100; i++) {
    for (const frame of flow(random)) {
      const { header, frame: partial } = leaveChecksum(frame);
      assert.deepEqual([header.flags, header.gsoType], [1, 0]);
      assert.deepEqual(hex(finishFrame(header, partial)), hex([frame]));
    }
  }
});

test("lengths, identification, sequence number and flags of each segment", () => {
  // TCP over IPv4: 5 octets of data, 2 in each segment.
  const header = { flags: 1, gsoType: GSO.tcp4, headers: 54, size: 2, start: 34, offset: 16 };
  const frame = makeFrame({
    version: 4,
    protocol: 6,
    identification: 5,
    sequence: 100,
    flags: 0x19,
    data: Buffer.from("abcde"),
  });
  const [partial] = [leaveChecksum(frame).frame];
  const segments = finishFrame(header, partial as Uint8Array);
  const expected = ["ab", "cd", "e"].map((data, i) =>
    makeFrame({
      version: 4,
      protocol: 6,
      identification: 5 + i,
      sequence: 100 + 2 * i,
      flags: i === 2 ? 0x19 : 0x10,
      data: Buffer.from(data),
    }),
  );
  assert.deepEqual(hex(segments), hex(expected));
});

test("headers that cannot be", () => {
  const frame = makeFrame({ version: 4, protocol: 6, identification: 1, sequence: 1, data: Buffer.alloc(100) });
  const good = { flags: 1, gsoType: GSO.tcp4, headers: 54, size: 50, start: 34, offset: 16 };
  const partial = leaveChecksum(frame).frame;
  assert.equal(finishFrame(good, partial).length, 2);
  for (const wrong of [{ size: 0 }, { start: 35 }, { offset: 6 }, { flags: 0 }, { gsoType: GSO.udp }, { gsoType: 3 }])
    assert.throws(() => finishFrame({ ...good, ...wrong }, partial), JSON.stringify(wrong));
  assert.throws(() => finishFrame(good, frame), /pseudo header/);
});
