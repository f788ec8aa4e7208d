import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { a, cname, decodeQuestion, encodeDns } from "../support/dns.ts";
import * as packets from "../support/packets.ts";
import { Example, logOf } from "./example.ts";

const example = await Example.build("dns-lookup");
const [guestMac, serverMac] = ["02:00:00:00:00:02", "02:00:00:00:00:01"];
const [guest, server] = ["10.0.0.2", "10.0.0.53"];

describe("examples/dns-lookup", () => {
  test("is small", () => example.checkSize());

  test("asks the server that it is given, and logs what it says", () => {
    const tender = example.simulate(`--dns-servers=${server}`, "--domain-name=www.example.org");
    const network = tender.network("service", { mac: packets.macOctets(guestMac) });
    tender.start().settle();
    const send = (type: number, payload: Uint8Array) => {
      network.send(packets.encodeEthernet({ destination: guestMac, source: serverMac, type, payload }));
      tender.settle();
    };
    const arp = packets.decodeArp(packets.decodeEthernet(network.take().at(-1) as Uint8Array).payload);
    assert.equal(arp.tpa, server);
    const reply = { operation: 2, sha: serverMac, spa: server, tha: guestMac, tpa: guest };
    send(packets.ETHERTYPE.arp, packets.encodeArp(reply));
    const [frame] = network.take();
    const packet = packets.decodeIpv4(packets.decodeEthernet(frame as Uint8Array).payload);
    const datagram = packets.decodeUdp(packet.payload, guest, server);
    assert.equal(datagram.destinationPort, 53);
    assert.ok(datagram.sourcePort >= 49152);
    const { id, name } = decodeQuestion(datagram.data);
    const answers = [
      cname(name, "host.example.org"),
      a("host.example.org", "192.0.2.7"),
      a("host.example.org", "192.0.2.8"),
    ];
    const data = encodeDns({ id, question: name, answers });
    const answer = { sourcePort: 53, destinationPort: datagram.sourcePort, data };
    const payload = packets.encodeUdp(answer, server, guest);
    send(
      packets.ETHERTYPE.ipv4,
      packets.encodeIpv4({ source: server, destination: guest, protocol: packets.PROTOCOL.udp, payload }),
    );
    assert.deepEqual(logOf(tender).slice(-2), [
      "[INFO] [application] www.example.org: 192.0.2.7",
      "[INFO] [application] www.example.org: 192.0.2.8",
    ]);
    assert.equal(tender.status, 0);
  });

  test("tells what is wrong: no server, no name", () => {
    for (const [words, line] of [
      [["--domain-name=example.org"], "[ERROR] [application] example.org: E_UNREACHABLE"],
      [["--domain-name=a..b"], "[ERROR] [application] a..b: E_INVALID"],
      [["--domain-name=192.0.2.1"], "[INFO] [application] 192.0.2.1: 192.0.2.1"],
    ] as const) {
      const tender = example.simulate(...words);
      tender.network("service");
      tender.start().settle();
      assert.equal(logOf(tender).at(-1), line);
      assert.equal(tender.status, 0);
    }
  });
});
