/** Several addresses, routes and path MTUs, all of which change while the host runs. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BROADCAST, encodeIpv4, encodeUdp, ipv4Number, macNumber, PROTOCOL } from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { HOST, PEER, Peer } from "./peer.ts";

const E_TOO_LONG = -68;
const E_UNREACHABLE = -69;
const E_REFUSED = -71;
const ZERO = "00:00:00:00:00:00";
const OTHER = "192.168.5.9";

function add(peer: Peer, address: string, length: number): void {
  peer.host.exports["addAddress"]?.(ipv4Number(address), length);
  // What is called from outside of a step is seen after the next one.
  peer.host.step();
}

function remove(peer: Peer, address: string): void {
  peer.host.exports["removeAddress"]?.(ipv4Number(address));
}

describe("addresses", () => {
  test("each one is announced, answers ARP, and is what answers come from", () => {
    const peer = Peer.acquainted();
    add(peer, OTHER, 24);
    const [announced] = peer.arps();
    assert.deepEqual([announced?.spa, announced?.tpa], [OTHER, OTHER]);
    peer.arp({ operation: 1, sha: PEER.mac, spa: "192.168.5.1", tha: ZERO, tpa: OTHER });
    assert.deepEqual(
      peer.arps().map(({ spa }) => spa),
      [OTHER],
    );
    for (const [source, destination] of [
      [PEER.ip, HOST.ip],
      ["192.168.5.1", OTHER],
    ] as const) {
      peer.ping(8, { source, destination });
      peer.udp({}, { source, destination });
      peer.udp({ destinationPort: 9 }, { source, destination });
      const answers = [...peer.packets(PROTOCOL.icmp)];
      assert.equal(answers.length, 2);
      for (const answer of answers) assert.deepEqual([answer.source, answer.destination], [destination, source]);
    }
    peer.udp({ sourcePort: 5 }, { source: "192.168.5.1", destination: OTHER });
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ source }) => source),
      [OTHER],
    );
  });

  test("an answer comes from the address that was asked, be it not the one of that network", () => {
    const peer = Peer.acquainted();
    add(peer, "10.0.0.77", 24);
    peer.frames();
    peer.udp({}, { destination: "10.0.0.77" });
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ source }) => source),
      ["10.0.0.77"],
    );
    peer.udp({}, { destination: "10.0.0.255" }, { destination: BROADCAST });
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ source }) => source),
      [HOST.ip],
    );
  });

  test("a datagram to another network of ours comes from the address there, and ARP asks from it, too", () => {
    const peer = Peer.acquainted();
    add(peer, OTHER, 24);
    peer.frames();
    assert.equal(peer.hostSends("192.168.5.1", 9, 4), 4);
    assert.deepEqual(
      peer.arps().map(({ spa, tpa }) => [spa, tpa]),
      [[OTHER, "192.168.5.1"]],
    );
    peer.arp({ operation: 2, sha: PEER.mac, spa: "192.168.5.1", tha: HOST.mac, tpa: OTHER });
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ source }) => source),
      [OTHER],
    );
  });

  test("one that is removed is silent, and its network gone; one that was added twice, too", () => {
    const peer = Peer.acquainted();
    add(peer, OTHER, 24);
    add(peer, OTHER, 16);
    peer.frames();
    remove(peer, OTHER);
    remove(peer, "192.168.5.8");
    peer.arp({ operation: 1, sha: PEER.mac, spa: "192.168.5.1", tha: ZERO, tpa: OTHER });
    peer.ping(8, { source: "192.168.5.1", destination: OTHER });
    assert.equal(peer.hostSends("192.168.5.1", 9, 4), E_UNREACHABLE);
    assert.deepEqual(peer.frames(), []);
    peer.ping();
    assert.equal(peer.icmps().length, 1);
  });

  test("the network of two addresses stays while one of them does", () => {
    const peer = Peer.acquainted();
    add(peer, "10.0.0.77", 24);
    remove(peer, HOST.ip);
    peer.frames();
    assert.equal(peer.hostSends(PEER.ip, 9, 4), 4);
    assert.deepEqual(
      peer.packets(PROTOCOL.udp).map(({ source }) => source),
      ["10.0.0.77"],
    );
  });

  test("without any, broadcasts are heard, and sent from 0.0.0.0; nothing else is", () => {
    const peer = Peer.acquainted();
    remove(peer, HOST.ip);
    assert.equal(peer.hostSends(PEER.ip, 9, 4), E_UNREACHABLE);
    assert.equal(peer.hostSends("10.0.0.255", 9, 4), E_UNREACHABLE);
    peer.ping();
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.hostSends("255.255.255.255", 67, 300), 300);
    const [frame] = peer.frames();
    assert.equal(frame?.destination, BROADCAST);
    assert.deepEqual([...(frame?.payload.subarray(12, 20) ?? [])], [0, 0, 0, 0, 255, 255, 255, 255]);
    peer.udp({}, { destination: "255.255.255.255" }, { destination: BROADCAST });
    peer.frames();
    assert.equal(peer.counter("udpInDatagrams"), 1);
  });

  test("who else has an address, or wants it, is found before it is used (RFC 5227, 2.1.1)", () => {
    const rival = "02:00:00:00:00:99";
    for (const packet of [
      { operation: 2, sha: rival, spa: OTHER, tha: HOST.mac, tpa: "0.0.0.0" },
      { operation: 1, sha: rival, spa: OTHER, tha: ZERO, tpa: PEER.ip },
      { operation: 1, sha: rival, spa: "0.0.0.0", tha: ZERO, tpa: OTHER },
    ]) {
      const peer = Peer.acquainted();
      peer.host.exports["probe"]?.(ipv4Number(OTHER));
      peer.host.step();
      assert.deepEqual(
        peer.arps().map(({ spa, tpa }) => [spa, tpa]),
        [["0.0.0.0", OTHER]],
      );
      peer.arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: ZERO, tpa: OTHER });
      peer.arp({ operation: 1, sha: HOST.mac, spa: "0.0.0.0", tha: ZERO, tpa: OTHER });
      peer.frames();
      assert.equal(peer.counter("claimant"), 0);
      peer.arp(packet);
      peer.frames();
      assert.equal(peer.counter("claimant"), Number(macNumber([2, 0, 0, 0, 0, 0x99])));
      peer.host.exports["probe"]?.(ipv4Number("192.168.5.10"));
      assert.equal(peer.counter("claimant"), 0);
    }
  });
});

describe("routes", () => {
  const [near, far, last] = ["10.0.0.11", "10.0.0.12", "10.0.0.13"];
  /** Whom the host asks for when it sends there. */
  const hop = (peer: Peer, to: string) => {
    const result = peer.hostSends(to, 9, 4);
    const [asked] = peer.arps();
    return result < 0 ? result : asked?.tpa;
  };
  const route = (peer: Peer, network: string, length: number, gateway: string) =>
    peer.host.exports["addRoute"]?.(ipv4Number(network), length, ipv4Number(gateway));

  test("the longest prefix counts, in whatever order they came", () => {
    const routes = [
      ["172.16.0.0", 12, near],
      ["172.16.7.0", 24, far],
      ["172.16.7.128", 25, last],
      ["172.16.7.1", 32, near],
    ] as const;
    for (const order of [routes, [...routes].reverse()]) {
      const peer = Peer.acquainted({ arguments: ["--ipv4-gateway=10.0.0.254"] });
      for (const [network, length, gateway] of order) route(peer, network, length, gateway);
      const expected = { "172.20.0.1": near, "172.16.7.2": far, "172.16.7.200": last, "8.8.8.8": "10.0.0.254" };
      for (const [to, gateway] of Object.entries(expected)) {
        const fresh = Peer.acquainted({ arguments: ["--ipv4-gateway=10.0.0.254"] });
        for (const [network, length, way] of order) route(fresh, network, length, way);
        assert.equal(hop(fresh, to), gateway, to);
      }
      assert.equal(hop(peer, "10.0.0.99"), "10.0.0.99", "the link's own network");
    }
  });

  test("one for the same network takes the place of the one before, and a removed one is gone", () => {
    const peer = Peer.acquainted();
    route(peer, "172.16.0.0", 12, near);
    route(peer, "172.16.5.5", 12, far);
    assert.equal(hop(peer, "172.16.0.1"), far);
    const gone = () => peer.host.exports["removeRoute"]?.(ipv4Number("172.16.0.0"), 12);
    assert.deepEqual([gone(), gone()], [1, 0]);
    assert.equal(hop(peer, "172.16.0.1"), E_UNREACHABLE);
    peer.host.exports["setGateway"]?.(ipv4Number(last));
    assert.equal(hop(peer, "172.16.0.1"), last);
    peer.host.exports["setGateway"]?.(0);
    assert.equal(hop(peer, "172.16.0.1"), E_UNREACHABLE);
  });

  test("a network can be on the link without an address of ours in it", () => {
    const peer = Peer.acquainted();
    route(peer, "172.16.0.0", 12, "0.0.0.0");
    assert.equal(hop(peer, "172.16.0.1"), "172.16.0.1");
  });
});

