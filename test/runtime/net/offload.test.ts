import assert from "node:assert/strict";
import { test } from "node:test";
import * as abi from "../../../runtime/abi/tender.ts";
import { flow, makeFrame } from "../../support/flow.ts";
import { compileGuest } from "../../support/guest.ts";
import { encodeVnet, finishFrame, GSO, leaveChecksum, PLAIN, type VnetHeader } from "../../support/offload.ts";
import { Random } from "../../support/random.ts";
import { HOST, PEER, Peer } from "./peer.ts";

const image = await compileGuest(import.meta.url, "offload.as.ts");

/** A device with features granted, whose frames the test reads. */
function makeDevice(features: number, mtu = 1500) {
  const tender = image.instantiate();
  const cable = tender.network("service", { features, mtu });
  tender.start().settle();
  const call = (name: string, ...values: number[]) => Number(tender.exports[name]?.(...values));
  /** What was handed up since the last time. */
  const handed = () => {
    tender.settle();
    const length = call("takeSeen");
    return Buffer.from(tender.memory.bytes(call("seenAt"), length));
  };
  return { tender, cable, call, handed };
}

const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString("hex"));

test("frames of all sizes are handed up in one piece, round the ring many times", () => {
  const { cable, call, handed } = makeDevice(abi.NET_F_ALL);
  const random = new Random(1);
  let count = 0;
  for (let round = 0; round < 60; round++) {
    const size = round % 3 === 0 ? 65480 : 60 + random.below(65000);
    const data = random.octets(size);
    const frame = makeFrame({ version: 4, protocol: 6, identification: 1, sequence: 1, data });
    const large = frame.length > 1514;
    const packet = leaveChecksum(frame);
    const gso = { gsoType: GSO.tcp4, headers: 54, size: 1460 };
    cable.send(packet.frame, encodeVnet(large ? { ...packet.header, ...gso } : packet.header));
    count++;
    assert.ok(handed().equals(Buffer.from(packet.frame)), `${size} octets, round ${round}`);
  }
  assert.deepEqual([call("framesSeen"), call("verifiedSeen"), call("inErrors")], [count, count, 0]);
});

test("many frames at once: large ones as long as there is room for the largest", () => {
  const { cable, handed } = makeDevice(abi.NET_F_ALL);
  const random = new Random(2);
  const frames = Array.from({ length: 400 }, (_, i) =>
    makeFrame({ version: 6, protocol: 6, identification: 0, sequence: i * 1400, data: random.octets(1400) }),
  );
  for (const frame of frames) cable.send(frame);
  const payloads = frames.map((frame) => frame.subarray(74));
  const seen: Buffer[] = [];
  for (let bytes = handed(), at = 0; at < bytes.length; ) {
    const end = at + 54 + bytes.readUInt16BE(at + 18);
    seen.push(bytes.subarray(at + 74, end));
    at = end;
  }
  assert.ok(seen.length < 20, `${seen.length} packets`);
  assert.ok(Buffer.concat(seen).equals(Buffer.concat(payloads)));
});

test("a partial checksum is filled in where the frame goes elsewhere", () => {
  const { cable, call, handed } = makeDevice(abi.NET_F_ALL);
  call("complete", 1);
  const random = new Random(3);
  for (let i = 0; i < 30; i++) {
    for (const frame of flow(random)) {
      const { header, frame: partial } = leaveChecksum(frame);
      cable.send(partial, encodeVnet(header));
      assert.equal(handed().toString("hex"), frame.toString("hex"));
    }
  }
});

test("what is sent with a checksum left, or filled in by the device, is the same on the wire", () => {
  const { tender, cable, call } = makeDevice(abi.NET_F_ALL);
  const random = new Random(4);
  for (let i = 0; i < 20; i++) {
    for (const frame of flow(random)) {
      const { header, frame: partial } = leaveChecksum(frame);
      for (const by of ["host", "device"]) {
        const ptr = call("reserve", 0);
        tender.memory.bytes(ptr, partial.length).set(partial);
        if (by === "host") call("send", ptr, partial.length, 0, 0, 0, header.start, header.offset);
        else call("sendComplete", ptr, partial.length, header.start, header.offset);
        tender.step();
      }
      assert.deepEqual(hex(cable.take()), hex([frame, frame]));
    }
  }
  assert.ok(cable.takeHeaders().some(({ flags }) => flags === 1));
});

