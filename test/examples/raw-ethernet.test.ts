import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as packets from "../support/packets.ts";
import { Example } from "./example.ts";

const example = await Example.build("raw-ethernet");
const [GUEST, OTHER] = ["02:00:00:00:00:02", "02:00:00:00:00:01"];

describe("examples/raw-ethernet", () => {
  test("is small", () => example.checkSize());

  test("answers frames of its type, of every length, and nothing else", () => {
    const tender = example.simulate();
    const network = tender.network("service", { mac: packets.macOctets(GUEST) });
    tender.start().settle();
    assert.match(tender.lines[0] ?? "", /Listening as 02:00:00:00:00:02$/);
    for (let length = 0; length <= 1500; length += 50) {
      const payload = Uint8Array.from({ length }, (_, i) => i & 255);
      for (const [destination, type, answers] of [
        [GUEST, 0x88b5, 1],
        [GUEST, 0x88b6, 0],
        [OTHER, 0x88b5, 0],
        [packets.BROADCAST, 0x88b5, 0],
      ] as const) {
        network.send(packets.encodeEthernet({ destination, source: OTHER, type, payload }));
        tender.settle();
        const expected = { destination: OTHER, source: GUEST, type, payload };
        assert.deepEqual(network.take().map(packets.decodeEthernet), answers ? [expected] : []);
      }
    }
    for (let length = 0; length < 14; length++) network.send(new Uint8Array(length));
    tender.settle();
    assert.deepEqual(network.take(), []);
    assert.equal(tender.lines.filter((line) => line.endsWith(`Answering ${OTHER}`)).length, 1);
  });
});
