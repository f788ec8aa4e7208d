/** Images that take the network apart: raw Ethernet, and a stack put together by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeIpv4, ETHERTYPE, encodeEthernet, encodeIpv4 } from "../support/packets.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import { Station } from "./support/station.ts";

const OTHER = "02:00:00:00:00:99";
const EXPERIMENTAL = 0x88b5;

test("examples/raw-ethernet answers its frames, and shows others", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, await image("examples/raw-ethernet"), "-l", "debug"];
  const tender = await host.serving(`Listening as ${GUEST_MAC}`, ...words);
  const station = await Station.open(host, "tap0");
  const payload = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
  // For others, and of other types: shown only.
  station.send(encodeEthernet({ destination: "02:00:00:00:00:77", source: OTHER, type: EXPERIMENTAL, payload }));
  station.send(encodeEthernet({ destination: GUEST_MAC, source: OTHER, type: 0x1234, payload }));
  station.send(encodeEthernet({ destination: GUEST_MAC, source: OTHER, type: EXPERIMENTAL, payload }));
  const answer = await station.next("the answer", (frame) => (frame.source === GUEST_MAC ? frame : undefined));
  assert.deepEqual(answer, { destination: OTHER, source: GUEST_MAC, type: EXPERIMENTAL, payload });
  await assert.rejects(host.run("ping", "-c", "1", "-W", "1", "10.0.0.2"), /100% packet loss/);
  tender.kill("SIGTERM");
  const output = await tender.endedWith(0);
  assert.match(output, new RegExp(`Answering ${OTHER}`));
  assert.match(output, new RegExp(`${OTHER} > ${GUEST_MAC} type ${0x1234} length 314`));
  assert.match(output, /> ff:ff:ff:ff:ff:ff type 2054 length 42/);
});

test("examples/custom-stack has two addresses, a protocol of its own, no ICMP errors, and counters", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  await host.run("ip", "address", "add", "10.0.7.1/24", "dev", "tap0");
  const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, await image("examples/custom-stack")];
  const tender = await host.serving("2 addresses, port 7", ...words, "--ipv4=10.0.0.2/24,10.0.7.2/24");
  for (const address of ["10.0.0.2", "10.0.7.2"]) {
    await host.ping(address);
    assert.equal(await host.run("nc", "-d", "-N", "-w", "5", address, "7"), `You have reached ${address}\n`);
  }
  // A closed port is silent: else the second one would end with "Connection refused".
  await host.run("bash", "-c", "echo x > /dev/udp/10.0.0.2/99; sleep 0.1; echo x > /dev/udp/10.0.0.2/99");

  const station = await Station.open(host, "tap0");
  const addresses = { source: "10.0.0.1", destination: "10.0.7.2" };
  const payload = encodeIpv4({ ...addresses, protocol: 253, payload: Buffer.from("mirror") });
  const source = (await host.run("cat", "/sys/class/net/tap0/address")).trim();
  station.send(encodeEthernet({ destination: GUEST_MAC, source, type: ETHERTYPE.ipv4, payload }));
  const answer = await station.next("the mirrored datagram", ({ source, type, payload }) => {
    if (source !== GUEST_MAC || type !== ETHERTYPE.ipv4) return undefined;
    const packet = decodeIpv4(payload);
    return packet.protocol === 253 ? packet : undefined;
  });
  assert.deepEqual([answer.source, answer.destination], ["10.0.7.2", "10.0.0.1"]);
  assert.equal(Buffer.from(answer.payload).toString(), "mirror");

  tender.kill("SIGUSR1");
  await tender.printed(/\[statistics\] arp:.*\n/);
  tender.kill("SIGTERM");
  const output = await tender.endedWith(0);
  assert.match(output, /\[INFO\] \[statistics\] service: ifInOctets=\d+ .*ifOutOctets=\d+\n/);
  assert.match(output, /\[statistics\] arp: arpInRequests=\d+/);
  assert.match(output, /\[statistics\] ipv4: ipInReceives=\d+ ipInDelivers=\d+ ipOutRequests=\d+\n/);
  assert.match(output, /\[statistics\] icmp: icmpInMsgs=\d+ .*icmpOutEchoReps=\d+\n/);
  assert.match(output, /\[statistics\] udp: udpNoPorts=2\n/);
  assert.match(output, /\[statistics\] tcp: tcpPassiveOpens=2 .*tcpInSegs=\d+ tcpOutSegs=\d+\n/);
});
