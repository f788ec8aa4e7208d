/** The oracle for TCP against segments that Linux sent. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeTcp, encodeTcp, TCP_FLAG, type TcpSegment } from "./packets.ts";

const [A, B] = ["10.8.7.1", "10.8.7.2"] as const;
const PORTS = { sourcePort: 60192, destinationPort: 7777 };
const { syn, ack, psh } = TCP_FLAG;

const recorded: readonly [name: string, segment: TcpSegment, hex: string][] = [
  [
    "a SYN with all options of a SYN",
    {
      ...{ ...PORTS, sequence: 791403178, acknowledgment: 0, flags: syn, window: 64240, data: new Uint8Array() },
      options: { mss: 1460, sackPermitted: true, timestamps: [229318280, 0], windowScale: 10 },
    },
    "eb201e612f2bdaaa00000000a002faf0eb6e0000020405b40402080a0dab1e88000000000103030a",
  ],
  [
    "data, an odd number of octets",
    {
      ...{ ...PORTS, sequence: 791403179, acknowledgment: 1050674099, flags: psh | ack, window: 63 },
      options: { timestamps: [229318280, 2082406330] },
      data: Buffer.from("hello"),
    },
    "eb201e612f2bdaab3ea003b38018003f12d400000101080a0dab1e887c1effba68656c6c6f",
  ],
];

describe("TCP segments", () => {
  for (const [name, segment, hex] of recorded)
    test(`${name} are read as Linux wrote them, and written so`, () => {
      const bytes = Buffer.from(hex, "hex");
      const { dataOffset, urgentPointer, ...read } = decodeTcp(bytes, A, B);
      assert.deepEqual({ ...read, data: Buffer.from(read.data) }, { ...segment, data: Buffer.from(segment.data) });
      assert.deepEqual([dataOffset + segment.data.length, urgentPointer], [bytes.length, 0]);
      // Linux puts the padding first, which TcpOptions does not say.
      const written = encodeTcp({ ...segment, options: bytes.subarray(20, dataOffset) }, A, B);
      assert.deepEqual(Buffer.from(written), bytes);
    });

  test("options are read as they were written", () => {
    for (const options of [
      {},
      { mss: 536 },
      { timestamps: [0xffffffff, 0x80000000] },
      { timestamps: [1, 2], sack: [[0xfffffff0, 16] as const, [32, 64] as const] },
    ] as const) {
      const segment = { ...PORTS, sequence: 0xffffffff, acknowledgment: 0, flags: ack, window: 65535 };
      const bytes = encodeTcp({ ...segment, options, data: Uint8Array.of(1) }, A, B);
      assert.deepEqual(decodeTcp(bytes, A, B).options, options);
    }
  });

  test("what is wrong is not read", () => {
    const good = Buffer.from(recorded[0]?.[2] ?? "", "hex");
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(good).fill(value, at, at + 1);
      // Its checksum is right again.
      const { data: _, ...segment } = decodeTcp(good, A, B);
      return at < 16 ? bytes : encodeTcp({ ...segment, options: bytes.subarray(20), data: new Uint8Array() }, A, B);
    };
    assert.throws(() => decodeTcp(changed(4, 1), A, B), /checksum/);
    assert.throws(() => decodeTcp(changed(21, 5), A, B), /TCP option 2 of length 5/);
    assert.throws(() => decodeTcp(good, A, "10.8.7.3"), /checksum/);
  });
});
