import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BROADCAST, encodeIpv4, encodeUdp } from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

describe("echo", () => {
  test("any data of any length up to the MTU comes back", () => {
    const peer = Peer.acquainted();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1472 }), fc.integer({ min: 0, max: 0xffffffff }), (data, word) => {
        peer.icmp({ type: 8, code: 0, word, data });
        assert.deepEqual(peer.icmps(), [{ type: 0, code: 0, word, data }]);
      }),
    );
  });

  test("every length up to the MTU comes back", () => {
    const peer = Peer.acquainted();
    for (let length = 0; length <= 1472; length++) peer.ping(length);
    const lengths = peer.icmps().map((reply) => reply.data.length);
    assert.deepEqual(
      lengths,
      Array.from({ length: 1473 }, (_, i) => i),
    );
    assert.deepEqual(peer.counters("icmpInMsgs", "icmpInErrors", "icmpInEchos", "icmpOutEchoReps"), {
      icmpInMsgs: 1473,
      icmpInEchos: 1473,
      icmpOutEchoReps: 1473,
    });
  });

  test("the reply comes from the address that was asked, with a fresh TTL", () => {
    const peer = Peer.acquainted();
    peer.ping(8, { timeToLive: 3 });
    const [packet] = peer.packets(1);
    assert.deepEqual([packet?.source, packet?.destination, packet?.timeToLive], [HOST.ip, PEER.ip, 64]);
  });

  test("requests to all are not answered", () => {
    const peer = Peer.acquainted();
    for (const destination of ["10.0.0.255", "255.255.255.255", "10.0.0.0"]) {
      peer.ping(8, { destination }, { destination: BROADCAST });
      peer.ping(8, { destination });
    }
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("icmpInEchos"), 6);
  });

  test("wrong checksums and messages without a whole header are errors", () => {
    const peer = Peer.acquainted();
    peer.icmp({ type: 8, code: 0, word: 1, data: octets(20), checksum: 1 });
    for (let length = 0; length < 8; length++) peer.ipv4({ protocol: 1, payload: octets(length) });
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("icmpInErrors"), 9);
  });

  test("other messages are counted and not answered", () => {
    const peer = Peer.acquainted();
    for (let type = 0; type < 256; type++) {
      if (type !== 8) peer.icmp({ type, code: 0, word: 0, data: octets(28) });
    }
    assert.deepEqual(peer.frames(), []);
    assert.deepEqual(peer.counters("icmpInMsgs", "icmpInDestUnreachs", "icmpInTimeExcds", "icmpInParmProbs"), {
      icmpInMsgs: 255,
      icmpInDestUnreachs: 1,
      icmpInTimeExcds: 1,
      icmpInParmProbs: 1,
    });
  });
});

describe("errors", () => {
  test("a datagram for a port that nobody has is refused with as much of it as fits into 576 octets", () => {
    const peer = Peer.acquainted();
    for (const length of [0, 8, 500, 520, 521, 1400]) {
      const datagram = { sourcePort: 40000, destinationPort: 9, data: octets(length) };
      peer.udp(datagram);
      const [packet] = peer.packets(1);
      const payload = encodeUdp(datagram, PEER.ip, HOST.ip);
      const original = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: 17, payload });
      assert.equal(packet?.destination, PEER.ip);
      assert.ok((packet?.totalLength ?? 0) <= 576);
      assert.deepEqual(packet?.payload.subarray(0, 2), Uint8Array.of(3, 3));
      assert.deepEqual(packet?.payload.subarray(8), original.subarray(0, 576 - 28));
    }
    assert.equal(peer.counter("icmpOutDestUnreachs"), 6);
    assert.equal(peer.counter("udpNoPorts"), 6);
  });

  test("quote no more than fits into a small MTU", () => {
    const peer = Peer.acquainted({ network: { mtu: 100 } });
    peer.udp({ destinationPort: 9, data: octets(72) });
    const [packet] = peer.packets(1);
    assert.equal(packet?.totalLength, 100);
  });

  test("are not sent about broadcasts, fragments, or from sources that are no host", () => {
    const peer = Peer.acquainted();
    peer.udp({ destinationPort: 9 }, { destination: "10.0.0.255" }, { destination: BROADCAST });
    peer.udp({ destinationPort: 9 }, { destination: "255.255.255.255" }, { destination: BROADCAST });
    peer.udp({ destinationPort: 9 }, { destination: "10.0.0.255" });
    peer.udp({ destinationPort: 9 }, {}, { destination: BROADCAST });
    peer.udp({ destinationPort: 9 }, { fragment: 0x2000 });
    peer.udp({ destinationPort: 9 }, { source: "10.0.0.255" });
    peer.udp({ destinationPort: 9 }, { source: "0.0.0.0" });
    peer.udp({ destinationPort: 9 }, { source: "224.0.0.1" });
    assert.deepEqual(peer.frames(), []);
  });

  test("come at a limited rate: 50 at once, then 100 a second", () => {
    const peer = Peer.acquainted();
    const flood = (count: number) => {
      for (let i = 0; i < count; i++) peer.udp({ destinationPort: 9 });
      return peer.icmps().length;
    };
    assert.equal(flood(200), 50);
    assert.equal(peer.counter("icmpOutRateLimited"), 150);
    peer.host.advance(9);
    assert.equal(flood(20), 0);
    peer.host.advance(1);
    assert.equal(flood(20), 1);
    peer.host.advance(100);
    assert.equal(flood(20), 10);
    peer.host.advance(60_000);
    peer.arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
    peer.frames();
    assert.equal(flood(200), 50, "the bucket holds no more than it holds");
  });
});
