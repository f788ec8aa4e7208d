/** Frames that no sound peer sends, and what a host must not answer (RFC 1122): nothing comes back, the guest goes on. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  BROADCAST,
  decodeIcmp,
  decodeIpv4,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  encodeUdp,
  type IcmpMessage,
  type Ipv4Packet,
  PROTOCOL,
} from "../support/packets.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";
import { ARP_REQUEST, ECHO_REPLY, ECHO_REQUEST, Station } from "./support/station.ts";

const GUEST = "10.0.0.2";
const PEER = "10.0.0.9";
const PEER_MAC = "02:00:00:00:00:09";
const CLOSED_PORT = 9;

/** An echo request that would be answered, but for what is changed. */
function echoFrame(ip: Partial<Ipv4Packet> = {}, icmp: Partial<IcmpMessage> = {}, frame: Partial<EthernetFrame> = {}) {
  const payload = encodeIcmp({ type: ECHO_REQUEST, code: 0, word: 1, data: Buffer.from("hello, world"), ...icmp });
  const packet = encodeIpv4({ source: PEER, destination: GUEST, protocol: PROTOCOL.icmp, payload, ...ip });
  return encodeEthernet({
    destination: GUEST_MAC,
    source: PEER_MAC,
    type: ETHERTYPE.ipv4,
    payload: packet,
    ...frame,
  });
}

/** A datagram to a port where nobody listens, which would bring an ICMP error. */
function udpFrame(ip: Partial<Ipv4Packet> = {}, destination = GUEST_MAC, checksum?: number): Uint8Array {
  const datagram = { sourcePort: 4000, destinationPort: CLOSED_PORT, data: Buffer.from("to nobody") };
  const whole = { source: PEER, destination: GUEST, protocol: PROTOCOL.udp, ...ip };
  const payload = encodeUdp(
    { ...datagram, ...(checksum !== undefined && { checksum }) },
    whole.source,
    whole.destination,
  );
  const packet = encodeIpv4({ payload, ...whole });
  return encodeEthernet({ destination, source: PEER_MAC, type: ETHERTYPE.ipv4, payload: packet });
}

/** Bytes as of chance, the same in each run (Numerical Recipes' generator). */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

