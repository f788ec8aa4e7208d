/** ARP on a real link: the guest finds its neighbours, notices when they change, and says who it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { BROADCAST, decodeArp, ETHERTYPE, type EthernetFrame, encodeArp, encodeEthernet } from "../support/packets.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import { within } from "./support/program.ts";
import { ARP_REPLY, ARP_REQUEST, Station } from "./support/station.ts";

const GUEST = "10.0.0.2";
const PEER = "10.0.0.9";
const OLD_MAC = "02:00:00:00:00:09";
const NEW_MAC = "02:00:00:00:00:19";
const ZERO_MAC = "00:00:00:00:00:00";

const options = ["--net=tap0", `--net-mac=${GUEST_MAC}`];
const serves = "Echoing UDP on port 7";

/** Looks for an ARP request of the guest for an address, sent to this station. */
function asksFor(address: string, destination: string): (frame: EthernetFrame) => true | undefined {
  return (frame) => {
    if (frame.type !== ETHERTYPE.arp || frame.destination !== destination) return undefined;
    const { operation, sha, spa, tpa } = decodeArp(frame.payload);
    if (operation !== ARP_REQUEST || tpa !== address) return undefined;
    assert.deepEqual([frame.source, sha, spa], [GUEST_MAC, GUEST_MAC, GUEST]);
    return true;
  };
}

const announces = asksFor(GUEST, BROADCAST);

/** Has the guest send to the peer, again and again, until it also sends a frame that is wanted. */
function keepUsing(station: Station, what: string, wanted: (frame: EthernetFrame) => true | undefined): Promise<void> {
  const search = async () => {
    while (!(await station.echo(PEER, GUEST)).before.some(wanted)) await pause(20);
  };
  return within(() => what, search());
}

test("an entry that is in use is confirmed, ends when nobody confirms it, and is found anew", async (t) => {
  const host = await Host.withTap(t);
  await host.serving("Echoing", ...options, await image("test/e2e/projects/echo"), "--arp-lifetime=600");
  const station = await Station.open(host, "tap0");

  station.neighbours.set(PEER, OLD_MAC);
  const first = await station.echo(PEER, GUEST);
  assert(first.before.some(asksFor(PEER, BROADCAST)), "all stations are asked for one that is not known");
  assert.equal(first.reply.destination, OLD_MAC);

  // Before the entry's end, the station itself is asked; its answer keeps the entry.
  await keepUsing(station, "the guest to ask the station itself", asksFor(PEER, OLD_MAC));
  assert.equal((await station.echo(PEER, GUEST)).reply.destination, OLD_MAC);

  // Another station takes over without a word. The old one does not answer, so all are asked.
  station.neighbours.set(PEER, NEW_MAC);
  await keepUsing(station, "the guest to ask all stations", asksFor(PEER, BROADCAST));
  assert.equal((await station.echo(PEER, GUEST)).reply.destination, NEW_MAC);
});

test("a neighbour that is known is not asked for again, and one that says so has moved", async (t) => {
  const host = await Host.withTap(t);
  await host.serving(serves, ...options, await image("examples/network-udp"));
  const station = await Station.open(host, "tap0");
  station.neighbours.set(PEER, OLD_MAC);
  await station.echo(PEER, GUEST);
  for (let i = 0; i < 20; i++) assert.deepEqual((await station.echo(PEER, GUEST)).before, []);

  const news = encodeArp({ operation: ARP_REQUEST, sha: NEW_MAC, spa: PEER, tha: ZERO_MAC, tpa: PEER });
  station.send(encodeEthernet({ destination: BROADCAST, source: NEW_MAC, type: ETHERTYPE.arp, payload: news }));
  const { before, reply } = await station.echo(PEER, GUEST);
  assert.deepEqual(before, []);
  assert.equal(reply.destination, NEW_MAC);
});

test("a neighbour that nobody is gets three questions, a second apart", async (t) => {
  const host = await Host.withTap(t);
  await host.serving(serves, ...options, await image("examples/network-udp"));
  const station = await Station.open(host, "tap0");
  station.neighbours.set(PEER, OLD_MAC);
  await station.echo(PEER, GUEST);
  // An echo request in the name of a host that is not there; its answer has nowhere to go.
  const absent = "10.0.0.50";
  station.neighbours.set(absent, NEW_MAC);
  station.request(absent, GUEST);
  station.neighbours.delete(absent);
  for (let i = 0; i < 3; i++) await station.next("a question for the absent host", asksFor(absent, BROADCAST));
});

test("the host's kernel changes its address, and is answered at once", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  await host.serving(serves, ...options, await image("examples/network-udp"));
  await host.run("ping", "-c", "1", "-w", "10", GUEST);
  await host.run("ip", "link", "set", "dev", "tap0", "address", NEW_MAC);
  await host.run("ping", "-c", "1", "-w", "10", GUEST);
  const neighbours = await host.run("ip", "neighbour", "show", GUEST);
  assert.match(neighbours, new RegExp(GUEST_MAC));
});

test("the guest announces its address when it starts, as tcpdump sees", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const capture = host.start("tcpdump", ["-l", "-n", "-e", "--immediate-mode", "-i", "tap0", "arp"]);
  await capture.printed("listening on tap0");
  const announcement = new RegExp(`${GUEST_MAC} > ${BROADCAST}.* Request who-has ${GUEST} .*tell ${GUEST},`);
  await host.serving(serves, ...options, await image("examples/network-udp"));
  await capture.printed(announcement);
});

test("the guest announces its address when its link comes up", async (t) => {
  const host = await Host.withTap(t);
  await host.run("ip", "link", "set", "dev", "tap0", "down");
  const tender = host.tender(...options, await image("examples/network-udp"));
  await tender.printed(serves);
  const station = await Station.open(host, "tap0");
  await host.run("ip", "link", "set", "dev", "tap0", "up");
  await station.next("the announcement", announces);
});

test("another station that claims the guest's address is logged, and the guest stands by it", async (t) => {
  const host = await Host.withTap(t);
  const tender = await host.serving(serves, ...options, await image("examples/network-udp"));
  const station = await Station.open(host, "tap0");
  const claim = encodeArp({ operation: ARP_REPLY, sha: NEW_MAC, spa: GUEST, tha: BROADCAST, tpa: GUEST });
  for (let i = 0; i < 5; i++)
    station.send(encodeEthernet({ destination: BROADCAST, source: NEW_MAC, type: ETHERTYPE.arp, payload: claim }));
  await station.next("the guest to claim its address", announces);
  await tender.printed(/\[WARNING\] \[arp\] 02:00:00:00:00:19 also claims our address 10\.0\.0\.2\n/);

  // It is said once in ten seconds, not five times, and does no harm.
  station.neighbours.set(PEER, OLD_MAC);
  await station.echo(PEER, GUEST);
  assert.equal(tender.output.match(/also claims/g)?.length, 1);
});

test("arping finds the guest, and duplicate address detection does", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  await host.serving(serves, ...options, await image("examples/network-udp"));
  const output = await host.run("arping", "-c", "1", "-w", "10", "-I", "tap0", GUEST);
  assert.match(output, /Unicast reply from 10\.0\.0\.2 \[02:00:00:00:00:02\]/);
  assert.match(output, /Received [1-9]\d* response/);
  await assert.rejects(host.run("arping", "-D", "-c", "1", "-w", "10", "-I", "tap0", GUEST), /\[02:00:00:00:00:02\]/);
  // Nobody has this one.
  await host.run("arping", "-D", "-c", "1", "-w", "1", "-I", "tap0", "10.0.0.77");
});
