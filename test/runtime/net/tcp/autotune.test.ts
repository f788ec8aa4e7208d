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

/** Sends so many octets each round trip, and no more than the window. @returns the window after so many round trips */
function windowAfter(trips: number, octets: number): number {
  const tender = guest.instantiate();
  const network = tender.network("service", { mac: macOctets(GUEST.mac) });
  tender.start().settle();
  greet(tender, network, PEER, GUEST);
  const peer = new TcpPeer(network, PEER, GUEST);
  const trip = () => {
    peer.flush();
    tender.settle();
    peer.take();
    tender.advance(TRIP_MS);
    peer.take();
  };
  peer.send(TCP_FLAG.syn);
  trip();
  for (let i = 0; i < trips; i++) {
    peer.send(TCP_FLAG.ack);
    for (let left = Math.min(octets, peer.window); left > 0; left -= MSS)
      peer.send(TCP_FLAG.ack, new Uint8Array(Math.min(left, MSS)));
    trip();
  }
  return peer.window;
}

test("a sender that fills the window gets a larger one, up to the limit", () => {
  assert.ok(windowAfter(4, 1e9) > 2 * FIRST);
  const end = windowAfter(12, 1e9);
  assert.ok(end > 2 ** 20 && end <= 4 * 2 ** 20, `${end}`);
});

test("one that sends less does not", () => assert.ok(windowAfter(12, FIRST / 4) <= FIRST));
