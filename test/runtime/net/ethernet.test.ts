import assert from "node:assert/strict";
import { test } from "node:test";
import { BROADCAST, ETHERTYPE } from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

test("frames for others and for groups are passed over", () => {
  const peer = Peer.acquainted();
  peer.ping(8, {}, { destination: "02:00:00:00:00:03" });
  peer.ping(8, {}, { destination: "01:00:5e:00:00:01" });
  peer.ping(8, {}, { destination: "33:33:00:00:00:01" });
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("ifInDiscards"), 3);
  assert.equal(peer.counter("ipInReceives"), 0);
});

test("unknown types are counted", () => {
  const peer = Peer.acquainted();
  for (const type of [0x86dd, 0x8100, 0x88cc, 0xffff]) peer.send({ type, payload: octets(46) });
  peer.send({ destination: BROADCAST, type: 0x86dd, payload: octets(46) });
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("ifInUnknownProtos"), 5);
});

test("802.3 frames and frames without a whole header are errors", () => {
  const peer = Peer.acquainted();
  peer.send({ type: 46, payload: octets(46) });
  for (let length = 0; length < 14; length++) peer.cable.send(octets(length));
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("ifInErrors"), 15);
});

test("answers carry our address and go to the station that asked", () => {
  const peer = Peer.acquainted();
  peer.ping();
  const [frame] = peer.frames();
  assert.equal(frame?.source, HOST.mac);
  assert.equal(frame?.destination, PEER.mac);
  assert.equal(frame?.type, ETHERTYPE.ipv4);
});
