import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ArpPacket, BROADCAST, decodeArp, ETHERTYPE, encodeArp } from "../../support/packets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

const NOBODY = "00:00:00:00:00:00";
const OTHER = { mac: "02:00:00:00:00:07", ip: "10.0.0.7" } as const;
const E_UNREACHABLE = -69;

const request = (fields: Partial<ArpPacket> = {}): ArpPacket => {
  return { operation: 1, sha: PEER.mac, spa: PEER.ip, tha: NOBODY, tpa: HOST.ip, ...fields };
};
const reply = (fields: Partial<ArpPacket> = {}): ArpPacket => {
  return { operation: 2, sha: PEER.mac, spa: PEER.ip, tha: HOST.mac, tpa: HOST.ip, ...fields };
};

/** Whether the host knows where `ip` is: then a datagram goes out without a question. */
function knows(peer: Peer, ip: string): string | undefined {
  peer.frames();
  peer.hostSends(ip, 9, 1);
  return peer.frames().find((frame) => frame.type === ETHERTYPE.ipv4)?.destination;
}

describe("answering", () => {
  test("the announcement at the start is a broadcast request for the own address", () => {
    const [frame] = new Peer().frames();
    assert.equal(frame?.destination, BROADCAST);
    assert.equal(frame?.source, HOST.mac);
    assert.deepEqual(decodeArp(frame?.payload ?? new Uint8Array()), {
      operation: 1,
      sha: HOST.mac,
      spa: HOST.ip,
      tha: NOBODY,
      tpa: HOST.ip,
    });
  });

  test("the announcement is sent twice, two seconds apart (RFC 5227, 2.3)", () => {
    const peer = new Peer();
    const own = { operation: 1, sha: HOST.mac, spa: HOST.ip, tha: NOBODY, tpa: HOST.ip };
    assert.deepEqual(peer.arps(), [own]);
    peer.host.advance(1_999);
    assert.deepEqual(peer.arps(), []);
    peer.host.advance(1);
    assert.deepEqual(peer.arps(), [own]);
    peer.host.advance(60_000);
    assert.deepEqual(peer.arps(), []);
    assert.equal(peer.host.deadline, 2n ** 64n - 1n);
  });

  test("questions go on between the announcements, and after them", () => {
    const peer = new Peer();
    peer.frames();
    peer.host.advance(500);
    peer.hostSends(OTHER.ip, 9, 1);
    const asked = [peer.arps().map((arp) => arp.tpa)];
    for (let i = 0; i < 5; i++) {
      peer.host.advance(500);
      asked.push(peer.arps().map((arp) => arp.tpa));
    }
    assert.deepEqual(asked, [[OTHER.ip], [], [OTHER.ip], [HOST.ip], [OTHER.ip], []]);
  });

  test("a request for our address is answered to the station that asked", () => {
    const peer = new Peer();
    peer.frames();
    peer.arp(request());
    const [frame, ...rest] = peer.frames();
    assert.deepEqual(rest, []);
    assert.equal(frame?.destination, PEER.mac);
    assert.deepEqual(decodeArp(frame?.payload ?? new Uint8Array()), {
      operation: 2,
      sha: HOST.mac,
      spa: HOST.ip,
      tha: PEER.mac,
      tpa: PEER.ip,
    });
    assert.deepEqual(peer.counters("arpInRequests", "arpOutReplies", "arpInErrors"), {
      arpInRequests: 1,
      arpOutReplies: 1,
    });
  });

  test("who asks for us is known from then on; who asks for others is not", () => {
    const peer = new Peer();
    peer.arp(request());
    peer.arp(request({ sha: OTHER.mac, spa: OTHER.ip, tpa: "10.0.0.9" }));
    assert.equal(knows(peer, PEER.ip), PEER.mac);
    assert.equal(knows(peer, OTHER.ip), undefined);
  });

  test("a probe (sender 0.0.0.0) is answered and leaves no trace", () => {
    const peer = new Peer();
    peer.frames();
    peer.arp(request({ spa: "0.0.0.0" }));
    assert.deepEqual(
      peer.arps().map((arp) => arp.tha),
      [PEER.mac],
    );
  });

  test("a request from another network is answered but not remembered", () => {
    const peer = Peer.acquainted();
    peer.arp(request({ sha: OTHER.mac, spa: "192.0.2.1" }));
    assert.equal(peer.arps().length, 1);
    assert.equal(peer.hostSends("192.0.2.1", 9, 1), E_UNREACHABLE, "there is no route anyway");
  });

  test("padding behind the packet does no harm", () => {
    const peer = Peer.acquainted();
    const padded = Uint8Array.from([...encodeArp(request()), ...new Uint8Array(18).fill(0x55)]);
    peer.send({ destination: BROADCAST, type: ETHERTYPE.arp, payload: padded });
    assert.equal(peer.arps().length, 1);
  });
});

