import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeTcp,
  encodeTcp,
  ipv4Number,
  ipv4Text,
  TCP_FLAG,
  type TcpOptions,
  type TcpSegment,
} from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "tcp.as.ts");
const FROM = "10.0.0.1";
const TO = "10.0.0.2";
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);
const pair = fc.tuple(u32, u32);

/** Options that fit into 40 octets. */
const options: fc.Arbitrary<TcpOptions> = fc.oneof(
  fc.constant({}),
  fc.record({ timestamps: pair }),
  fc.record({ sack: fc.array(pair, { minLength: 1, maxLength: 4 }) }),
  fc.record({ timestamps: pair, sack: fc.array(pair, { minLength: 1, maxLength: 3 }) }),
  fc.record(
    { mss: u16, windowScale: fc.nat(14), sackPermitted: fc.constant<true>(true), timestamps: pair },
    { requiredKeys: [] },
  ),
);
const segment: fc.Arbitrary<TcpSegment & { options: TcpOptions }> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  sequence: u32,
  acknowledgment: u32,
  flags: fc.nat(63).map((flags) => flags | TCP_FLAG.syn),
  window: u16,
  options,
  data: fc.uint8Array({ maxLength: 300 }),
});
/** A value as it would be compared in text, whatever the order of its keys. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const PLAIN: TcpSegment = {
  sourcePort: 1,
  destinationPort: 2,
  sequence: 3,
  acknowledgment: 4,
  flags: TCP_FLAG.ack,
  window: 5,
  options: {},
  data: new Uint8Array(20),
};

function readOptions(): TcpOptions {
  const count = wire.u32("readSackCount");
  return {
    ...(wire.u32("readMss") !== 0 && { mss: wire.u32("readMss") }),
    ...(wire.call("readWindowScale") !== -1 && { windowScale: wire.u32("readWindowScale") }),
    ...(wire.test("readSackPermitted") && { sackPermitted: true }),
    ...(wire.test("readTimestamps") && {
      timestamps: [wire.u32("readTimestampValue"), wire.u32("readTimestampEcho")] as const,
    }),
    ...(count !== 0 && {
      sack: Array.from(
        { length: count },
        (_, i) => [wire.u32("readSackLeft", i), wire.u32("readSackRight", i)] as const,
      ),
    }),
  };
}

function writeOptions(options: TcpOptions): number {
  let at = wire.at + 20;
  if (options.mss !== undefined) at = wire.u32("emitMss", at, options.mss);
  if (options.windowScale !== undefined) at = wire.u32("emitWindowScale", at, options.windowScale);
  if (options.sackPermitted) at = wire.u32("emitSackPermitted", at);
  if (options.timestamps) at = wire.u32("emitTimestamps", at, ...options.timestamps);
  if (options.sack) {
    at = wire.u32("emitSack", at, options.sack.length);
    for (const [left, right] of options.sack) at = wire.u32("emitSackBlock", at, left, right);
  }
  return at - wire.at;
}

test("takes a segment apart as the oracle put it together", () => {
  fc.assert(
    fc.property(segment, address, address, (segment, source, destination) => {
      const octets = encodeTcp(segment, source, destination);
      wire.put(octets);
      const addresses = [ipv4Number(source), ipv4Number(destination)];
      assert.equal(wire.test("check", wire.at, octets.length), true);
      assert.equal(wire.test("verify", wire.at, octets.length, ...addresses), true);
      assert.equal(wire.test("readOptions", wire.at), true);
      const header = wire.u32("headerLength", wire.at);
      const read: TcpSegment = {
        sourcePort: wire.u32("sourcePort", wire.at),
        destinationPort: wire.u32("destinationPort", wire.at),
        sequence: wire.u32("sequence", wire.at),
        acknowledgment: wire.u32("acknowledgment", wire.at),
        flags: wire.u32("flags", wire.at),
        window: wire.u32("window", wire.at),
        options: readOptions(),
        data: octets.subarray(header),
      };
      const mss = segment.options.mss === 0 ? { options: { ...segment.options, mss: undefined } } : {};
      assert.deepEqual(plain(read), plain({ ...segment, ...mss }));
    }),
  );
});

test("puts a segment together that the oracle takes apart", () => {
  fc.assert(
    fc.property(segment, address, address, fc.boolean(), (segment, source, destination, before) => {
      const header = writeOptions(segment.options);
      const written = wire.get(header).subarray(20);
      const size = header + segment.data.length;
      wire.put(Uint8Array.from([...new Uint8Array(20).fill(0xaa), ...written, ...segment.data]));
      const { sourcePort, destinationPort, sequence, acknowledgment, flags, window } = segment;
      const emit = (): unknown =>
        wire.call("emit", wire.at, sourcePort, destinationPort, sequence, acknowledgment, header, flags, window);
      emit();
      // The options may as well be written after the rest of the header.
      if (before) writeOptions(segment.options);
      wire.call("emitChecksum", wire.at, size, ipv4Number(source), ipv4Number(destination));
      const decoded = decodeTcp(wire.get(size), source, destination);
      assert.deepEqual(plain(decoded), plain({ ...segment, urgentPointer: 0, dataOffset: header }));
    }),
  );
});

test("the partial checksum is the pseudo header's sum, which the host completes to the whole", () => {
  const octets = encodeTcp({ ...PLAIN, data: Uint8Array.of(1, 2, 3) }, FROM, TO);
  wire.put(octets);
  wire.call("emitPartial", wire.at, octets.length, ipv4Number(FROM), ipv4Number(TO));
  // 10.0 + 0.1 + 10.0 + 0.2 + 6 + 23
  assert.equal((wire.get(20)[16] as number) * 256 + (wire.get(20)[17] as number), 0x1400 + 3 + 6 + 23);
});

test("refuses every truncation, and a data offset outside of the segment", () => {
  const octets = encodeTcp({ ...PLAIN, options: { timestamps: [1, 2] } }, FROM, TO);
  wire.put(octets);
  for (let length = 0; length < 32; length++) assert.equal(wire.test("check", wire.at, length), false, `${length}`);
  assert.equal(wire.test("check", wire.at, 32), true);
  for (const [headerLength, fine] of [
    [0, false],
    [16, false],
    [20, true],
    [40, true],
    [44, false],
    [60, false],
  ] as const) {
    wire.put(encodeTcp({ ...PLAIN, dataOffset: headerLength }, FROM, TO));
    assert.equal(wire.test("check", wire.at, 40), fine, `${headerLength}`);
  }
});

test("notices a changed bit anywhere, and another address", () => {
  const octets = encodeTcp({ ...PLAIN, options: { mss: 1460 } }, FROM, TO);
  const verify = (to: string): boolean =>
    wire.test("check", wire.at, octets.length) &&
    wire.test("verify", wire.at, octets.length, ipv4Number(FROM), ipv4Number(to));
  for (let bit = 0; bit < octets.length * 8; bit++) {
    const changed = octets.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    wire.put(changed);
    assert.equal(verify(TO), false, `bit ${bit}`);
  }
  wire.put(octets);
  assert.equal(verify(TO), true);
  assert.equal(verify("10.0.0.3"), false);
});

function optionsOf(octets: number[], flags: number = TCP_FLAG.syn): { fine: boolean; options: TcpOptions } {
  // Padded with End of Option List.
  const options = new Uint8Array(Math.ceil(octets.length / 4) * 4);
  options.set(octets);
  wire.put(encodeTcp({ ...PLAIN, flags, options, data: new Uint8Array() }, FROM, TO));
  return { fine: wire.test("readOptions", wire.at), options: readOptions() };
}

test("passes over options that it does not know, and stops at the end of the list", () => {
  assert.deepEqual(optionsOf([1, 254, 4, 0, 0, 2, 4, 5, 180]), { fine: true, options: { mss: 1460 } });
  assert.deepEqual(optionsOf([0, 2, 4, 5, 180]), { fine: true, options: {} });
});

test("RFC 7323, 2.2 and 2.3: a shift above 14 counts as 14; options of a SYN count there only", () => {
  assert.deepEqual(optionsOf([3, 3, 200]), { fine: true, options: { windowScale: 14 } });
  assert.deepEqual(optionsOf([]), { fine: true, options: {} });
  assert.deepEqual(optionsOf([3, 3, 7, 4, 2, 2, 4, 5, 180], TCP_FLAG.ack), { fine: true, options: {} });
  // What a SYN had said stays for whom reads it later.
  optionsOf([2, 4, 5, 180]);
  assert.deepEqual(optionsOf([1], TCP_FLAG.ack), { fine: true, options: { mss: 1460 } });
});

test("RFC 9293, MUST-7: a wrong length ends the reading, with what stood before it", () => {
  optionsOf([0]);
  for (const wrong of [
    [5, 0],
    [254, 1],
    [2, 3, 5],
    [2, 5, 5, 180, 0],
    [3, 2],
    [4, 3, 0],
    [5, 2],
    [5, 9, 0, 0, 0, 0, 0, 0, 0],
    [5, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [8, 9, 0, 0, 0, 0, 0, 0, 0],
    [254, 200, 0, 0],
    [5, 34, 0, 0, 0, 0, 0, 0, 0, 0],
  ]) {
    const padded = [...wrong, 1, 1, 1].slice(0, Math.ceil(wrong.length / 4) * 4);
    assert.deepEqual(optionsOf([4, 2, 1, 1, ...padded]), { fine: false, options: { sackPermitted: true } }, `${wrong}`);
  }
  // A kind in the last octet, without a length.
  assert.deepEqual(optionsOf([4, 2, 1, 8]), { fine: false, options: { sackPermitted: true } });
});
