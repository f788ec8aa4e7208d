import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../../../support/guest.ts";
import { macOctets, TCP_FLAG } from "../../../support/packets.ts";
import { type End, greet, TcpPeer } from "../../tcppeer.ts";

const GUEST: End = { mac: "02:00:00:00:00:02", ip: "10.0.0.2", port: 7 };
const PEER: End = { mac: "02:00:00:00:00:01", ip: "10.0.0.1", port: 40000 };
const FIRST = 64 * 1024;
const TRIP_MS = 20;
const MSS = 1448;

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "host.as.ts");
});

/**
 * Sends so many octets each round trip, and no more than the window.
 * @param ms how long round trips are after the first one; @param stamps whether there are timestamps
 * @returns the window after so many round trips
 */
function windowAfter(trips: number, octets: number, ms = TRIP_MS, stamps = false): number {
  const tender = guest.instantiate();
  const network = tender.network("service", { mac: macOctets(GUEST.mac) });
  tender.start().settle();
  greet(tender, network, PEER, GUEST);
  const peer = new TcpPeer(network, PEER, GUEST, stamps);
  const trip = (ms: number) => {
    peer.flush();
    tender.settle();
    peer.take();
    tender.advance(ms);
    peer.take();
  };
  peer.send(TCP_FLAG.syn);
  trip(TRIP_MS);
  for (let i = 0; i < trips; i++) {
    peer.send(TCP_FLAG.ack);
    for (let left = Math.min(octets, peer.window); left > 0; left -= MSS)
      peer.send(TCP_FLAG.ack, new Uint8Array(Math.min(left, MSS)));
    trip(ms);
  }
  return peer.window;
}

test("a sender that fills the window gets a larger one, up to the limit", () => {
  assert.ok(windowAfter(4, 1e9) > 2 * FIRST);
  const end = windowAfter(12, 1e9);
  assert.ok(end > 2 ** 20 && end <= 4 * 2 ** 20, `${end}`);
});

test("so does one behind a queue that makes the round trip three times as long, where timestamps tell of it", () => {
  assert.ok(windowAfter(12, 1e9, 3 * TRIP_MS, true) > 2 ** 20);
  assert.ok(windowAfter(12, 1e9, 3 * TRIP_MS) <= 2 * FIRST);
});

test("one that sends less does not", () => {
  for (const stamps of [false, true]) assert.ok(windowAfter(12, FIRST / 4, TRIP_MS, stamps) <= FIRST);
});