describe("what must not get in", () => {
  const junk: [string, Partial<ArpPacket>][] = [
    ["a multicast sender", { sha: "01:00:5e:00:00:01" }],
    ["a broadcast sender", { sha: BROADCAST }],
    ["a zero sender", { sha: NOBODY }],
    ["operation 0", { operation: 0 }],
    ["operation 3 (RARP)", { operation: 3 }],
    ["hardware type 6", { hrd: 6 }],
    ["protocol type IPv6", { pro: 0x86dd }],
    ["hardware length 8", { hln: 8 }],
    ["protocol length 16", { pln: 16 }],
  ];
  for (const [what, fields] of junk) {
    test(`${what} is an error, neither answered nor remembered`, () => {
      const peer = Peer.acquainted();
      peer.arp(request({ sha: OTHER.mac, spa: OTHER.ip, ...fields }));
      assert.deepEqual(peer.frames(), []);
      assert.equal(peer.counter("arpInErrors"), 1);
      assert.equal(knows(peer, OTHER.ip), undefined);
    });
  }

  test("truncated packets are errors", () => {
    const peer = Peer.acquainted();
    const whole = encodeArp(request());
    for (let length = 0; length < 28; length++) peer.send({ type: ETHERTYPE.arp, payload: whole.subarray(0, length) });
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("arpInErrors"), 28);
  });

  test("broadcast and network addresses get no entry", () => {
    const peer = Peer.acquainted();
    for (const spa of ["10.0.0.255", "10.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1"]) {
      peer.arp(request({ sha: OTHER.mac, spa }));
    }
    peer.frames();
    peer.hostSends("10.0.0.255", 9, 1);
    assert.equal(peer.frames()[0]?.destination, BROADCAST);
  });

  test("a reply that nobody asked for is ignored", () => {
    const peer = Peer.acquainted();
    peer.arp(reply({ sha: OTHER.mac, spa: OTHER.ip }));
    assert.equal(knows(peer, OTHER.ip), undefined);
  });

  test("our own frames that come back are ignored", () => {
    const peer = Peer.acquainted();
    peer.arp(request({ sha: HOST.mac, spa: HOST.ip }));
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("arpInConflicts"), 0);
  });
});

describe("our address, claimed by another station", () => {
  test("is logged and defended once in ten seconds, and the entry is not touched", () => {
    const peer = Peer.acquainted();
    for (let i = 0; i < 5; i++) peer.arp(request({ sha: OTHER.mac, spa: HOST.ip, tpa: HOST.ip }));
    assert.deepEqual(
      peer.arps().map((arp) => [arp.spa, arp.tpa]),
      [[HOST.ip, HOST.ip]],
    );
    assert.equal(peer.counter("arpInConflicts"), 5);
    const warnings = () => peer.host.lines.filter((line) => line.includes("[WARNING] [arp]"));
    assert.match(warnings()[0] ?? "", /02:00:00:00:00:07 also claims our address 10\.0\.0\.2$/);
    peer.host.advance(9_999);
    peer.arp(request({ sha: OTHER.mac, spa: HOST.ip }));
    assert.deepEqual(peer.frames(), []);
    peer.host.advance(1);
    peer.arp(reply({ sha: OTHER.mac, spa: HOST.ip }));
    assert.equal(peer.arps().length, 1);
    assert.equal(warnings().length, 2);
  });
});