test("a large packet is cut as its header says; buffers come round when they are sent", () => {
  const { tender, cable, call } = makeDevice(abi.NET_F_ALL);
  for (const type of [GSO.tcp4, GSO.tcp6, GSO.udp]) assert.equal(call("canSegment", type), 1);
  const random = new Random(5);
  const elsewhere = call("elsewhere");
  for (let i = 0; i < 40; i++) {
    const size = 100 + random.below(1300);
    const data = random.octets(1 + random.below(60000));
    const whole = leaveChecksum(makeFrame({ version: 4, protocol: 6, identification: 9, sequence: 7, data }));
    const header: VnetHeader = { ...whole.header, gsoType: GSO.tcp4, headers: 54, size };
    const ptr = call("reserve", 1);
    assert.notEqual(ptr, 0);
    tender.memory.bytes(ptr, 54).set(whole.frame.subarray(0, 54));
    const rest = whole.frame.subarray(54);
    tender.memory.bytes(elsewhere, rest.length).set(rest);
    for (let at = 0; at < rest.length; at += 4096) call("append", elsewhere + at, Math.min(4096, rest.length - at));
    call("send", ptr, whole.frame.length, GSO.tcp4, 54, size, 34, 16);
    assert.equal(call("isSending"), 1);
    tender.step();
    assert.equal(call("isSending"), 0);
    assert.deepEqual(hex(cable.take()), hex(finishFrame(header, whole.frame)));
  }
  cable.stopped = true;
  const given = Array.from({ length: 10 }, () => {
    const ptr = call("reserve", 1);
    if (ptr === 0) return 0;
    for (let i = 0; i < 17; i++) call("append", elsewhere, 1000);
    call("send", ptr, 17_060, 0, 0, 0, 0, 0);
    return ptr;
  });
  // Each has eighteen of 128 descriptors, and room for twenty is asked for.
  assert.equal(given.filter((ptr) => ptr !== 0).length, 7);
  assert.equal(new Set(given.slice(0, 7)).size, 7, "none is given twice");
  assert.equal(call("outDiscards"), 3);
  assert.equal(call("isSending"), 1);
  tender.step();
  assert.equal(call("isSending"), 1);
  cable.stopped = false;
  tender.step();
  assert.equal(call("isSending"), 0);
  cable.take();
  // What is appended to a frame that is not sent belongs to no other.
  assert.notEqual(call("reserve", 1), 0);
  call("append", elsewhere, 1000);
  const frame = makeFrame({ version: 4, protocol: 6, identification: 9, sequence: 7, data: random.octets(100) });
  const ptr = call("reserve", 0);
  tender.memory.bytes(ptr, frame.length).set(frame);
  call("send", ptr, frame.length, 0, 0, 0, 0, 0);
  tender.step();
  assert.deepEqual(hex(cable.take()), hex([frame]));
});

test("without features it is a plain device", () => {
  const { call } = makeDevice(0);
  assert.equal(call("features"), 0);
  for (const type of [GSO.none, GSO.tcp4, GSO.tcp6, GSO.udp, 2, 255]) assert.equal(call("canSegment", type), 0);
});

