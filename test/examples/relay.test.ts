import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as abi from "../../runtime/abi/tender.ts";
import { flow, makeFrame } from "../support/flow.ts";
import { encodeVnet, GSO, leaveChecksum } from "../support/offload.ts";
import { Random } from "../support/random.ts";
import { Example } from "./example.ts";

const example = await Example.build("relay");

/** The example between two simulated networks. @param features of the left one; @param others of the right one */
function simulate(features: number, others = features) {
  const tender = example.simulate();
  const left = tender.network("left", { features });
  const right = tender.network("right", { features: others });
  tender.start().settle();
  return { tender, left, right };
}

const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString("hex"));

describe("examples/relay", () => {
  test("is small", () => example.checkSize());

  for (const [name, features, others] of [
    ["with offloads", abi.NET_F_ALL, abi.NET_F_ALL],
    ["without", 0, 0],
    ["with checksums left on one side only", abi.NET_F_RX_CSUM, 0],
  ] as const)
    test(`frames go from one side to the other, as they are on the wire: ${name}`, () => {
      const { tender, left, right } = simulate(features, others);
      const random = new Random(1);
      for (let round = 0; round < 40; round++) {
        const [there, back] = [flow(random), flow(random)];
        for (const frame of there) left.send(frame);
        for (const frame of back) right.send(frame);
        tender.settle();
        // PSH and the checksum over it apart, where segments were put together.
        const octets = (frames: readonly Uint8Array[]) =>
          frames.map((frame) => hex([frame.subarray(0, 14), frame.subarray(frame[12] === 8 ? 62 : 78)]));
        const same = features === abi.NET_F_ALL ? octets : hex;
        assert.deepEqual(same(right.take()), same(there));
        assert.deepEqual(same(left.take()), same(back));
      }
    });

  test("large packets, also those at the ring's end, go out as they came", () => {
    const { tender, left, right } = simulate(abi.NET_F_ALL);
    const random = new Random(2);
    for (let i = 0; i < 60; i++) {
      const data = random.octets(1 + random.below(65000));
      const frame = makeFrame({ version: 4, protocol: 6, identification: 0, sequence: 0, data });
      const segments = Array.from({ length: Math.ceil(data.length / 1460) }, (_, k) =>
        makeFrame({
          version: 4,
          protocol: 6,
          identification: k,
          sequence: k * 1460,
          data: data.subarray(k * 1460, (k + 1) * 1460),
        }),
      );
      const { frame: partial, header } = leaveChecksum(frame);
      left.send(partial, encodeVnet({ ...header, gsoType: GSO.tcp4, headers: 54, size: 1460 }));
      tender.settle();
      assert.deepEqual(hex(right.take()), hex(segments));
    }
    assert.ok(right.takeHeaders().every(({ gsoType }) => gsoType === GSO.tcp4));
  });

  test("frames that the other side has not sent keep their buffers; when it has, all goes on", () => {
    const { tender, left, right } = simulate(abi.NET_F_ALL);
    right.stopped = true;
    const random = new Random(3);
    const frames = Array.from({ length: 1000 }, (_, i) =>
      makeFrame({ version: 4, protocol: 6, identification: i, sequence: i * 1400, data: random.octets(1400) }),
    );
    for (const frame of frames) left.send(frame);
    tender.settle();
    assert.ok(left.hasWaiting(), "there is no room for all of them");
    assert.deepEqual(right.take(), []);
    right.stopped = false;
    for (let i = 0; i < 100 && left.hasWaiting(); i++) tender.step();
    tender.settle();
    assert.deepEqual(hex(right.take()), hex(frames));
  });

  test("what the other side would have to cut, and cannot, is dropped", () => {
    const { tender, left, right } = simulate(abi.NET_F_ALL, abi.NET_F_TX_CSUM);
    const random = new Random(4);
    const frames = Array.from({ length: 10 }, (_, i) =>
      makeFrame({ version: 4, protocol: 6, identification: i, sequence: i * 1400, data: random.octets(1400) }),
    );
    for (const frame of frames) left.send(frame);
    tender.settle();
    assert.deepEqual(right.take(), []);
    left.send(frames[0] as Buffer);
    tender.settle();
    assert.deepEqual(hex(right.take()), hex(frames.slice(0, 1)));
  });
});
