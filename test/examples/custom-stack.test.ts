import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVENT_USER } from "../../runtime/abi/tender.ts";
import * as packets from "../support/packets.ts";
import { Example } from "./example.ts";

const example = await Example.build("custom-stack");
const [guestMac, hostMac] = ["02:00:00:00:00:02", "02:00:00:00:00:01"];

/** The example on a simulated network, where the host at 10.0.0.1 is known. @returns what sends an IPv4 packet from there */
function simulate() {
  const tender = example.simulate("--ipv4=10.0.0.2/24,10.0.7.2/24");
  const network = tender.network("service", { mac: packets.macOctets(guestMac) });
  tender.start().settle();
  const send = (type: number, payload: Uint8Array) => {
    network.send(packets.encodeEthernet({ destination: guestMac, source: hostMac, type, payload }));
    tender.settle();
    return network.take().map((frame) => packets.decodeEthernet(frame).payload);
  };
  const arp = { operation: 1, sha: hostMac, spa: "10.0.0.1", tha: "00:00:00:00:00:00", tpa: "10.0.0.2" };
  assert.equal(send(packets.ETHERTYPE.arp, packets.encodeArp(arp)).length, 3, "two announcements, and the answer");
  return {
    tender,
    ask: (protocol: number, payload: Uint8Array, destination = "10.0.0.2") =>
      send(packets.ETHERTYPE.ipv4, packets.encodeIpv4({ source: "10.0.0.1", destination, protocol, payload })).map(
        packets.decodeIpv4,
      ),
  };
}

describe("examples/custom-stack", () => {
  test("is small", () => example.checkSize());

  test("mirrors its own protocol, from the address that was asked", () => {
    const { ask } = simulate();
    for (const destination of ["10.0.0.2", "10.0.7.2"]) {
      const [answer, ...more] = ask(253, Buffer.from("mirror"), destination);
      assert.deepEqual(more, []);
      assert.deepEqual([answer?.source, answer?.protocol], [destination, 253]);
      assert.equal(Buffer.from(answer?.payload ?? []).toString(), "mirror");
    }
    assert.deepEqual(ask(253, Buffer.from("to all"), "10.0.0.255"), []);
  });

  test("echoes UDP, and says nothing of closed ports and unknown protocols", () => {
    const { ask } = simulate();
    const datagram = (destinationPort: number) =>
      packets.encodeUdp({ sourcePort: 5, destinationPort, data: Buffer.from("x") }, "10.0.0.1", "10.0.0.2");
    assert.equal(ask(17, datagram(7)).length, 1);
    assert.deepEqual(ask(17, datagram(8)), []);
    assert.deepEqual(ask(132, Buffer.alloc(30)), []);
  });

  test("logs the counters of each layer on SIGUSR1", () => {
    const { tender, ask } = simulate();
    ask(1, packets.encodeIcmp({ type: 8, code: 0, word: 1, data: Buffer.from("ping") }));
    tender.event(EVENT_USER);
    tender.settle();
    const lines = tender.lines.filter((line) => line.includes("[statistics]")).map((line) => line.split("] ").at(-1));
    assert.deepEqual(lines, [
      "service: ifInOctets=88 ifOutOctets=172",
      "ipv4: ipInReceives=1 ipInDelivers=1 ipOutRequests=1",
      "icmp: icmpInMsgs=1 icmpInEchos=1 icmpOutEchoReps=1",
      "arp: arpInRequests=1 arpOutReplies=1",
    ]);
  });
});