describe("errors about datagrams of ours", () => {
  /** A host whose socket on an ephemeral port is connected to the peer's port 9, and has sent something there. */
  function connected(dontFragment = false): { peer: Peer; port: number } {
    const peer = Peer.acquainted();
    peer.hostSends(PEER.ip, 9, 30);
    peer.host.exports["connectSender"]?.(ipv4Number(PEER.ip), 9, dontFragment ? 1 : 0);
    peer.frames();
    return { peer, port: peer.counter("senderPort") };
  }

  /** An error about a datagram from `port` to the peer's port 9, unless told otherwise. */
  function complain(
    peer: Peer,
    sourcePort: number,
    error: { type: number; code: number; word?: number },
    quoted: { source?: string; destination?: string; port?: number; length?: number; fragment?: number } = {},
  ): void {
    const { source = HOST.ip, destination = PEER.ip, port = 9, length = 30, fragment = 0 } = quoted;
    const datagram = { sourcePort, destinationPort: port, data: octets(length) };
    const payload = encodeUdp(datagram, source, destination);
    const data = encodeIpv4({ source, destination, protocol: PROTOCOL.udp, payload, fragment }).subarray(0, 28);
    peer.icmp({ word: 0, ...error, data }, { source: "10.0.0.3" });
    peer.host.settle();
  }

  const receive = (peer: Peer) => Number(peer.host.exports["senderReceives"]?.());

  test("are told by recvFrom of a connected socket, once", () => {
    for (const [type, code, expected] of [
      [3, 3, E_REFUSED],
      [3, 2, E_REFUSED],
      [3, 0, E_UNREACHABLE],
      [3, 1, E_UNREACHABLE],
      [3, 13, E_UNREACHABLE],
      [11, 0, E_UNREACHABLE],
      [11, 3, E_UNREACHABLE],
      [12, 0, E_UNREACHABLE],
    ] as const) {
      const { peer, port } = connected();
      complain(peer, port, { type, code });
      assert.equal(receive(peer), expected, `${type}/${code}`);
      assert.throws(() => receive(peer), "now it would wait");
    }
  });

  test("come after the datagrams that are there", () => {
    const { peer, port } = connected();
    complain(peer, port, { type: 3, code: 3 });
    peer.udp({ sourcePort: 9, destinationPort: port, data: octets(7) });
    peer.host.settle();
    assert.equal(receive(peer), 7);
    assert.equal(receive(peer), E_REFUSED);
  });

  test("that are about something else are not believed", () => {
    const { peer, port } = connected();
    complain(peer, port, { type: 3, code: 3 }, { port: 10 });
    complain(peer, port, { type: 3, code: 3 }, { destination: "10.0.0.4" });
    complain(peer, port, { type: 3, code: 3 }, { source: "10.0.0.4" });
    complain(peer, port, { type: 3, code: 3 }, { fragment: 5 });
    complain(peer, port + 1, { type: 3, code: 3 });
    complain(peer, 7, { type: 3, code: 3 });
    complain(peer, port, { type: 4, code: 0 });
    complain(peer, port, { type: 5, code: 1 });
    for (const length of [0, 19, 20, 27]) {
      const data = encodeIpv4({ source: HOST.ip, destination: PEER.ip, protocol: 17, payload: octets(8) });
      peer.icmp({ type: 3, code: 3, word: 0, data: data.subarray(0, length) });
    }
    peer.host.settle();
    assert.equal(peer.counter("icmpInErrors"), 4, "quotes that are too short");
    assert.throws(() => receive(peer), "there is nothing to tell");
  });

  test("do not stop a socket that serves many", () => {
    const peer = Peer.acquainted();
    complain(peer, 7, { type: 3, code: 3 });
    // Nowhere is where a socket without a peer is connected to.
    complain(peer, 7, { type: 3, code: 3 }, { destination: "0.0.0.0", port: 0 });
    peer.udp({});
    assert.equal(peer.udps().length, 1);
  });

  test("a connected socket hears its peer only", () => {
    const { peer, port } = connected();
    peer.udp({ sourcePort: 10, destinationPort: port });
    peer.udp({ sourcePort: 9, destinationPort: port }, { source: "10.0.0.4" });
    peer.frames();
    assert.equal(peer.counter("udpNoPorts"), 2);
    peer.udp({ sourcePort: 9, destinationPort: port, data: octets(3) });
    peer.host.settle();
    assert.equal(receive(peer), 3);
  });

  describe("that say that routers may not cut it", () => {
    const TOO_LARGE = { type: 3, code: 4 };
    const mtu = (peer: Peer) => Number(peer.host.exports["pathMtu"]?.(ipv4Number(PEER.ip)));

    test("lower the path's MTU for ten minutes (RFC 1191)", () => {
      const { peer, port } = connected(true);
      assert.equal(peer.hostSends(PEER.ip, 9, 1472), 1472);
      assert.equal(peer.packets(17)[0]?.fragment, 0x4000);
      complain(peer, port, { ...TOO_LARGE, word: 1400 }, { length: 1472 });
      assert.equal(receive(peer), E_TOO_LONG);
      assert.equal(mtu(peer), 1400);
      assert.equal(peer.hostSends(PEER.ip, 9, 1373), E_TOO_LONG);
      assert.equal(peer.hostSends(PEER.ip, 9, 1372), 1372);
      complain(peer, port, { ...TOO_LARGE, word: 1450 }, { length: 1472 });
      assert.equal(mtu(peer), 1400, "it never grows by what somebody says");
      peer.host.advance(599_999);
      assert.equal(mtu(peer), 1400);
      peer.host.advance(1);
      peer.host.step();
      assert.equal(mtu(peer), 1500);
    });

    test("are not believed below 552 octets, and then routers may cut", () => {
      const { peer, port } = connected(true);
      complain(peer, port, { ...TOO_LARGE, word: 68 }, { length: 1472 });
      assert.equal(mtu(peer), 552);
      assert.equal(peer.hostSends(PEER.ip, 9, 100), 100);
      assert.equal(peer.packets(17)[0]?.fragment, 0);
    });

    test("without the size, or with one that cannot be, lower it to the next usual one (RFC 1191, 5 and 7.1)", () => {
      for (const word of [0, 1500, 65_535]) {
        const { peer, port } = connected(true);
        const lowered = [1472, 1464, 978].map((length) => {
          complain(peer, port, { ...TOO_LARGE, word }, { length });
          return mtu(peer);
        });
        assert.deepEqual(lowered, [1492, 1006, 552], `word ${word}`);
      }
    });

    test("are not believed of what routers may cut, or of others", () => {
      const plain = connected();
      complain(plain.peer, plain.port, { ...TOO_LARGE, word: 1000 }, { length: 1472 });
      assert.equal(mtu(plain.peer), 1500);
      const { peer, port } = connected(true);
      complain(peer, port, { ...TOO_LARGE, word: 1000 }, { length: 1472, port: 10 });
      complain(peer, 7, { ...TOO_LARGE, word: 1000 }, { length: 1472 });
      assert.equal(mtu(peer), 1500);
    });

    test("make fragments of what is sent without that", () => {
      const { peer, port } = connected(true);
      complain(peer, port, { ...TOO_LARGE, word: 1000 }, { length: 1472 });
      peer.udp({ data: octets(1472) });
      assert.deepEqual(
        peer.packets(17).map(({ totalLength }) => totalLength),
        [996, 524],
      );
      peer.ping(1472);
      assert.deepEqual(
        peer.packets(1).map(({ totalLength }) => totalLength),
        [996, 524],
      );
    });
  });
});
