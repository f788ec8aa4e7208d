import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGuest } from "../../support/guest.ts";
import {
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  ipv4Number,
  PROTOCOL,
} from "../../support/packets.ts";
import { octets } from "./octets.ts";
import { HOST, PEER } from "./peer.ts";

const guest = await compileGuest(import.meta.url, "sockets.as.ts");
const WAITS = 1 << 16;
const E_CANCELLED = -64;
const E_TIMEOUT = -65;
const E_CLOSED = -66;
const E_IN_USE = -70;

function start() {
  const host = guest.instantiate();
  const cable = host.network("service");
  host.start().settle();
  const call = (name: string, ...values: (number | bigint)[]) => Number(host.exports[name]?.(...values));
  const sendTo = (destination: string, ...lengths: number[]): void => sendFrom(1, destination, ...lengths);
  const sendFrom = (port: number, destination: string, ...lengths: number[]): void => {
    for (const [index, length] of lengths.entries()) {
      const datagram = { sourcePort: port + index, destinationPort: 7, data: octets(length) };
      const payload = encodeUdp(datagram, PEER.ip, destination);
      const packet = encodeIpv4({ source: PEER.ip, destination, protocol: 17, payload });
      cable.send(encodeEthernet({ destination: HOST.mac, source: PEER.mac, type: ETHERTYPE.ipv4, payload: packet }));
    }
    host.settle();
  };
  return {
    host,
    cable,
    call,
    /** Calls a function that makes fibers ready, and lets them run. */
    run(name: string, ...values: (number | bigint)[]) {
      const result = call(name, ...values);
      host.step().settle();
      return result;
    },
    /** Sends datagrams of these lengths to port 7, from ports 1, 2, 3... */
    send: (...lengths: number[]) => sendTo(HOST.ip, ...lengths),
    /** The same, to an address. */
    sendTo,
    sendFrom,
  };
}

test("a reader waits for a datagram and learns its sender", () => {
  const { call, run, send } = start();
  assert.equal(run("open", 7, 1024), 0);
  const reader = run("read", 100, 0n);
  assert.equal(call("outcome", reader), WAITS);
  send(33);
  assert.equal(call("outcome", reader), 33);
  assert.equal(call("remotePort", reader), 1);
});

