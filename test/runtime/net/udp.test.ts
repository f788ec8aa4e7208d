import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGuest } from "../../support/guest.ts";
import { BROADCAST } from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { PEER, Peer } from "./peer.ts";

describe("echo through a socket", () => {
  test("every length up to the MTU comes back, to the port it came from", () => {
    const peer = Peer.acquainted();
    const lengths = Array.from({ length: 1473 }, (_, i) => i);
    for (const length of lengths) {
      peer.udp({ sourcePort: 1 + length, data: octets(length) });
      // A batch at a time: more would overflow the socket's queue, as they should.
      if (length % 16 === 0) peer.host.settle();
    }
    const answers = peer.udps();
    assert.deepEqual(
      answers.map((answer) => answer.data),
      lengths.map(octets),
    );
    assert.deepEqual(
      answers.map((answer) => answer.destinationPort),
      lengths.map((length) => 1 + length),
    );
    assert.ok(answers.every((answer) => answer.sourcePort === 7));
    assert.deepEqual(peer.counters("udpInDatagrams", "udpNoPorts", "udpInErrors", "udpOutDatagrams"), {
      udpInDatagrams: 1473,
      udpOutDatagrams: 1473,
    });
  });

  test("a datagram without a checksum is taken, its answer has one", () => {
    const peer = Peer.acquainted();
    peer.udp({ data: octets(9), checksum: 0 });
    const [packet] = peer.packets(17);
    assert.notDeepEqual(packet?.payload.subarray(6, 8), new Uint8Array(2));
  });

  test("a broadcast reaches the socket", () => {
    const peer = Peer.acquainted();
    peer.udp({ data: octets(5) }, { destination: "10.0.0.255" }, { destination: BROADCAST });
    assert.deepEqual(peer.udps()[0]?.data, octets(5));
  });

  test("data behind the UDP length is ignored", () => {
    const peer = Peer.acquainted();
    peer.udp({ data: octets(20), length: 8 + 12, checksum: 0 });
    assert.deepEqual(peer.udps()[0]?.data, octets(12));
  });
});

describe("dropped and counted", () => {
  test("wrong checksums and lengths", () => {
    const peer = Peer.acquainted();
    peer.udp({ checksum: 0x4242 });
    for (const length of [0, 7, 29, 65535]) peer.udp({ length, checksum: 0 });
    for (let length = 0; length < 8; length++) peer.ipv4({ protocol: 17, payload: octets(length) });
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("udpInErrors"), 13);
  });

  test("ports that nobody has, port 0 among them", () => {
    const peer = Peer.acquainted();
    for (const destinationPort of [0, 6, 8, 39, 7 + 32, 65535]) peer.udp({ destinationPort });
    assert.deepEqual(peer.udps(), []);
    assert.equal(peer.counter("udpNoPorts"), 6);
  });

  test("what does not fit into the socket's queue", () => {
    const peer = Peer.acquainted();
    // One poll brings 64 datagrams before the fiber runs; the queue has room for 64 KiB of records.
    for (let i = 0; i < 64; i++) peer.udp({ data: octets(1472) });
    const room = Math.floor(65536 / (16 + 1472));
    assert.equal(peer.udps().length, room);
    assert.equal(peer.counter("echoDropped"), 64 - room);
    assert.equal(peer.counter("udpInErrors"), 64 - room);
    peer.udp({});
    assert.equal(peer.udps().length, 1);
  });
});

describe("sendTo", () => {
  test("an unbound socket gets an ephemeral port, another one for another seed", () => {
    const portOf = (seed: number) => {
      const peer = Peer.acquainted({ seed });
      assert.equal(peer.hostSends(PEER.ip, 4242, 33), 33);
      const [datagram] = peer.udps();
      assert.equal(datagram?.destinationPort, 4242);
      assert.deepEqual(datagram?.data, octets(33));
      assert.equal(datagram?.sourcePort, peer.counter("senderPort"));
      return datagram?.sourcePort ?? 0;
    };
    const ports = [1, 2, 3].map(portOf);
    assert.ok(
      ports.every((port) => port >= 49152 && port <= 65535),
      `${ports}`,
    );
    assert.equal(new Set(ports).size, 3, "they differ");
  });

  test("assertions guard against a length beyond the buffer", async () => {
    const tender = (await compileGuest(import.meta.url, "sockets.as.ts")).instantiate();
    tender.network("service");
    tender.start();
    assert.throws(() => tender.exports["sendTooMuch"]?.(), /unreachable/);
    assert.match(tender.lines.at(-1) ?? "", /panic: the datagram reaches past its buffer/);
  });
});

describe("close", () => {
  test("wakes the reader with E_CLOSED, frees the port, and later datagrams are refused", () => {
    const peer = Peer.acquainted();
    peer.host.exports["closeEcho"]?.();
    peer.udp({});
    const errors = peer.icmps();
    assert.deepEqual(
      errors.map((error) => [error.type, error.code]),
      [[3, 3]],
    );
    assert.equal(peer.host.status, 0, "the echo fiber was the image's job: it is done");
  });
});