test("headers that were not agreed on, or that cannot be, are counted and dropped; what follows is taken", () => {
  const frame = makeFrame({ version: 4, protocol: 6, identification: 1, sequence: 1, data: Buffer.alloc(1000) });
  const large = makeFrame({ version: 4, protocol: 6, identification: 1, sequence: 1, data: Buffer.alloc(9000) });
  const partial: VnetHeader = { flags: 1, gsoType: 0, headers: 54, size: 0, start: 34, offset: 16 };
  const gso = { ...partial, gsoType: GSO.tcp4, size: 1460 };
  const bad: [number, VnetHeader, Uint8Array][] = [
    [0, partial, frame],
    [0, gso, large],
    [0, { ...gso, flags: 0 }, large],
    [abi.NET_F_RX_CSUM, gso, large],
    [abi.NET_F_RX_CSUM, PLAIN, large],
    [abi.NET_F_RX_CSUM, partial, large],
    [abi.NET_F_RX_CSUM, { ...partial, start: frame.length - 17 }, frame],
    [abi.NET_F_RX_CSUM, { ...partial, start: 65535, offset: 65535 }, frame],
    [abi.NET_F_ALL, { ...gso, flags: 0 }, large],
    [abi.NET_F_ALL, { ...gso, size: 0 }, large],
    [abi.NET_F_ALL, { ...gso, gsoType: 2 }, large],
    [abi.NET_F_ALL, { ...gso, gsoType: 0x81 }, large],
    [abi.NET_F_ALL, { ...gso, start: 4090 }, large],
    [abi.NET_F_ALL & ~abi.NET_F_RX_TSO4, gso, large],
    [abi.NET_F_ALL & ~abi.NET_F_RX_USO, { ...gso, gsoType: GSO.udp }, large],
  ];
  for (const [features, header, octets] of bad) {
    const { cable, call, handed } = makeDevice(features);
    cable.send(octets, encodeVnet(header));
    cable.send(frame, encodeVnet(PLAIN));
    assert.ok(handed().equals(frame), JSON.stringify([features, header]));
    assert.equal(call("inErrors"), 1);
  }
  for (const [features, header, octets] of [
    [0, { ...PLAIN, flags: 2 }, frame],
    [abi.NET_F_RX_CSUM, partial, frame],
    [abi.NET_F_ALL, gso, large],
  ] as const) {
    const { cable, call, handed } = makeDevice(features);
    cable.send(octets, encodeVnet(header));
    assert.ok(handed().equals(octets), JSON.stringify([features, header]));
    assert.equal(call("verifiedSeen"), 1);
  }
});

test("random headers and frames never do harm", () => {
  const random = new Random(6);
  const { cable, call, handed } = makeDevice(abi.NET_F_ALL);
  call("complete", 1);
  for (let i = 0; i < 3000; i++) {
    const header = random.octets(10);
    if (random.chance(0.7)) header.set([random.below(3), [0, 1, 4, 5][random.below(4)] ?? 0]);
    if (random.chance(0.5)) header.set([0, 0, 0, 0], 6);
    cable.send(random.octets(random.chance(0.1) ? random.below(65600) : random.below(2000)), header);
    if (i % 10 === 9) handed();
  }
  const taken = call("framesSeen");
  assert.ok(taken > 100 && call("inErrors") > 100, `${taken} frames, ${call("inErrors")} errors`);
});

// ---- The layers above ----------------------------------------------------------------------------------------------

const OFFLOADING = { arguments: ["--offload=true"], network: { features: abi.NET_F_ALL } };

test("datagrams that come behind one header are received one by one", () => {
  const peer = Peer.acquainted(OFFLOADING);
  for (let i = 0; i < 12; i++) peer.udp({ data: Buffer.alloc(i === 11 ? 30 : 100, i) }, { identification: i });
  const answers = peer.udps();
  assert.deepEqual(
    answers.map(({ data }) => [data.length, data[0]]),
    Array.from({ length: 12 }, (_, i) => [i === 11 ? 30 : 100, i]),
  );
  assert.deepEqual(peer.counters("udpInErrors", "ipInHdrErrors"), {});
});

test("a report about a datagram quotes it with its checksum", () => {
  const quotes = [{}, OFFLOADING].map((options) => {
    const peer = Peer.acquainted(options);
    peer.udp({ destinationPort: 9, data: Buffer.from("quoted") });
    return peer.icmps().map(({ data }) => Buffer.from(data).toString("hex"));
  });
  assert.equal(quotes[0]?.length, 1);
  assert.deepEqual(quotes[1], quotes[0]);
});

test("what waits for an address goes with its checksum", () => {
  const peer = new Peer(OFFLOADING);
  peer.frames();
  assert.equal(peer.hostSends(PEER.ip, 9, 100), 100);
  peer.frames();
  peer.arp({ operation: 2, sha: PEER.mac, spa: PEER.ip, tha: HOST.mac, tpa: HOST.ip });
  peer.cable.takeHeaders();
  assert.equal(peer.udps().length, 1);
  assert.deepEqual(peer.cable.takeHeaders(), [PLAIN]);
});
