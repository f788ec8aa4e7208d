import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  BROADCAST,
  ETHERTYPE,
  type EthernetFrame,
  encodeIcmp,
  encodeIpv4,
  type Ipv4Packet,
  ipv4Number,
  PROTOCOL,
} from "../../support/packets.ts";
import { Random } from "../../support/random.ts";
import { octets } from "./octets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

const NAMES = [
  "ipInHdrErrors",
  "ipInAddrErrors",
  "ipInTruncatedPkts",
  "ipInUnknownProtos",
  "ipInDelivers",
  "ipReasmReqds",
  "ipReasmFails",
];
const E_UNREACHABLE = -69;
const E_TOO_LONG = -68;

/** Sends a ping with something wrong; it must be dropped, and count as said. */
function dropped(what: string, packet: Partial<Ipv4Packet>, counts: object, frame: Partial<EthernetFrame> = {}): void {
  test(`${what} is dropped and counted`, () => {
    const peer = Peer.acquainted();
    peer.ping(20, packet, frame);
    assert.deepEqual(peer.frames(), []);
    assert.deepEqual(peer.counters(...NAMES), counts);
    peer.ping();
    assert.equal(peer.icmps().length, 1, "the host goes on");
  });
}

describe("headers", () => {
  dropped("a wrong checksum", { checksum: 0x1234 }, { ipInHdrErrors: 1 });
  dropped("version 6", { version: 6 }, { ipInHdrErrors: 1 });
  dropped("an IHL of 4", { headerLength: 16 }, { ipInHdrErrors: 1 });
  dropped("a total length below the header's", { totalLength: 19 }, { ipInHdrErrors: 1 });
  dropped("a total length beyond the frame", { totalLength: 49 }, { ipInTruncatedPkts: 1 });
  dropped("a total length of 65535", { totalLength: 65535 }, { ipInTruncatedPkts: 1 });

  test("truncated at every length", () => {
    const peer = Peer.acquainted();
    const message = encodeIcmp({ type: 8, code: 0, word: 1, data: octets(20) });
    const whole = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: 1, payload: message });
    for (let length = 0; length < whole.length; length++) peer.send({ payload: whole.subarray(0, length) });
    assert.deepEqual(peer.frames(), []);
    assert.deepEqual(peer.counters(...NAMES), { ipInTruncatedPkts: whole.length });
    assert.equal(peer.counter("ipInReceives"), whole.length);
  });

  test("options are skipped", () => {
    const peer = Peer.acquainted();
    const options = [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [1, 1, 0, 0xff],
      [7, 4, 4, 0],
      [7, 39, ...new Array(37).fill(9), 0],
      [0x94, 4, 0, 0],
      [200, 2, 201, 6, 1, 2, 3, 4],
    ];
    for (const [i, list] of options.entries()) peer.ping(i, { options: Uint8Array.from(list) });
    assert.deepEqual(
      peer.icmps().map((reply) => reply.data),
      options.map((_, i) => octets(i)),
    );
  });

  for (const option of [131, 137])
    dropped(
      `a route that the sender chose (option ${option})`,
      { options: Uint8Array.of(1, option, 7, 8, 10, 0, 0, 9) },
      { ipInHdrErrors: 1 },
    );

  test("an option with an impossible length is a parameter problem, with a pointer to that (RFC 1122, 3.2.2.5)", () => {
    const peer = Peer.acquainted();
    for (const [pointer, ...options] of [
      [21, 7, 0, 0, 0],
      [21, 7, 1, 0, 0],
      [21, 7, 5, 0, 0],
      [24, 1, 1, 1, 7],
      [26, 9, 5, 0, 0, 0, 200, 4, 0],
    ] as const) {
      const fields = { sourcePort: 1, destinationPort: 7, data: octets(20) };
      peer.udp(fields, { options: Uint8Array.from(options) });
      const [error] = peer.icmps();
      assert.deepEqual([error?.type, error?.code, error?.word], [12, 0, (pointer as number) * 2 ** 24]);
      assert.equal(error?.data.length, 20 + options.length + 28);
      peer.udp(fields, { options: Uint8Array.from(options), destination: "10.0.0.255" }, { destination: BROADCAST });
      assert.deepEqual(peer.frames(), []);
    }
    assert.equal(peer.counter("ipInHdrErrors"), 10);
    // RFC 1122, 3.2.2: no errors about fragments but the first.
    const wrong = { protocol: PROTOCOL.udp, payload: octets(8), options: Uint8Array.of(7, 0, 0, 0) };
    peer.ipv4({ ...wrong, fragment: 5 });
    assert.deepEqual(peer.frames(), []);
    peer.ipv4({ ...wrong, fragment: 0x2000 });
    assert.equal(peer.icmps().length, 1);
    assert.equal(peer.counter("udpInDatagrams"), 0);
  });

  test("Ethernet's padding is no part of the datagram", () => {
    const peer = Peer.acquainted();
    const message = encodeIcmp({ type: 8, code: 0, word: 1, data: octets(3) });
    const packet = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: 1, payload: message });
    peer.send({ payload: Uint8Array.from([...packet, ...new Uint8Array(15).fill(0x77)]) });
    assert.deepEqual(peer.icmps()[0]?.data, octets(3));
  });

  test("a TTL of 0 or 1 does not matter to the host it is for (RFC 1122, 3.2.1.7)", () => {
    const peer = Peer.acquainted();
    peer.ping(1, { timeToLive: 0 });
    peer.ping(2, { timeToLive: 1 });
    assert.equal(peer.icmps().length, 2);
  });
});

