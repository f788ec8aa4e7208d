/** Fragments, both ways: RFC 791, 3.2; RFC 1122, 3.3.2; and what their forgers try. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decodeIcmp,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  encodeIcmp,
  encodeIpv4,
  encodeUdp,
  type Ipv4Packet,
  PROTOCOL,
} from "../../support/packets.ts";
import { Random } from "../../support/random.ts";
import { octets } from "./octets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

const MORE = 0x2000;
const COUNTERS = ["ipReasmReqds", "ipReasmOKs", "ipReasmFails"];

/** A datagram cut into fragments with `size` octets of payload in each but the last. */
function cut(packet: Partial<Ipv4Packet> & { readonly payload: Uint8Array }, size: number): Ipv4Packet[] {
  const { payload } = packet;
  const fragments: Ipv4Packet[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const fragment = (at + size < payload.length ? MORE : 0) | (at >> 3);
    const piece = payload.subarray(at, at + size);
    fragments.push({
      ...{ source: PEER.ip, destination: HOST.ip, protocol: PROTOCOL.icmp, identification: 77 },
      ...packet,
      payload: piece,
      fragment,
    });
  }
  return fragments;
}

/** An echo request with so many octets of data, in fragments. */
function pings(length: number, size = 1480, packet: Partial<Ipv4Packet> = {}): Ipv4Packet[] {
  return cut({ ...packet, payload: encodeIcmp({ type: 8, code: 0, word: 5, data: octets(length) }) }, size);
}

function send(peer: Peer, fragments: readonly Ipv4Packet[]): void {
  for (const fragment of fragments) peer.send({ payload: encodeIpv4(fragment) });
}

/** What the host sends, with its fragments put together, which must come in order. */
function wholes(peer: Peer, mtu = 1500): { source: string; destination: string; payload: Uint8Array }[] {
  const found: { source: string; destination: string; payload: Uint8Array }[] = [];
  let pieces: ReturnType<typeof decodeIpv4>[] = [];
  for (const frame of peer.frames()) {
    if (frame.type !== ETHERTYPE.ipv4) continue;
    assert.ok(frame.payload.length <= mtu);
    const packet = decodeIpv4(frame.payload);
    assert.equal(
      (packet.fragment & 0x1fff) * 8,
      pieces.reduce((sum, { payload }) => sum + payload.length, 0),
    );
    assert.equal(packet.identification, (pieces[0] ?? packet).identification);
    pieces.push(packet);
    if (packet.fragment & MORE) continue;
    found.push({ ...packet, payload: Buffer.concat(pieces.map(({ payload }) => payload)) });
    pieces = [];
  }
  assert.equal(pieces.length, 0, "a last fragment is missing");
  return found;
}

/** The data of the echo replies that the host sends. */
function replies(peer: Peer): Uint8Array[] {
  return wholes(peer).map(({ payload }) => {
    const message = decodeIcmp(payload);
    assert.equal(message.type, 0);
    return new Uint8Array(message.data);
  });
}

