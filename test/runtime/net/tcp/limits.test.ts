/** What peers can make the host remember, and what becomes of connections that nobody looks after. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TCP_FLAG } from "../../../support/packets.ts";
import { octets } from "../octets.ts";
import { Peers, releaseImage } from "./peers.ts";

const { ack, fin, psh, rst, syn } = TCP_FLAG;

describe("connections that nobody holds", () => {
  test("are closed within a minute after their fiber has ended", () => {
    const peers = new Peers();
    const iss = peers.open(1000, 9);
    // The accepting fiber's frame may hold the latest one.
    peers.open(1001, 9);
    peers.send(1000, 9, 1, iss + 1, ack | psh, octets(10));
    assert.ok(peers.take(1000).every((segment) => (segment.flags & fin) === 0));
    peers.wait(61_000);
    const closing = peers.take(1000).filter((segment) => segment.flags & fin);
    assert.ok(closing.length > 0);
    peers.send(1000, 9, 11, iss + 2, ack | fin);
    peers.take(1000);
    assert.equal(peers.count("tcpCurrEstab"), 1);
  });

  test("those that a fiber waits in stay open, however long", () => {
    const peers = new Peers();
    const iss = peers.open(1000, 7);
    const lost = peers.open(1001, 9);
    peers.send(1001, 9, 1, lost + 1, ack | psh, octets(10));
    peers.wait(600_000);
    peers.take(1000);
    assert.ok(peers.echoes(1000, iss, octets(100)));
  });
});

describe("floods leave established connections alone, and memory bounded", () => {
  test("SYNs: what is half open is bounded, cookies cost nothing", () => {
    const peers = new Peers();
    const iss = peers.open(1000, 7);
    for (let i = 0; i < 200; i++) peers.send(2000 + i, 7, 5, 0, syn);
    peers.take(0);
    const before = peers.count("heapUsed");
    for (let i = 0; i < 5000; i++) {
      peers.send(3000 + i, 7, 5, 0, syn);
      if (i % 64 === 0) peers.take(0);
    }
    peers.take(0);
    assert.equal(peers.count("heapUsed"), before);
    assert.equal(peers.count("connections"), 1 + 128);
    assert.ok(peers.echoes(1000, iss, octets(100)));
  });

  test("SYNs: a connection by cookie opens, though what brings the cookie comes last", () => {
    const peers = new Peers();
    for (let i = 0; i < 128; i++) peers.send(2000 + i, 7, 5, 0, syn);
    peers.send(1000, 7, 0, 0, syn);
    const [answer] = peers.take(1000);
    assert.ok(answer);
    assert.equal(answer.flags, syn | ack);
    const behind = answer.sequence + 1;
    const data = octets(100);
    peers.send(1000, 7, 51, behind, ack | psh, data.subarray(50));
    peers.send(1000, 7, 101, behind, ack);
    assert.deepEqual(peers.take(1000), []);
    assert.equal(peers.count("connections"), 128);
    peers.send(1000, 7, 1, behind, ack, data.subarray(0, 50));
    peers.send(1000, 7, 51, behind, ack | psh, data.subarray(50));
    const echoed = peers.take(1000).map((segment) => segment.data);
    assert.deepEqual(Buffer.concat(echoed), Buffer.from(data));
    // As long as cookies live; then what is of no connection is told so.
    peers.wait(130_000);
    peers.send(1001, 7, 1, 77, ack);
    assert.deepEqual(
      peers.take(1001).map((segment) => segment.flags),
      [rst],
    );
  });

  test("ACKs and RSTs for no connection: resets are limited, nothing is kept", () => {
    const peers = new Peers();
    const iss = peers.open(1000, 7);
    const before = peers.count("heapUsed");
    for (let i = 0; i < 5000; i++) {
      peers.send(3000 + i, 7, 5, 77, i % 2 ? ack : rst);
      if (i % 64 === 0) peers.take(0);
    }
    peers.take(0);
    assert.equal(peers.count("heapUsed"), before);
    assert.equal(peers.count("tcpOutRsts"), 1000);
    assert.ok(peers.echoes(1000, iss, octets(100)));
  });

  test("challenges are limited for each connection", () => {
    const peers = new Peers();
    const iss = peers.open(1000, 7);
    const before = peers.count("tcpOutSegs");
    for (let i = 0; i < 100; i++) {
      peers.send(1000, 7, 1000, iss + 1, syn);
      peers.take(1000);
    }
    assert.equal(peers.count("tcpOutSegs") - before, 10);
    assert.ok(peers.echoes(1000, iss, octets(100)));
  });
});

test("data that nobody reads takes its share of memory, and no more than the limit", () => {
  const peers = new Peers();
  peers.host.exports["setMemory"]?.(480 * 1024);
  const iss = peers.open(1000, 7);
  const fill = (first: number, count: number) => {
    for (let port = first; port < first + count; port++) {
      const theirs = peers.open(port, 19);
      for (let at = 0; at < 44; at++) peers.send(port, 19, 1 + at * 1460, theirs + 1, ack | psh, octets(1460));
      peers.take(port);
    }
  };
  fill(2000, 12);
  assert.ok(peers.count("chunksUsed") > 60);
  assert.ok(peers.echoes(1000, iss, octets(100)));
  // Now all memory is taken: what comes is dropped, but neither traps nor ends anything.
  fill(3000, 30);
  assert.ok(peers.count("chunksUsed") <= 120);
  assert.equal(peers.count("tcpCurrEstab"), 43);
});

test("peers that never read do not keep the last memory from others for ever, though they answer", () => {
  const peers = new Peers();
  peers.host.exports["setMemory"]?.(480 * 1024);
  const greedy = new Map<number, number>();
  for (let port = 2000; port < 2060; port++) {
    const iss = peers.open(port, 7);
    greedy.set(port, iss);
    for (let at = 0; at < 30; at++) peers.send(port, 7, 1 + at * 1460, iss + 1, ack | psh, octets(1460), 0);
    peers.take(port);
  }
  assert.equal(peers.count("chunksUsed"), 120);
  const iss = peers.open(1000, 7);
  assert.ok(!peers.echoes(1000, iss, octets(100)));
  peers.send(1000, 7, 1, iss + 1, ack | rst);
  for (let seconds = 0; seconds < 300; seconds += 5) {
    peers.wait(5000);
    for (const [port, theirs] of greedy)
      if (peers.take(port).some((segment) => (segment.flags & rst) === 0))
        peers.send(port, 7, 1 + 30 * 1460, theirs + 1, ack, new Uint8Array(), 0);
  }
  assert.ok(peers.count("chunksUsed") < 120);
  assert.ok(peers.echoes(1001, peers.open(1001, 7), octets(100)));
});

test("connections that would take the last memory are not answered; those that are there go on", () => {
  const peers = new Peers(releaseImage.limited(96));
  const initial: number[] = [];
  const open = (port: number) => {
    peers.send(port, 7, 0, 0, syn);
    const iss = peers.take(port)[0]?.sequence;
    if (iss === undefined) return false;
    peers.send(port, 7, 1, iss + 1, ack);
    peers.take(port);
    initial.push(iss);
    return true;
  };
  let port = 1000;
  while (port < 5000 && open(port)) port++;
  assert.ok(port > 1200 && port < 5000, `${port - 1000} connections`);
  for (let more = 5000; more < 6000; more++) open(more);
  initial.slice(0, port - 1000).forEach((iss, i) => {
    assert.ok(peers.echoes(1000 + i, iss, octets(100)), `connection ${i} of ${port - 1000}`);
    if (i === 0) return;
    // It makes room for others.
    peers.send(1000 + i, 7, 101, iss + 101, ack | rst);
    peers.take(1000 + i);
  });
  peers.host.advance(1100);
  open(6000);
  peers.host.advance(1100);
  assert.ok(open(6001));
});

test("2,000 connections one after the other leave nothing behind, in memory that is used again and again", () => {
  const peers = new Peers(releaseImage);
  for (let port = 1000; port < 3000; port++) {
    const iss = peers.open(port, 7);
    assert.ok(peers.echoes(port, iss, octets(64)));
    peers.send(port, 7, 65, iss + 65, ack | fin);
    const end = peers.take(port).find((segment) => segment.flags & fin);
    assert.ok(end);
    peers.send(port, 7, 66, end.sequence + 1, ack);
  }
  peers.take(0);
  assert.deepEqual([peers.count("connections"), peers.count("chunksUsed")], [0, 0]);
  assert.ok(peers.count("heapUsed") < 2_000_000);
});

test("TIME-WAIT is a record that goes after a minute", () => {
  const peers = new Peers();
  const iss = peers.open(1000, 9);
  peers.open(1001, 9);
  peers.send(1000, 9, 1, iss + 1, ack | psh, octets(10));
  peers.wait(61_000);
  peers.send(1000, 9, 11, iss + 2, ack | fin);
  peers.take(1000);
  assert.deepEqual([peers.count("timeWaits"), peers.count("connections")], [1, 2]);
  peers.host.advance(59_000);
  assert.equal(peers.count("timeWaits"), 1);
  peers.host.advance(2000);
  assert.deepEqual([peers.count("timeWaits"), peers.count("connections")], [0, 1]);
});

test("connections from an address that is no longer ours end", () => {
  const peers = new Peers();
  peers.open(1000, 7);
  peers.open(1001, 7);
  peers.host.exports["removeAddress"]?.();
  peers.host.step();
  assert.equal(peers.count("connections"), 0);
  assert.equal(peers.count("getLastResult"), -69);
});
