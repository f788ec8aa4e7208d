import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DHCP, decodeDhcp, encodeDhcp } from "../support/dhcp.ts";
import {
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  PROTOCOL,
} from "../support/packets.ts";
import type { SimulatedTender } from "../support/tender.ts";
import { Example, logOf } from "./example.ts";

const example = await Example.build("dhcp");
const inMemory = await Example.build("dhcp", { defaults: { leases: "memory" } });

/** Says DHCPDISCOVER, and gives the offer. */
function offerOf(...words: string[]) {
  const tender = example.simulate(...words);
  tender.block("leases", { disk: new Uint8Array(65536) });
  return offerBy(tender);
}

function offerBy(tender: SimulatedTender) {
  const net = tender.network("service");
  tender.start().settle();
  const chaddr = "02:00:00:00:00:01";
  const ends = { source: "0.0.0.0", destination: "255.255.255.255" };
  const data = encodeDhcp({ op: 1, xid: 1, chaddr, options: [[53, [DHCP.discover]]] });
  const udp = encodeUdp({ sourcePort: 68, destinationPort: 67, data }, ends.source, ends.destination);
  const payload = encodeIpv4({ ...ends, protocol: PROTOCOL.udp, payload: udp });
  net.send(encodeEthernet({ source: chaddr, destination: "ff:ff:ff:ff:ff:ff", type: ETHERTYPE.ipv4, payload }));
  tender.advance(1000);
  const frames = net.take().map((frame) => decodeEthernet(frame));
  const packets = frames.filter(({ type }) => type === ETHERTYPE.ipv4).map((frame) => decodeIpv4(frame.payload));
  const [offer] = packets.map((packet) =>
    decodeDhcp(decodeUdp(packet.payload, packet.source, packet.destination).data),
  );
  return { tender, offer };
}

describe("examples/dhcp", () => {
  test("is small", () => example.checkSize());

  test("serves Mirage's numbers, unless told otherwise", () => {
    const { tender, offer } = offerOf();
    assert.deepEqual(logOf(tender), [
      "[INFO] [stack] service has 192.168.1.5/24",
      "[INFO] [dhcp] The disk was empty; leases are kept there from now on",
      "[INFO] [dhcp] Serving 31 addresses as 192.168.1.5",
    ]);
    assert.deepEqual([offer?.yiaddr, offer?.options.get(51)], ["192.168.1.70", [0, 0, 14, 16]]);
    assert.deepEqual([...(offer?.options.keys() ?? [])], [53, 54, 51, 58, 59, 1, 28]);
    const told = offerOf(
      "--router=192.168.1.1",
      "--dns-servers=192.168.1.1,9.9.9.9",
      "--domain=home",
      "--lease=2h",
      "--first=192.168.1.80",
      "--options=252=2f",
    );
    assert.deepEqual([told.offer?.yiaddr, told.offer?.options.get(51)], ["192.168.1.80", [0, 0, 28, 32]]);
    assert.deepEqual([...(told.offer?.options.keys() ?? [])], [53, 54, 51, 58, 59, 1, 28, 3, 6, 15, 252]);
    assert.equal(offerOf("--hosts=02:00:00:00:00:01=192.168.1.10").offer?.yiaddr, "192.168.1.10");
  });

  test("needs no disk for leases in memory", () => {
    const { tender, offer } = offerBy(inMemory.simulate());
    assert.deepEqual(logOf(tender).slice(1), [
      "[INFO] [dhcp] Leases are kept in memory only: a restart forgets them",
      "[INFO] [dhcp] Serving 31 addresses as 192.168.1.5",
    ]);
    assert.equal(offer?.yiaddr, "192.168.1.70");
  });

  test("refuses what cannot be with a line that says what is expected", () => {
    for (const [word, line] of [
      ["--first=10.0.0.1", "--first and --last: expected addresses of 192.168.1.5/24, the first one first"],
      ["--hosts=x", "--hosts: x is not MAC=ADDRESS of 192.168.1.5/24, or the address is taken"],
      ["--options=66", "--options: 66 is not CODE=HEX, such as 66=74667470, or there are too many"],
      ["--lease=500ms", "--lease: expected 60s or more"],
    ] as const) {
      const { tender } = offerOf(word);
      assert.equal(tender.status, 64, word);
      assert.equal(logOf(tender).at(-1), `[ERROR] [application] ${line}`);
    }
  });
});