describe("a datagram in fragments", () => {
  for (const [length, size] of [
    [1473, 1480],
    [20_000, 1480],
    [65_507, 1480],
    [100, 8],
    [9_000, 4096],
    [9_000, 4104],
  ] as const)
    test(`of ${length} octets, ${size} in each, is put together and answered in fragments`, () => {
      const peer = Peer.acquainted({ network: { mtu: 4200 } });
      const fragments = pings(length, size);
      send(peer, fragments);
      const [answer, ...more] = wholes(peer, 4200);
      assert.deepEqual(more, []);
      assert.deepEqual(new Uint8Array(decodeIcmp(answer?.payload ?? octets(0)).data), octets(length));
      assert.deepEqual(peer.counters(...COUNTERS), { ipReasmReqds: fragments.length, ipReasmOKs: 1 });
      const sent = Math.ceil((length + 8) / 4176);
      assert.equal(peer.counter("ipOutFragCreates"), sent > 1 ? sent : 0);
      assert.equal(peer.counter("ipOutFragOKs"), sent > 1 ? 1 : 0);
    });

  test("may come in any order, among others, and twice", () => {
    const random = new Random(3);
    for (let round = 0; round < 40; round++) {
      const peer = Peer.acquainted({ seed: round });
      const lengths = [3000 + random.below(9000), 1500 + random.below(3000), 60_000];
      const all = lengths.flatMap((length, i) =>
        pings(length, 8 * (100 + random.below(85)), { identification: 100 + i }),
      );
      const twice = all.flatMap((fragment) => (random.chance(0.2) ? [fragment, fragment] : [fragment]));
      for (let i = twice.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [twice[i], twice[j]] = [twice[j] as Ipv4Packet, twice[i] as Ipv4Packet];
      }
      for (let i = 0; i < twice.length; i += 16) {
        send(peer, twice.slice(i, i + 16));
        peer.host.settle();
      }
      const answers = replies(peer);
      assert.deepEqual(
        answers.map((data) => data.length).sort((a, b) => a - b),
        lengths.sort((a, b) => a - b),
        `round ${round}`,
      );
      for (const data of answers) assert.deepEqual(data, octets(data.length));
    }
  });

  test("is told from others by identification, protocol and both addresses", () => {
    const peer = Peer.acquainted();
    const [first, last] = pings(2000) as [Ipv4Packet, Ipv4Packet];
    peer.host.exports["addAddress"]?.(0x0a000009, 24);
    for (const other of [
      { identification: 78 },
      { protocol: PROTOCOL.udp },
      { source: "10.0.0.7" },
      { destination: "10.0.0.9" },
    ])
      send(peer, [{ ...first, ...other }]);
    send(peer, [last]);
    assert.deepEqual(wholes(peer), []);
    send(peer, [first]);
    assert.deepEqual(replies(peer), [octets(2000)]);
  });

  test("has the header of its first fragment, without the flags of one", () => {
    const peer = Peer.acquainted();
    const options = Uint8Array.of(1, 1, 1, 0);
    const payload = encodeUdp({ sourcePort: 1, destinationPort: 9, data: octets(1600) }, PEER.ip, HOST.ip);
    const [first] = cut({ protocol: PROTOCOL.udp, payload, options }, 800) as [Ipv4Packet];
    const fragments = cut({ protocol: PROTOCOL.udp, payload }, 800);
    send(peer, [fragments[2] as Ipv4Packet, fragments[1] as Ipv4Packet, first]);
    // The port is nobody's, so the datagram is quoted.
    const [error] = peer.icmps();
    assert.deepEqual([error?.type, error?.code], [3, 3]);
    const quoted = error?.data ?? octets(0);
    const whole = encodeIpv4({ ...first, payload, fragment: 0 });
    assert.deepEqual(new Uint8Array(quoted), whole.subarray(0, quoted.length));
  });

  test("whose whole no header could tell is dropped", () => {
    const peer = Peer.acquainted();
    const last = { ...(pings(20)[0] as Ipv4Packet), payload: octets(600) };
    send(peer, [{ ...last, fragment: 0x1fff }]);
    peer.host.settle();
    assert.deepEqual(peer.counters(...COUNTERS), { ipReasmReqds: 1, ipReasmFails: 1 });
    // The first fragment's options are too much, when all the rest is there.
    const fragments = pings(65_507, 1472);
    send(peer, fragments.slice(1));
    send(peer, [{ ...(fragments[0] as Ipv4Packet), options: Uint8Array.of(1, 1, 1, 1) }]);
    assert.deepEqual(wholes(peer), []);
    assert.equal(peer.counter("ipReasmFails"), 2);
  });

  test("has no pieces of nothing, and no gaps that no fragment could fill", () => {
    const peer = Peer.acquainted();
    const [first] = pings(2000) as [Ipv4Packet];
    send(peer, [
      { ...first, payload: octets(0) },
      { ...first, payload: octets(0), fragment: 5 },
      { ...first, payload: octets(1471) },
    ]);
    peer.host.settle();
    assert.deepEqual(peer.counters(...COUNTERS), { ipReasmReqds: 3, ipReasmFails: 3 });
  });
});

