import assert from "node:assert/strict";
import { test } from "node:test";
import { NET_F_ALL, VNET_HDR_SIZE } from "../../../runtime/abi/tender.ts";
import { ETHERTYPE, encodeEthernet, encodeIcmp, encodeIpv4 } from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { HOST, hostImage, PEER, Peer } from "./peer.ts";

const echo = (length: number) => {
  const message = encodeIcmp({ type: 8, code: 0, word: 1, data: octets(length) });
  const payload = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: 1, payload: message });
  return encodeEthernet({ destination: HOST.mac, source: PEER.mac, type: ETHERTYPE.ipv4, payload });
};

test("the host says what it is, and announces itself", () => {
  const peer = new Peer();
  assert.match(peer.host.lines[0] ?? "", /\[INFO\] \[stack\] service has 10\.0\.0\.2\/24$/);
  assert.equal(peer.frames().length, 1);
});

test("a device that the manifest does not declare is a panic with its name", () => {
  const tender = hostImage.instantiate();
  assert.throws(() => tender.start(), /network device service: E_NOT_FOUND/);
});

test("many more frames than buffers are all taken, in order", () => {
  const peer = Peer.acquainted();
  for (let i = 0; i < 1000; i++) peer.ping(i % 100);
  const replies = peer.icmps();
  assert.deepEqual(
    replies.map((reply) => reply.data.length),
    Array.from({ length: 1000 }, (_, i) => i % 100),
  );
});

test("one step takes a batch and says that more is left", () => {
  const peer = Peer.acquainted();
  for (let i = 0; i < 100; i++) peer.ping(0);
  peer.host.step();
  assert.equal(peer.counter("icmpInEchos"), 64);
  assert.equal(peer.host.deadline, 0n);
  peer.host.step();
  assert.equal(peer.counter("icmpInEchos"), 100);
});

test("a full transmit ring drops and counts; room makes it go on", () => {
  const peer = Peer.acquainted();
  peer.cable.stopped = true;
  for (let i = 0; i < 150; i++) peer.ping(8);
  assert.equal(peer.frames().length, 0);
  assert.equal(peer.counter("ifOutDiscards"), 150 - 128);
  assert.equal(peer.counter("icmpOutEchoReps"), 128);
  assert.equal(peer.counter("icmpOutErrors"), 150 - 128);
  for (let i = 0; i < 3; i++) peer.udp({ destinationPort: 9 });
  peer.frames();
  assert.equal(peer.counter("icmpOutErrors"), 150 - 128 + 3, "neither were the reports of closed ports sent");
  peer.cable.stopped = false;
  peer.ping(9);
  // The step for this ping still saw a full ring: room shows only after the tender has drained it.
  assert.equal(peer.frames().length, 128);
  peer.ping(10);
  assert.equal(peer.icmps().length, 1);
});

test("frames up to the MTU are taken, larger ones are dropped and counted once", () => {
  const peer = Peer.acquainted();
  const whole = 1500 - 20 - 8;
  peer.ping(whole);
  assert.equal(peer.icmps()[0]?.data.length, whole);
  let larger = 0;
  for (const extra of [1, 2, 12, 13, 100, 1500, 3000, 9000]) {
    peer.cable.send(echo(whole + extra));
    larger++;
  }
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("deviceInErrors"), larger);
  peer.ping(whole);
  assert.equal(peer.icmps().length, 1, "the device goes on after frames of several buffers");
});

test("a jumbo MTU is used in full", () => {
  const peer = Peer.acquainted({ network: { mtu: 9000 } });
  for (let i = 0; i < 200; i++) peer.ping(9000 - 28);
  assert.equal(peer.icmps().length, 200);
  peer.ping(9000 - 27);
  assert.equal(peer.icmps().length, 0);
  assert.equal(peer.counter("deviceInErrors"), 1);
});

test("the largest MTU works too", () => {
  const peer = Peer.acquainted({ network: { mtu: 65535 } });
  for (let i = 0; i < 20; i++) peer.ping(65535 - 28);
  assert.equal(peer.icmps().length, 20);
});

test("an MTU that is too small for IPv4 stops the image", () => {
  assert.throws(() => new Peer({ network: { mtu: 67 } }), /the MTU is too small for IPv4/);
  const peer = Peer.acquainted({ network: { mtu: 68 } });
  peer.ping(68 - 28);
  assert.equal(peer.icmps().length, 1);
});

test("buffers without a whole virtio_net_hdr are dropped", () => {
  const peer = Peer.acquainted();
  for (let length = 1; length < VNET_HDR_SIZE; length++) peer.cable.send(new Uint8Array(), new Uint8Array(length));
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("deviceInErrors"), VNET_HDR_SIZE - 1);
});

test("frames that need offloads which were not granted are dropped; a verified checksum is welcome", () => {
  const peer = Peer.acquainted();
  const header = (flags: number, gso: number) => Uint8Array.of(flags, gso, 0, 0, 0, 0, 0, 0, 0, 0);
  peer.cable.send(echo(10), header(1, 0));
  peer.cable.send(echo(11), header(0, 1));
  peer.cable.send(echo(12), header(0, 0x81));
  peer.cable.send(echo(13), header(2, 0));
  assert.deepEqual(
    peer.icmps().map((reply) => reply.data.length),
    [13],
  );
  assert.equal(peer.counter("deviceInErrors"), 3);
});

test("a link that is down carries nothing; when it comes up again the host announces itself", () => {
  const peer = Peer.acquainted();
  peer.setLink(false);
  assert.equal(peer.counter("link"), 0);
  assert.equal(peer.hostSends(PEER.ip, 9, 10), -67, "E_AGAIN");
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("ifOutDiscards"), 1);
  peer.setLink(true);
  const arps = peer.arps();
  assert.deepEqual(
    arps.map((arp) => [arp.spa, arp.tpa]),
    [[HOST.ip, HOST.ip]],
  );
  peer.host.event(3).settle();
  assert.deepEqual(peer.frames(), [], "an event without a change says nothing");
  peer.host.event(2).settle();
  assert.equal(peer.hostSends(PEER.ip, 9, 10), 10);
});

test("octets are counted both ways", () => {
  const peer = Peer.acquainted();
  const [before, sent] = [peer.counter("ifInOctets"), peer.counter("ifOutOctets")];
  peer.ping(100);
  peer.frames();
  assert.equal(peer.counter("ifInOctets") - before, 14 + 20 + 8 + 100);
  assert.equal(peer.counter("ifOutOctets") - sent, 14 + 20 + 8 + 100);
});

for (const offload of [false, true])
  test(`a packet on its way allocates nothing, whatever becomes of it${offload ? ", with offloads" : ""}`, () => {
    const peer = Peer.acquainted({
      arguments: [`--offload=${offload}`],
      network: { features: offload ? NET_F_ALL : 0 },
    });
    const traffic = () => {
      for (let i = 0; i < 50; i++) {
        peer.ping(i);
        peer.udp({ data: octets(i) });
        peer.udp({ destinationPort: 9 });
        peer.udp({ checksum: 1 });
        peer.ping(i, { source: `10.0.0.${100 + i}` });
        peer.ping(i, { fragment: 0x2000 });
        peer.arp({ operation: 1, sha: PEER.mac, spa: `10.0.0.${200 + (i % 50)}`, tha: PEER.mac, tpa: HOST.ip });
        peer.frames();
      }
      peer.host.advance(10_000);
    };
    // The first round may make what is then kept, such as the memory for a suspended fiber.
    traffic();
    const before = peer.counter("heapUsed");
    traffic();
    assert.equal(peer.counter("heapUsed"), before);
  });