test("what came before the reader is there for it, in order", () => {
  const { call, run, send } = start();
  run("open", 7, 1024);
  send(1, 2, 3);
  const readers = [run("read", 100, 0n), run("read", 100, 0n), run("read", 100, 0n)];
  assert.deepEqual(
    readers.map((reader) => [call("outcome", reader), call("remotePort", reader)]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
});

test("several readers share the datagrams, first come first served", () => {
  const { call, run, send } = start();
  run("open", 7, 1024);
  const readers = [run("read", 100, 0n), run("read", 100, 0n), run("read", 100, 0n)];
  send(11, 12);
  assert.deepEqual(
    readers.map((reader) => call("outcome", reader)),
    [11, 12, WAITS],
  );
  send(13);
  assert.equal(call("outcome", readers[2] as number), 13);
});

test("what does not fit into the buffer is cut off", () => {
  const { call, run, send } = start();
  run("open", 7, 1024);
  const [short, none, next] = [run("read", 5, 0n), run("read", 0, 0n), run("read", 100, 0n)];
  send(20, 21, 22);
  assert.deepEqual(
    [short, none, next].map((reader) => call("outcome", reader)),
    [5, 0, 22],
  );
});

test("a deadline ends the waiting, and the datagram after it is for the next reader", () => {
  const { host, call, run, send } = start();
  run("open", 7, 1024);
  const [early, late] = [run("read", 100, 50n), run("read", 100, 0n)];
  host.advance(49);
  assert.equal(call("outcome", early), WAITS);
  host.advance(1);
  assert.equal(call("outcome", early), E_TIMEOUT);
  send(8);
  assert.equal(call("outcome", late), 8);
});

test("cancelling a reader that was just woken does not lose the datagram for the others", () => {
  const { call, run, send } = start();
  run("open", 7, 1024);
  const [first, second] = [run("read", 100, 0n), run("read", 100, 0n)];
  call("cancel", first);
  send(8);
  assert.equal(call("outcome", first), E_CANCELLED);
  assert.equal(call("outcome", second), 8);
});

test("closing wakes all readers; the socket stays closed", () => {
  const { call, run } = start();
  run("open", 7, 1024);
  const readers = [run("read", 100, 0n), run("read", 100, 0n)];
  run("close");
  assert.deepEqual(
    readers.map((reader) => call("outcome", reader)),
    [E_CLOSED, E_CLOSED],
  );
  assert.equal(call("outcome", run("read", 100, 0n)), E_CLOSED);
  assert.equal(call("sendAfterClose"), E_CLOSED);
  assert.equal(call("bindAfterClose"), E_CLOSED);
});

test("closing in the same step in which a datagram came loses it, and harms nothing", () => {
  const { call, run, send } = start();
  run("open", 7, 1024);
  send(9);
  const reader = call("read", 100, 0n);
  run("close");
  assert.equal(call("outcome", reader), E_CLOSED);
});

test("a port has one socket at a time", () => {
  const { call } = start();
  assert.equal(call("open", 7, 1024), 0);
  assert.equal(call("bindAnother", 7), E_IN_USE);
  assert.equal(call("bindAnother", 39), 0, "a port of the same list");
  assert.equal(call("bindAnother", 71), 0);
  call("close");
  assert.equal(call("bindAnother", 7), 0);
  assert.equal(call("bindAnother", 39), E_IN_USE);
  assert.equal(call("bindAnother", 71), E_IN_USE);
});

test("every ephemeral port is given out once, then none is left", () => {
  const { call } = start();
  // All but the first one of each 1024, and the last one.
  call("bindAllBut", 49152, 65534, 1024);
  const free = [...Array.from({ length: 16 }, (_, i) => 49152 + i * 1024), 65535];
  const ports = free.map(() => call("anyPort"));
  assert.deepEqual(
    ports.sort((a, b) => a - b),
    free,
  );
  assert.equal(call("anyPort"), 0);
});

test("datagrams are answered where they arrive, from the address that was asked", () => {
  const { host, cable, call, sendTo, sendFrom } = start();
  call("addAddress");
  assert.equal(call("respond", 7), 0);
  assert.equal(call("respond", 7), E_IN_USE);
  assert.equal(call("open", 7, 1024), E_IN_USE);
  const packets = () =>
    cable
      .take()
      .map((frame) => decodeEthernet(frame))
      .filter(({ type }) => type === ETHERTYPE.ipv4)
      .map(({ payload }) => decodeIpv4(payload));
  const answers = () =>
    packets().map((packet) => ({
      from: packet.source,
      to: packet.destination,
      ...decodeUdp(packet.payload, packet.source, packet.destination),
    }));
  const frame = encodeArp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
  cable.send(encodeEthernet({ destination: HOST.mac, source: PEER.mac, type: ETHERTYPE.arp, payload: frame }));
  host.settle();
  answers();
  // RFC 768: port 0 is nobody's.
  sendFrom(0, HOST.ip, 5);
  assert.deepEqual(answers(), []);
  for (const [destination, mtu] of [
    [HOST.ip, 1500],
    ["10.0.0.3", 1500],
    [HOST.ip, 600],
  ] as const) {
    if (mtu < 1500) call("lowerPathMtu", ipv4Number(PEER.ip), mtu);
    sendTo(destination, 5, 0, 100);
    const all = answers();
    assert.deepEqual(
      all.map(({ from, to, sourcePort, destinationPort, data }) => [
        from,
        to,
        sourcePort,
        destinationPort,
        data.length,
      ]),
      [
        [destination, PEER.ip, 7, 1, 13],
        [destination, PEER.ip, 7, 3, 108],
      ],
    );
    const data = Buffer.from(all[0]?.data ?? []);
    assert.deepEqual([data.readUInt32LE(0), data.readUInt32LE(4)], [ipv4Number(PEER.ip), mtu - 28]);
  }
  // Closed, it answers no more, which ICMP says, and its port is free.
  call("stopResponding");
  call("stopResponding");
  sendTo(HOST.ip, 5);
  assert.deepEqual(
    packets().map(({ protocol }) => protocol),
    [PROTOCOL.icmp],
  );
  assert.equal(call("respond", 7), 0);
});