describe("asking", () => {
  test("a packet for an unknown neighbour waits for the answer, then goes to it", () => {
    const peer = new Peer();
    peer.frames();
    assert.equal(peer.hostSends(OTHER.ip, 9, 5), 5);
    const [question, ...rest] = peer.frames();
    assert.deepEqual(rest, []);
    assert.equal(question?.destination, BROADCAST);
    assert.deepEqual(decodeArp(question?.payload ?? new Uint8Array()), {
      operation: 1,
      sha: HOST.mac,
      spa: HOST.ip,
      tha: NOBODY,
      tpa: OTHER.ip,
    });
    peer.arp(reply({ sha: OTHER.mac, spa: OTHER.ip }));
    const [frame] = peer.frames();
    assert.equal(frame?.destination, OTHER.mac);
    assert.equal(frame?.type, ETHERTYPE.ipv4);
    assert.equal(peer.counter("arpInReplies"), 1);
  });

  test("of many waiting packets the last 48 are sent, in order", () => {
    const peer = new Peer();
    for (let i = 1; i <= 60; i++) peer.hostSends(OTHER.ip, 9, i);
    peer.frames();
    peer.arp(reply({ sha: OTHER.mac, spa: OTHER.ip }));
    assert.deepEqual(
      peer.udps().map((datagram) => datagram.data.length),
      Array.from({ length: 48 }, (_, i) => 13 + i),
    );
    assert.equal(peer.counter("arpOutDiscards"), 12);
    assert.equal(peer.counter("arpOutRequests"), 1, "one question while it is under way");
  });

  test("the memory for waiting packets is bounded for all neighbours together", () => {
    const peer = new Peer();
    for (let host = 10; host < 20; host++) {
      for (let i = 0; i < 8; i++) peer.hostSends(`10.0.0.${host}`, 9, 100);
    }
    peer.frames();
    for (let host = 10; host < 20; host++) peer.arp(reply({ sha: OTHER.mac, spa: `10.0.0.${host}` }));
    assert.equal(peer.udps().length, 64);
    assert.equal(peer.counter("arpOutDiscards"), 80 - 64);
  });

  for (const mtu of [1500, 9000])
    test(`all fragments of the largest datagram wait (MTU ${mtu})`, () => {
      const peer = new Peer({ network: { mtu } });
      peer.hostSends(OTHER.ip, 9, 65507);
      peer.frames();
      peer.arp(reply({ sha: OTHER.mac, spa: OTHER.ip }));
      const pieces = peer.packets(17);
      assert.equal(
        pieces.reduce((sum, { payload }) => sum + payload.length, 0),
        65515,
      );
      assert.equal(peer.counter("arpOutDiscards"), 0);
    });

  test("of packets of a large MTU fewer wait", () => {
    const peer = new Peer({ network: { mtu: 32000 } });
    for (let i = 1; i <= 10; i++) peer.hostSends(OTHER.ip, 9, 30000 + i);
    peer.frames();
    peer.arp(reply({ sha: OTHER.mac, spa: OTHER.ip }));
    assert.equal(peer.udps().length, 6);
  });

  test("asks once a second, three times, then refuses for three seconds and asks anew", () => {
    const peer = Peer.acquainted();
    peer.hostSends(OTHER.ip, 9, 1);
    const questions = [peer.arps().length];
    for (let second = 0; second < 6; second++) {
      peer.host.advance(1000);
      questions.push(peer.arps().length);
      if (second < 2) assert.equal(peer.hostSends(OTHER.ip, 9, 1), 1, "still waiting");
      if (second === 2) assert.equal(peer.counter("arpOutDiscards"), 3, "all that waited are given up");
      if (second >= 2 && second < 5) assert.equal(peer.hostSends(OTHER.ip, 9, 1), E_UNREACHABLE, `second ${second}`);
    }
    assert.deepEqual(questions, [1, 1, 1, 0, 0, 0, 0]);
    assert.equal(peer.counter("ipOutDiscards"), 3);
    assert.equal(peer.hostSends(OTHER.ip, 9, 1), 1);
    assert.equal(peer.arps().length, 1);
  });

  test("a neighbour that appears after all is heard", () => {
    const peer = new Peer();
    peer.hostSends(OTHER.ip, 9, 1);
    peer.host.advance(4000);
    assert.equal(peer.hostSends(OTHER.ip, 9, 1), E_UNREACHABLE);
    peer.arp(request({ sha: OTHER.mac, spa: OTHER.ip }));
    assert.equal(knows(peer, OTHER.ip), OTHER.mac);
  });

  test("nothing wakes the host while nothing is asked", () => {
    const peer = Peer.acquainted();
    peer.hostSends(PEER.ip, 9, 1);
    peer.host.settle();
    assert.equal(peer.host.deadline, 2n ** 64n - 1n);
  });
});