describe("what contradicts itself", () => {
  /** The fragments must not make a datagram, nor what comes after them; another one with the same number does later. */
  function refused(what: string, change: (fragments: Ipv4Packet[]) => Ipv4Packet[]): void {
    test(`${what} is dropped with all of its datagram`, () => {
      const peer = Peer.acquainted();
      const fragments = pings(6000);
      send(peer, change(fragments));
      send(peer, fragments);
      send(peer, fragments);
      assert.deepEqual(wholes(peer), []);
      assert.equal(peer.counter("ipReasmFails"), 1);
      assert.equal(peer.counter("ipReasmOKs"), 0);
      peer.host.advance(60_000);
      peer.frames();
      peer.arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
      peer.frames();
      send(peer, fragments);
      assert.deepEqual(replies(peer), [octets(6000)]);
    });
  }

  const at = (fragments: Ipv4Packet[], i: number): Ipv4Packet => fragments[i] as Ipv4Packet;
  refused("a fragment that overlaps by 8 octets", (all) => [
    at(all, 0),
    { ...at(all, 1), fragment: MORE | ((1480 - 8) >> 3) },
  ]);
  refused("one within another", (all) => [at(all, 0), { ...at(all, 0), fragment: MORE | 10, payload: octets(80) }]);
  refused("one around another", (all) => [{ ...at(all, 0), fragment: MORE | 10, payload: octets(80) }, at(all, 0)]);
  refused("one that changes a single octet", (all) => {
    const payload = at(all, 1).payload.slice();
    payload[700] = (payload[700] as number) ^ 1;
    return [at(all, 1), { ...at(all, 1), payload }];
  });
  refused("a second end", (all) => [at(all, 4), { ...at(all, 3), fragment: (at(all, 3).fragment ?? 0) & 0x1fff }]);
  refused("an end before what is there", (all) => [at(all, 3), { ...at(all, 1), fragment: 1480 >> 3 }]);
  refused("what lies behind the end", (all) => [
    at(all, 4),
    { ...at(all, 4), fragment: MORE | (8000 >> 3), payload: octets(8) },
  ]);
});

describe("what does not come", () => {
  test("is waited for for 60 seconds, and its sender told when there was a beginning (RFC 1122, 3.3.2)", () => {
    const peer = Peer.acquainted();
    const [first, second, ...rest] = pings(6000) as [Ipv4Packet, Ipv4Packet, ...Ipv4Packet[]];
    const udp = { protocol: PROTOCOL.udp };
    send(peer, [{ ...first, ...udp }, ...rest.map((fragment) => ({ ...fragment, ...udp }))]);
    send(peer, [{ ...second, ...udp, identification: 99 }]);
    peer.host.advance(59_999);
    peer.arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
    assert.deepEqual(peer.icmps(), []);
    peer.host.advance(2);
    const [error, ...more] = peer.icmps();
    assert.deepEqual(more, []);
    assert.deepEqual([error?.type, error?.code, error?.word], [11, 1, 0]);
    const quoted = encodeIpv4({ ...first, ...udp });
    assert.deepEqual(new Uint8Array(error?.data ?? []), quoted.subarray(0, 576 - 28));
    assert.equal(peer.counter("ipReasmFails"), 2);
    send(peer, [{ ...second, ...udp }]);
    assert.deepEqual(wholes(peer), []);
  });

  test("is not told about ICMP itself", () => {
    const peer = Peer.acquainted();
    send(peer, pings(6000).slice(0, 2));
    peer.host.advance(60_000);
    assert.deepEqual(peer.icmps(), []);
    assert.equal(peer.counter("ipReasmFails"), 1);
  });
});

