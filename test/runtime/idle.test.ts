/** What an idle TCP connection costs: bounded, so that 100,000 of them fit into 256 MB (bench/tcp-idle.ts has as many). */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../support/guest.ts";
import { macOctets, TCP_FLAG } from "../support/packets.ts";
import { type End, greet, TcpPeer } from "./tcppeer.ts";

const GUEST: End = { mac: "02:00:00:00:00:02", ip: "10.0.0.2", port: 7 };
const PEER: End = { mac: "02:00:00:00:00:01", ip: "10.0.0.1", port: 10000 };
const CONNECTIONS = 5000;
/** Opened before, when buffers are made that all of them share. */
const FIRST = 500;
/** Octets of memory for each, its fiber and the application's buffer included: 256 MB / 100,000. */
const EACH_MAX = 2560;

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "idle.as.ts", { mode: "default" });
});

/** Opens connections, has an octet echoed on each and acknowledged, and lets time pass. @returns octets of memory for each */
function measure(hold: number): number {
  const tender = guest.instantiate({ arguments: [`--hold=${hold}`] });
  const network = tender.network("service", { mac: macOctets(GUEST.mac) });
  tender.start().settle();
  greet(tender, network, PEER, GUEST);
  const open = (port: number) => {
    const peer = new TcpPeer(network, { ...PEER, port }, GUEST);
    const turn = () => {
      peer.flush();
      tender.settle();
      peer.take();
    };
    peer.send(TCP_FLAG.syn);
    turn();
    peer.send(TCP_FLAG.ack | TCP_FLAG.psh, Uint8Array.of(1));
    turn();
    assert.equal(peer.octets, 1);
    peer.send(TCP_FLAG.ack);
    turn();
  };
  const memory = () => tender.exports["memory"] as unknown as WebAssembly.Memory;
  for (let i = 0; i < FIRST; i++) open(PEER.port + i);
  const begin = memory().buffer.byteLength;
  for (let i = 0; i < CONNECTIONS; i++) open(PEER.port + FIRST + i);
  tender.advance(60_000);
  assert.equal(Number(tender.exports["getConnections"]?.()), FIRST + CONNECTIONS);
  return (memory().buffer.byteLength - begin) / CONNECTIONS;
}

test("5,000 idle connections: the memory of each is bounded", () => {
  const each = measure(0);
  assert.ok(each > 500 && each <= EACH_MAX, `${each} octets`);
});

test("a buffer that each of them holds is found", () => assert.ok(measure(4096) > EACH_MAX + 1500));
