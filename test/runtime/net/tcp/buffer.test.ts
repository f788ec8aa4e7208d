/** What a send buffer keeps where it is, and for how long. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as abi from "../../../../runtime/abi/tender.ts";
import { compileGuest } from "../../../support/guest.ts";

const CHUNK = 4096;
const image = await compileGuest(import.meta.url, "buffer.as.ts");
const data = Buffer.from(Uint8Array.from({ length: 60_000 }, (_, i) => i % 251));

function makeBuffer() {
  const tender = image.instantiate();
  const cable = tender.network("service", { features: abi.NET_F_ALL });
  tender.start().settle();
  cable.take();
  const call = (name: string, ...values: number[]) => Number(tender.exports[name]?.(...values));
  /** The payloads of the frames that went. */
  const sent = () => {
    tender.step();
    return cable.take().map((frame) => Buffer.from(frame.subarray(34)));
  };
  return { tender, cable, call, sent };
}

test("whole chunks of the image's data are not copied; what is sent and read is the same", () => {
  for (const constant of [0, 1])
    for (const first of [0, 1, 100, CHUNK - 1, CHUNK, 0xffff_f000, 0xffff_fff0]) {
      const { tender, call, sent } = makeBuffer();
      assert.equal(call("write", first, first, 7, 50_000, constant), 50_000);
      // The beginning of a chunk, and the end of one, at most.
      assert.ok(constant ? call("chunksUsed") <= 2 : call("chunksUsed") >= 50_000 / CHUNK, `from ${first}`);
      const ptr = call("read", (first + 1000) >>> 0, 40_000);
      assert.ok(Buffer.from(tender.memory.bytes(ptr, 40_000)).equals(data.subarray(1007, 41_007)));
      call("send", first, 50_000);
      assert.deepEqual(sent(), [data.subarray(7, 50_007)]);
      call("release", first, (first + 50_000) >>> 0, 1);
      assert.equal(call("chunksUsed"), 0);
    }
});

test("a chunk that is given back while a frame in it waits is used again only when that has gone", () => {
  const { cable, call, sent } = makeBuffer();
  call("write", 0, 0, 0, 2 * CHUNK, 0);
  cable.stopped = true;
  call("send", 0, 2 * CHUNK);
  call("clear");
  assert.deepEqual([call("chunksUsed"), call("chunksRest")], [0, 1]);
  // Another connection's data.
  call("write", 0, 0, 20_000, 40_000, 0);
  cable.stopped = false;
  assert.deepEqual(sent(), [data.subarray(0, 2 * CHUNK)]);
  call("clear");
  call("write", 0, 0, 100, 50_000, 0);
  call("write", 50_000, 50_000, 0, 60_000, 0);
  assert.equal(call("chunksRest"), 0, "they are used again");
});

test("without room in the ring nothing is sent", () => {
  const { cable, call } = makeBuffer();
  cable.stopped = true;
  call("write", 0, 0, 0, 60_000, 1);
  const outcomes = Array.from({ length: 20 }, () => call("send", 0, 60_000));
  assert.equal(outcomes.filter((outcome) => outcome === 1).length, 7);
  assert.equal(outcomes.lastIndexOf(1), 6);
});