describe("floods", () => {
  const flood = (peer: Peer, from: (i: number) => string, count: number) => {
    for (let i = 0; i < count; i++) {
      const [first] = pings(6000, 1480, { source: from(i), identification: i & 0xffff }) as [Ipv4Packet];
      send(peer, [{ ...first, fragment: MORE | (185 * (i % 40)) }]);
      if (i % 64 === 63) peer.host.settle();
    }
    peer.host.settle();
  };

  test("from one address leave most others alone", () => {
    let survived = 0;
    for (let seed = 0; seed < 24; seed++) {
      const peer = Peer.acquainted({ seed });
      const [first, ...rest] = pings(6000) as [Ipv4Packet];
      send(peer, [first]);
      flood(peer, () => "10.0.0.66", 500);
      send(peer, rest);
      survived += replies(peer).length;
    }
    assert.ok(survived >= 16, `${survived} of 24`);
  });

  test("from everywhere do not keep a datagram from coming through that takes no longer than they need", () => {
    const peer = Peer.acquainted();
    flood(peer, (i) => `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, 2000);
    for (let round = 0; round < 20; round++) {
      const fragments = pings(60_000, 1480, { identification: 5000 + round });
      send(peer, fragments.slice(0, 20));
      flood(peer, (i) => `10.77.${round}.${i & 255}`, 2);
      send(peer, fragments.slice(20));
      assert.deepEqual(replies(peer), [octets(60_000)]);
    }
  });

  test("take no memory, and in the end none is held", () => {
    const peer = Peer.acquainted();
    const random = new Random(9);
    const before = peer.host.memory.memory.buffer.byteLength;
    const used = peer.counter("heapUsed");
    for (let i = 0; i < 20_000; i++) {
      const payload = octets(8 * random.below(186));
      const fragment = (random.chance(0.9) ? MORE : 0) | random.below(0x2000);
      const source = `10.0.0.${3 + random.below(40)}`;
      send(peer, [{ source, destination: HOST.ip, protocol: 17, identification: random.below(4), fragment, payload }]);
      if (i % 64 === 0) peer.frames();
    }
    peer.frames();
    assert.equal(peer.host.memory.memory.buffer.byteLength, before);
    assert.equal(peer.counter("heapUsed"), used);
    peer.host.advance(60_000);
    peer.frames();
    // Six of the largest at once are all that there is memory for.
    const large = Array.from({ length: 6 }, (_, i) =>
      pings(65_000, 1480, { source: `10.0.${i}.1`, identification: 1 }),
    );
    for (const fragments of large) send(peer, fragments.slice(0, 40));
    peer.host.settle();
    assert.ok(peer.counter("ipReasmFails") > 0);
  });
});

describe("UDP", () => {
  test("datagrams of every size up to the largest are echoed", () => {
    const peer = Peer.acquainted();
    for (const length of [1472, 1473, 2000, 20_000, 65_507]) {
      const payload = encodeUdp({ sourcePort: 4000, destinationPort: 7, data: octets(length) }, PEER.ip, HOST.ip);
      send(peer, cut({ protocol: PROTOCOL.udp, payload }, 1480));
      const [answer] = wholes(peer);
      const datagram = decodeUdp(answer?.payload ?? octets(0), HOST.ip, PEER.ip);
      assert.deepEqual(new Uint8Array(datagram.data), octets(length));
      assert.equal(datagram.destinationPort, 4000);
    }
  });

  test("a wrong checksum of the whole is found, also where the host vouches for that of a frame", () => {
    for (const features of [0, 0xff]) {
      const peer = Peer.acquainted({ arguments: [`--offload=${features !== 0}`], network: { features } });
      const datagram = { sourcePort: 4000, destinationPort: 7, data: octets(4000), checksum: 0x1234 };
      send(peer, cut({ protocol: PROTOCOL.udp, payload: encodeUdp(datagram, PEER.ip, HOST.ip) }, 1480));
      assert.deepEqual(wholes(peer), []);
      assert.equal(peer.counter("udpInErrors"), 1);
    }
  });

  test("large ones are sent in fragments, each within the MTU, to neighbours and to all", () => {
    for (const mtu of [68, 576, 1500]) {
      const peer = Peer.acquainted({ network: { mtu } });
      const length = mtu === 68 ? 1000 : 20_000;
      for (const to of [PEER.ip, "10.0.0.255"]) {
        assert.equal(peer.hostSends(to, 9, length), length);
        const [whole] = wholes(peer, mtu);
        assert.equal(whole?.destination, to);
        const datagram = decodeUdp(whole?.payload ?? octets(0), HOST.ip, to);
        assert.deepEqual(new Uint8Array(datagram.data), octets(length));
      }
      assert.equal(peer.counter("ipOutFragReqds"), 2);
      assert.equal(peer.counter("udpOutDatagrams"), 2);
    }
  });

  test("of one for which there are not buffers enough the rest is not sent", () => {
    const peer = Peer.acquainted({ network: { mtu: 68 } });
    const E_AGAIN = -67;
    peer.cable.stopped = true;
    assert.equal(peer.hostSends(PEER.ip, 9, 20_000), E_AGAIN);
    peer.cable.stopped = false;
    peer.host.step();
    assert.deepEqual([peer.counter("ipOutFragFails"), peer.counter("ipOutFragOKs")], [1, 0]);
    peer.frames();
    assert.equal(peer.hostSends(PEER.ip, 9, 500), 500);
    assert.equal(wholes(peer, 68).length, 1);
  });
});