describe("entries", () => {
  test("follow a station that moved, when it says so", () => {
    const peer = Peer.acquainted();
    peer.arp(request({ sha: OTHER.mac, tpa: PEER.ip }));
    assert.equal(knows(peer, PEER.ip), OTHER.mac);
  });

  test("expire after their lifetime", () => {
    const peer = Peer.acquainted();
    peer.host.advance(59_000);
    peer.host.advance(1_000);
    peer.hostSends(PEER.ip, 9, 1);
    const frames = peer.frames();
    assert.deepEqual(
      frames.map((frame) => [frame.type, frame.destination]),
      [[ETHERTYPE.arp, BROADCAST]],
    );
  });

  test("that are used are confirmed before they expire, without a pause", () => {
    const peer = Peer.acquainted();
    peer.host.advance(44_000);
    peer.hostSends(PEER.ip, 9, 1);
    assert.deepEqual(
      peer.frames().map((frame) => frame.type),
      [ETHERTYPE.ipv4],
    );
    peer.host.advance(1_000);
    peer.hostSends(PEER.ip, 9, 1);
    peer.hostSends(PEER.ip, 9, 1);
    const frames = peer.frames();
    const types = [ETHERTYPE.ipv4, ETHERTYPE.arp, ETHERTYPE.ipv4];
    assert.deepEqual(
      frames.map((frame) => frame.type),
      types,
      "the packets go on, with one question between",
    );
    assert.equal(frames[1]?.destination, PEER.mac, "asked is the station itself");
    peer.arp(reply());
    peer.host.advance(59_000);
    assert.equal(knows(peer, PEER.ip), PEER.mac);
  });

  test("whose station is gone expire all the same", () => {
    const peer = Peer.acquainted();
    for (let second = 0; second < 64; second++) {
      peer.hostSends(PEER.ip, 9, 1);
      peer.host.advance(1000);
    }
    assert.equal(peer.hostSends(PEER.ip, 9, 1), E_UNREACHABLE);
  });

  test("have the lifetime that is set", () => {
    const peer = new Peer();
    peer.host.exports["setArpLifetime"]?.(2_000_000_000n);
    peer.arp(request());
    assert.equal(knows(peer, PEER.ip), PEER.mac);
    peer.host.advance(2_000);
    assert.equal(knows(peer, PEER.ip), undefined);
  });

  test("in use survive a flood of invented neighbours", () => {
    const peer = new Peer({ arguments: ["--ipv4=10.0.0.2/8"] });
    peer.arp(request());
    for (let i = 0; i < 5000; i++) {
      const spa = `10.1.${i >> 8}.${i & 255}`;
      peer.ping(0, { source: spa });
    }
    peer.frames();
    assert.equal(knows(peer, PEER.ip), PEER.mac);
  });

  test("are not displaced by stations that cannot be neighbours", () => {
    const peer = Peer.acquainted();
    // All of the set that 10.0.0.1 is in.
    for (const spa of ["192.0.2.1", "192.0.2.33", "192.0.2.65", "192.0.2.97", "192.0.2.129"]) {
      peer.arp(request({ sha: OTHER.mac, spa }));
    }
    assert.equal(knows(peer, PEER.ip), PEER.mac);
  });

  test("are bounded in number, the least recently used goes first", () => {
    const peer = new Peer();
    // 10.0.0.33, 65, 97, 129 and 161 share a set of four entries.
    const hosts = [33, 65, 97, 129, 161].map((host) => `10.0.0.${host}`);
    const [first, second, third, fourth, fifth] = hosts as [string, string, string, string, string];
    for (const spa of [first, second, third, fourth]) {
      peer.arp(request({ sha: OTHER.mac, spa }));
      peer.host.advance(10);
    }
    assert.equal(knows(peer, first), OTHER.mac, "to send to it is to use it");
    peer.host.advance(10);
    peer.arp(request({ sha: OTHER.mac, spa: fifth }));
    const known = [first, third, fourth, fifth].map((ip) => knows(peer, ip));
    assert.deepEqual(known, Array(4).fill(OTHER.mac));
    assert.equal(knows(peer, second), undefined);
  });
});
