import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Namespace, noNamespaces } from "../support/namespace.ts";
import * as packets from "../support/packets.ts";
import { Example, logOf, printed, stopped, tenderCli } from "./example.ts";

const example = await Example.build("network-udp");
const LISTENING = "[INFO] [application] Echoing UDP on port 7";

const [guestMac, hostMac] = ["02:00:00:00:00:02", "02:00:00:00:00:01"];

/** The example on a simulated network, and a host there that sends it IPv4 packets. */
function simulate(guest: string, host: string, ...words: string[]) {
  const tender = example.simulate(...words);
  const network = tender.network("service", { mac: packets.macOctets(guestMac) });
  tender.start().settle();
  network.take(); // what it says of itself when it starts
  const frame = (type: number, payload: Uint8Array) =>
    packets.encodeEthernet({ destination: guestMac, source: hostMac, type, payload });
  /** Sends a payload. @returns the payloads of the answers */
  const send = (protocol: number, payload: Uint8Array) => {
    const packet = packets.encodeIpv4({ source: host, destination: guest, protocol, payload });
    network.send(frame(packets.ETHERTYPE.ipv4, packet));
    tender.settle();
    return network.take().flatMap((bytes) => {
      const { type, destination, payload } = packets.decodeEthernet(bytes);
      if (type === packets.ETHERTYPE.arp) return answerArp(packets.decodeArp(payload));
      assert.equal(destination, hostMac);
      const answer = packets.decodeIpv4(payload);
      assert.deepEqual([answer.source, answer.destination, answer.protocol], [guest, host, protocol]);
      return [answer.payload];
    });
  };
  /** The guest asks where the host is. @returns what it sends once it knows */
  const answerArp = (request: packets.ArpPacket): Uint8Array[] => {
    assert.deepEqual([request.operation, request.spa, request.tpa], [1, guest, host]);
    const reply = { operation: 2, sha: hostMac, spa: host, tha: guestMac, tpa: guest };
    network.send(frame(packets.ETHERTYPE.arp, packets.encodeArp(reply)));
    tender.settle();
    return network
      .take()
      .map((bytes) => packets.decodeIpv4(packets.decodeEthernet(bytes).payload))
      .map((answer) => answer.payload);
  };
  return { tender, send };
}

describe("examples/network-udp", () => {
  test("is small", () => example.checkSize());

  test("answers ping and echoes UDP, at the default address and at another", () => {
    for (const [guest, host, ...words] of [
      ["10.0.0.2", "10.0.0.1"],
      ["192.168.7.9", "192.168.7.1", "--ipv4=192.168.7.9/24"],
    ] as const) {
      const { tender, send } = simulate(guest, host, ...words);
      assert.deepEqual(logOf(tender).at(-1), LISTENING);

      const data = Buffer.from("what comes back");
      const pong = send(packets.PROTOCOL.icmp, packets.encodeIcmp({ type: 8, code: 0, word: 0x12340001, data }));
      assert.equal(pong.length, 1);
      const reply = packets.decodeIcmp(pong[0] as Uint8Array);
      assert.deepEqual([reply.type, reply.word, Buffer.from(reply.data)], [0, 0x12340001, data]);

      for (let length = 0; length <= 1472; length += 92) {
        const data = Buffer.from(Uint8Array.from({ length }, (_, i) => i & 255));
        const datagram = { sourcePort: 40000 + length, destinationPort: 7, data };
        const echo = send(packets.PROTOCOL.udp, packets.encodeUdp(datagram, host, guest));
        assert.equal(echo.length, 1);
        const answer = packets.decodeUdp(echo[0] as Uint8Array, guest, host);
        assert.deepEqual([answer.sourcePort, answer.destinationPort], [7, 40000 + length]);
        assert.deepEqual(Buffer.from(answer.data), data);
      }
      assert.equal(tender.status, undefined);
    }
  });

  test("does so on a real tap, until it is stopped", { skip: noNamespaces }, async () => {
    const namespace = await Namespace.make();
    try {
      await namespace.run("ip", "tuntap", "add", "tap0", "mode", "tap");
      await namespace.run("ip", "address", "add", "10.0.0.1/24", "dev", "tap0");
      await namespace.run("ip", "link", "set", "tap0", "up");
      const child = namespace.spawn(process.execPath, [tenderCli, "--net=tap0", example.image], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await printed(child, LISTENING);
        for (const size of ["0", "56", "1472"]) {
          await namespace.run("ping", "-c", "2", "-i", "0.01", "-w", "10", "-s", size, "10.0.0.2");
        }
        const echo = await namespace.run("bash", "-c", "echo hello | socat -t 2 - udp:10.0.0.2:7");
        assert.equal(echo, "hello\n");
      } finally {
        assert.equal(await stopped(child, "SIGINT"), 0);
      }
    } finally {
      await namespace.remove();
    }
  });
});