describe("fragments", () => {
  // The ping has 28 octets, which only a last fragment may have.
  dropped("the first one", { fragment: 0x2000 }, { ipReasmReqds: 1, ipReasmFails: 1 });
  dropped("a middle one", { fragment: 0x2001 }, { ipReasmReqds: 1, ipReasmFails: 1 });
  dropped("the last one, alone,", { fragment: 0x0001 }, { ipReasmReqds: 1 });

  test("Don't Fragment is no fragment", () => {
    const peer = Peer.acquainted();
    peer.ping(1, { fragment: 0x4000 });
    assert.equal(peer.icmps().length, 1);
  });
});

describe("sources that are no single host", () => {
  for (const source of ["0.0.0.0", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"]) {
    dropped(source, { source }, { ipInHdrErrors: 1 });
  }
  dropped("the network's broadcast address", { source: "10.0.0.255" }, { ipInHdrErrors: 1 });
  dropped("our own address", { source: HOST.ip }, { ipInHdrErrors: 1 });
});

describe("destinations that are not us", () => {
  for (const destination of ["10.0.0.3", "192.0.2.1", "127.0.0.1", "224.0.0.1", "0.0.0.0"]) {
    dropped(destination, { destination }, { ipInAddrErrors: 1 });
  }
  dropped("our address in a broadcast frame", {}, { ipInAddrErrors: 1 }, { destination: BROADCAST });
});

describe("routing", () => {
  const GATEWAY = { mac: "02:00:00:00:00:fe", ip: "10.0.0.254" };

  test("without a gateway other networks are unreachable", () => {
    const peer = Peer.acquainted();
    assert.equal(peer.hostSends("192.0.2.1", 9, 4), E_UNREACHABLE);
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.counter("ipOutNoRoutes"), 1);
  });

  test("with a gateway their packets go to it", () => {
    const peer = Peer.acquainted({ arguments: [`--ipv4-gateway=${GATEWAY.ip}`] });
    assert.match(peer.host.lines[0] ?? "", /service has 10\.0\.0\.2\/24, gateway 10\.0\.0\.254$/);
    assert.equal(peer.hostSends("192.0.2.1", 9, 4), 4);
    assert.deepEqual(
      peer.arps().map((arp) => arp.tpa),
      [GATEWAY.ip],
    );
    peer.arp({ operation: 2, sha: GATEWAY.mac, spa: GATEWAY.ip, tha: HOST.mac, tpa: HOST.ip });
    const [frame] = peer.frames();
    assert.equal(frame?.destination, GATEWAY.mac);
    peer.hostSends(PEER.ip, 9, 4);
    assert.equal(peer.frames()[0]?.destination, PEER.mac, "the link's own hosts are reached directly");
  });

  test("a gateway outside of the network works, as on a /32", () => {
    const peer = new Peer({ arguments: ["--ipv4=203.0.113.5/32", `--ipv4-gateway=${GATEWAY.ip}`] });
    peer.frames();
    assert.equal(peer.hostSends("192.0.2.1", 9, 4), 4);
    assert.deepEqual(
      peer.arps().map((arp) => [arp.spa, arp.tpa]),
      [["203.0.113.5", GATEWAY.ip]],
    );
    peer.arp({ operation: 2, sha: GATEWAY.mac, spa: GATEWAY.ip, tha: HOST.mac, tpa: "203.0.113.5" });
    assert.equal(peer.packets(17)[0]?.destination, "192.0.2.1");
  });

  test("broadcasts go to all stations", () => {
    const peer = Peer.acquainted();
    for (const address of ["255.255.255.255", "10.0.0.255"]) {
      assert.equal(peer.hostSends(address, 9, 4), 4);
      assert.equal(peer.frames()[0]?.destination, BROADCAST);
    }
  });

  test("groups, loopback and ourselves are unreachable", () => {
    const peer = Peer.acquainted({ arguments: [`--ipv4-gateway=${GATEWAY.ip}`] });
    for (const address of ["224.0.0.1", "127.0.0.1", "0.0.0.0", "240.0.0.1", HOST.ip]) {
      assert.equal(peer.hostSends(address, 9, 4), E_UNREACHABLE, address);
    }
    assert.deepEqual(peer.frames(), []);
  });

  test("what is sent is larger than the MTU never, as large as it always", () => {
    const peer = Peer.acquainted();
    assert.equal(peer.hostSends(PEER.ip, 9, 1500 - 28), 1500 - 28);
    assert.equal(peer.frames()[0]?.payload.length, 1500);
    assert.equal(peer.hostSends(PEER.ip, 9, 1500 - 27), 1500 - 27);
    assert.deepEqual(
      peer.frames().map((frame) => frame.payload.length),
      [1500, 21],
    );
    assert.equal(peer.hostSends(PEER.ip, 9, 65508), E_TOO_LONG);
    assert.deepEqual(peer.frames(), []);
  });

  test("datagrams are numbered, from a random start", () => {
    const numbers = (seed: number) => {
      const peer = Peer.acquainted({ seed });
      for (let i = 0; i < 3; i++) peer.ping(i);
      return peer.packets(1).map((packet) => packet.identification);
    };
    const [first, second] = [numbers(1), numbers(2)];
    assert.deepEqual(
      first.map((number) => (number - (first[0] as number)) & 0xffff),
      [0, 1, 2],
    );
    assert.notEqual(first[0], second[0]);
    assert.deepEqual(numbers(1), first, "the same seed gives the same numbers");
  });

  test("numbers tell nothing of those to others (RFC 7739), and are left out where nobody may cut (RFC 6864)", () => {
    const [others, more] = ["10.0.0.8", "10.0.0.9"] as const;
    const start = (seed: number) => {
      const peer = Peer.acquainted({ seed });
      for (const spa of [others, more]) {
        const question = { operation: 1, sha: PEER.mac, spa, tha: "00:00:00:00:00:00", tpa: HOST.ip };
        peer.arp(question);
      }
      peer.frames();
      const ask = (source: string) => {
        peer.ping(1, { source });
        return peer.packets(1)[0]?.identification ?? 0;
      };
      const [here, there, further] = [ask(PEER.ip), ask(others), ask(more)];
      assert.equal((ask(PEER.ip) - here) & 0xffff, 3, "one counter");
      return [(there - here) & 0xffff, (further - here) & 0xffff];
    };
    const [first, second] = [start(1), start(2)];
    assert.notDeepEqual(first, [1, 2]);
    assert.notDeepEqual(first, second);
    const peer = Peer.acquainted();
    peer.hostSends(PEER.ip, 9, 8);
    peer.host.exports["connectSender"]?.(ipv4Number(PEER.ip), 9, 1);
    peer.frames();
    peer.hostSends(PEER.ip, 9, 8);
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ identification, fragment }) => [identification, fragment]),
      [[0, 0x4000]],
    );
  });

  test("an address that no host can have is warned about", () => {
    for (const [prefix, wrong] of [
      ["10.0.0.0/24", true],
      ["10.0.0.255/24", true],
      ["224.0.0.1/24", true],
      ["10.0.0.1/32", false],
    ] as const) {
      const { lines } = new Peer({ arguments: [`--ipv4=${prefix}`] }).host;
      assert.equal(
        lines.some((line) => line.includes(`${prefix} cannot be a host's address`)),
        wrong,
        prefix,
      );
    }
  });
});

test("protocols that nothing takes are refused, but not when they came to all", () => {
  const peer = Peer.acquainted();
  peer.ipv4({ protocol: 132, payload: octets(30) });
  const [error] = peer.icmps();
  assert.deepEqual([error?.type, error?.code], [3, 2]);
  peer.ipv4({ protocol: 132, payload: octets(30), destination: "10.0.0.255" }, { destination: BROADCAST });
  assert.deepEqual(peer.frames(), []);
  assert.equal(peer.counter("ipInUnknownProtos"), 2);
});

test("random octets of every kind are dropped, and the host goes on", () => {
  const peer = Peer.acquainted();
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const payload = random.octets(random.below(120));
    if (i % 3 === 0) payload[0] = 0x45;
    peer.send({ payload, type: i % 5 === 0 ? ETHERTYPE.arp : ETHERTYPE.ipv4 });
  }
  assert.deepEqual(peer.frames(), []);
  peer.ping();
  assert.equal(peer.icmps().length, 1);
});