describe("not answered", () => {
  let station: Station;
  let tender: Program;

  before(async () => {
    const host = await Host.make();
    await host.tap("tap0");
    const udp = await image("examples/network-udp");
    tender = await host.serving("Echoing UDP on port 7", "--net=tap0", `--net-mac=${GUEST_MAC}`, udp);
    station = await Station.open(host, "tap0");
    station.neighbours.set(PEER, PEER_MAC);
  });

  const unanswered = (...frames: Uint8Array[]) => station.unanswered(frames, PEER, GUEST);

  test("unless there is nothing wrong: these frames are answered", async () => {
    station.send(echoFrame());
    await station.next("the answer to a sound echo request", ({ type, payload }) => {
      if (type !== ETHERTYPE.ipv4) return undefined;
      const message = decodeIcmp(decodeIpv4(payload).payload);
      return (
        (message.type === ECHO_REPLY && Buffer.from(message.data).equals(Buffer.from("hello, world"))) || undefined
      );
    });
    station.send(udpFrame());
    await station.next("the ICMP error about a datagram to a closed port", ({ type, payload }) => {
      if (type !== ETHERTYPE.ipv4) return undefined;
      const { type: kind, code, data } = decodeIcmp(decodeIpv4(payload).payload);
      // Destination unreachable: port unreachable, with the datagram quoted (RFC 792).
      return (kind === 3 && code === 3 && Buffer.from(data).includes("to nobody")) || undefined;
    });
  });

  test("wrong checksums", () =>
    unanswered(
      echoFrame({}, { checksum: 0x1234 }),
      echoFrame({}, { checksum: 0 }),
      echoFrame({ checksum: 0x1234 }),
      echoFrame({ checksum: 0 }),
      udpFrame({}, GUEST_MAC, 0x1234),
    ));

  test("an echo request that was cut at any place", () => {
    const whole = echoFrame();
    // What is shorter than an Ethernet header does not get through a tap.
    const frames = Array.from({ length: whole.length - 14 }, (_, cut) => whole.subarray(0, 14 + cut));
    assert(frames.length > 30);
    return unanswered(...frames);
  });

  test("wrong lengths and versions", () =>
    unanswered(
      ...[0, 1, 19, 20, 27, 41, 1500, 65535].map((totalLength) => echoFrame({ totalLength })),
      ...[0, 4, 16, 24, 40, 60].map((headerLength) => echoFrame({ headerLength })),
      ...[0, 5, 6, 15].map((version) => echoFrame({ version })),
    ));

  test("fragments", () => unanswered(...[0x2000, 0x2001, 0x0001, 0x1fff].map((fragment) => echoFrame({ fragment }))));

  test("senders that are no single host", () => {
    const sources = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "10.0.0.255", GUEST];
    return unanswered(...sources.flatMap((source) => [echoFrame({ source }), udpFrame({ source })]));
  });

  test("other destinations", () =>
    unanswered(
      echoFrame({ destination: "10.0.0.3" }),
      echoFrame({ destination: "127.0.0.1" }),
      echoFrame({}, {}, { destination: "02:00:00:00:00:77" }),
      echoFrame({}, {}, { destination: "01:00:5e:00:00:01" }),
      udpFrame({}, "02:00:00:00:00:77"),
    ));

  test("broadcasts", () =>
    unanswered(
      ...["10.0.0.255", "255.255.255.255"].flatMap((destination) => [
        echoFrame({ destination }, {}, { destination: BROADCAST }),
        udpFrame({ destination }, BROADCAST),
        // To all hosts, but sent to one station only.
        udpFrame({ destination }),
      ]),
      // For one host, but sent to all stations (RFC 1122, 3.3.6).
      echoFrame({}, {}, { destination: BROADCAST }),
      udpFrame({}, BROADCAST),
    ));

  test("ICMP errors about whatever", () =>
    unanswered(...[3, 4, 5, 11, 12, 0, 13, 200].map((type) => echoFrame({}, { type, code: 1 }))));

  test("ARP that is none", () => {
    const ask = { operation: ARP_REQUEST, sha: PEER_MAC, spa: PEER, tha: "00:00:00:00:00:00", tpa: GUEST };
    const arp = (payload: Uint8Array) =>
      encodeEthernet({ destination: BROADCAST, source: PEER_MAC, type: ETHERTYPE.arp, payload });
    const whole = encodeArp(ask);
    return unanswered(
      ...Array.from({ length: whole.length }, (_, cut) => arp(whole.subarray(0, cut))),
      arp(encodeArp({ ...ask, hrd: 6 })),
      arp(encodeArp({ ...ask, pro: 0x86dd })),
      arp(encodeArp({ ...ask, hln: 8 })),
      arp(encodeArp({ ...ask, pln: 16 })),
      arp(encodeArp({ ...ask, operation: 9 })),
      arp(encodeArp({ ...ask, sha: BROADCAST })),
      arp(encodeArp({ ...ask, tpa: "10.0.0.3" })),
    );
  });

  test("other protocols of the link", () =>
    unanswered(...[0x86dd, 0x88cc, 0x8100, 0x0000, 0x0026, 0xffff].map((type) => echoFrame({}, {}, { type }))));

  test("noise", () => {
    const frames = [ETHERTYPE.ipv4, ETHERTYPE.arp, 0x1234].flatMap((type) =>
      Array.from({ length: 60 }, (_, i) =>
        encodeEthernet({ destination: GUEST_MAC, source: PEER_MAC, type, payload: noise(i * 25, i + type) }),
      ),
    );
    return unanswered(...frames);
  });

  test("and nothing of it troubled the guest", () => {
    assert(tender.running);
    assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
  });
});

test("frames that outgrow the MTU which the guest started with are not answered", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0");
  const udp = await image("examples/network-udp");
  const tender = await host.serving("Echoing UDP on port 7", "--net=tap0", `--net-mac=${GUEST_MAC}`, udp);
  await host.run("ip", "link", "set", "dev", "tap0", "mtu", "65521");
  const station = await Station.open(host, "tap0");
  station.neighbours.set(PEER, PEER_MAC);
  // 1472 bytes of data fill a frame. The guest's buffers hold a little more than one; a frame may span several.
  for (const size of [1473, 1476, 1477, 1500, 1536, 1537, 3000, 4500, 9000, 30_000, 65_400]) {
    const data = new Uint8Array(size);
    await station.unanswered([echoFrame({}, { data }), echoFrame({}, { data })], PEER, GUEST);
  }
  // More of them at once than there are receive buffers.
  const large = echoFrame({}, { data: new Uint8Array(60_000) });
  await station.unanswered(
    Array.from({ length: 50 }, () => large),
    PEER,
    GUEST,
  );
  assert(tender.running);
});

test("options in an IP header do not hide an echo request", async (t) => {
  const host = await Host.make(t);
  await host.tap("tap0");
  const udp = await image("examples/network-udp");
  await host.serving("Echoing UDP on port 7", "--net=tap0", `--net-mac=${GUEST_MAC}`, udp);
  const station = await Station.open(host, "tap0");
  station.neighbours.set(PEER, PEER_MAC);
  // No operation, three times, then the end of the options (RFC 791, 3.1).
  station.send(echoFrame({ options: Uint8Array.of(1, 1, 1, 0) }, { word: 77 }));
  await station.next("the answer", ({ type, payload }) => {
    if (type !== ETHERTYPE.ipv4) return undefined;
    return decodeIcmp(decodeIpv4(payload).payload).word === 77 || undefined;
  });
});
