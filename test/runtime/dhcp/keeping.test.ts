/** What the server keeps on its disk, and floods. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVENT_STOP } from "../../../runtime/abi/tender.ts";
import { DHCP } from "../../support/dhcp.ts";
import { Random } from "../../support/random.ts";
import { Link, ours, SERVER, station, wants } from "./link.ts";

const A = "192.168.1.70";
const B = "192.168.1.71";
const SIZE = 64 * 1024;

describe("leases on a disk", () => {
  test("are there after a restart, with what is left of their time", () => {
    const disk = new Uint8Array(SIZE);
    const before = new Link({}, disk);
    assert.match(before.log[0] ?? "", /The disk was empty; leases are kept there from now on/);
    for (let i = 1; i <= 3; i++) before.lease(station(i));
    before.tell("release", {
      chaddr: station(3),
      ciaddr: "192.168.1.72",
      from: "192.168.1.72",
      to: SERVER.ip,
      options: ours,
    });
    before.tell("decline", { chaddr: station(2), options: [...wants(B), ...ours] });
    before.work();

    const after = new Link({}, disk, 100);
    assert.equal(after.log[0], "[INFO] [dhcp] The disk holds 1 leases");
    assert.equal(after.say("discover", { chaddr: station(1) }, 0)?.yiaddr, A, "at once: it has the lease");
    assert.equal(after.say("request", { chaddr: station(5), options: [...wants(A), ...ours] })?.type, DHCP.nak);
    assert.equal(
      after.say("discover", { chaddr: station(2), options: wants(B) })?.yiaddr,
      "192.168.1.73",
      "B was declined",
    );
    assert.equal(after.say("discover", { chaddr: station(3) })?.yiaddr, "192.168.1.72", "its last one");

    const late = new Link({}, disk, 3_601);
    assert.equal(late.log[0], "[INFO] [dhcp] The disk holds 0 leases");
    assert.equal(late.select(station(5), A).yiaddr, A);
    // A wall clock that was set back prolongs nothing beyond a whole lease.
    const early = new Link({}, disk, -86_400 * 365);
    early.advance(3_600_000);
    assert.equal(early.select(station(6), A).yiaddr, A);
  });

  test("no DHCPACK before the lease is durable, and none when the disk fails", () => {
    const link = new Link({}, new Uint8Array(SIZE));
    const block = link.host.blocks.get("leases");
    assert(block);
    block.paused = true;
    const options = [...wants(A), ...ours];
    assert.equal(link.say("request", { options }), undefined);
    block.paused = false;
    assert.deepEqual(
      link.take().map(({ type }) => type),
      [DHCP.ack],
    );
    for (const operation of [2, 3]) {
      block.fault = (request) => (request.operation === operation ? -7 : undefined);
      assert.equal(link.say("request", { options }), undefined);
    }
    assert.equal(link.log.filter((line) => /ERROR.*Leases cannot be written: E_IO/.test(line)).length, 1);
    block.fault = () => undefined;
    assert.equal(link.say("request", { options })?.type, DHCP.ack);
  });

  test("many at once are made durable together", () => {
    const link = new Link({}, new Uint8Array(SIZE));
    const block = link.host.blocks.get("leases");
    assert(block);
    const before = block.requests.length;
    for (let i = 0; i < 30; i++)
      link.tell("request", { chaddr: station(i), options: [...wants(`192.168.1.${70 + i}`), ...ours] });
    link.advance(100);
    assert.equal(link.take().filter(({ type }) => type === DHCP.ack).length, 30);
    assert.ok(block.requests.length - before <= 2 * 4, `${block.requests.length - before} requests`);
  });

  test("a disk that holds something else, is too small or read-only is refused", () => {
    const other = new Link({}, new Uint8Array(SIZE).fill(7));
    assert.equal(other.host.status, 1);
    assert.match(other.log[0] ?? "", /\[ERROR\] .* holds something other than leases; expected one of zeros/);
    // As of ext4, which begins with zeros.
    const later = new Uint8Array(SIZE);
    later[1080] = 0x53;
    assert.match(new Link({}, later).log[0] ?? "", /holds something other than leases/);
    const small = new Link({}, new Uint8Array(4096));
    assert.equal(small.host.status, 1);
    assert.match(small.log[0] ?? "", /has 4096 bytes; expected at least 19456/);
  });

  test("blocks may be larger, and the addresses not be more than a disk has room for", () => {
    const disk = new Uint8Array(2 * 20 * 4096);
    const before = new Link({}, disk, 0, 4096);
    for (let run = 0; run < 3; run++) for (let i = 0; i < 10; i++) before.lease(station(i));
    assert.equal(new Link({}, disk, 1, 4096).log[0], "[INFO] [dhcp] The disk holds 10 leases");
    const many = new Link({ arguments: ["--networks=16"] }, new Uint8Array(8 << 20));
    assert.match(many.log[0] ?? "", /Blocks of 512 bytes have no room for leases of 65\d{3} addresses/);
  });

  test("a large disk is read with few requests, and what is behind a block that cannot be read as well", () => {
    const disk = new Uint8Array(4 << 20);
    const before = new Link({}, disk);
    for (let i = 1; i <= 20; i++) before.lease(station(i));
    const after = new Link({}, disk, 100);
    assert.equal(after.log[0], "[INFO] [dhcp] The disk holds 20 leases");
    // Of 8,192 blocks all, and once more those of the area in use.
    const reads = after.host.blocks.get("leases")?.requests.length ?? 0;
    assert.ok(reads > 0 && reads < 110, `${reads} requests`);
    // One that holds none, and one that holds a lease: the others are there.
    for (const [block, leases] of [
      [5000, 20],
      [4096 + 3, 19],
    ] as const)
      assert.equal(new Link({}, disk, 100, 512, block).log[0], `[INFO] [dhcp] The disk holds ${leases} leases`);
  });

  test("whatever the disk holds, the server starts or says why not", () => {
    const whole = new Uint8Array(SIZE);
    const before = new Link({}, whole);
    for (let i = 1; i <= 20; i++) before.lease(station(i));
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const disk = whole.slice();
      for (let i = random.below(30); i >= 0; i--) {
        const at = random.below(SIZE - 8);
        disk.set(
          Array.from({ length: 1 + random.below(8) }, () => random.below(256)),
          at,
        );
        // Where there are leases.
        disk[random.below(16_384)] = random.below(256);
      }
      const { host, log } = new Link({}, disk);
      if (host.status === undefined) assert.match(log.join(), /The disk holds \d+ leases|damaged; all begins anew/);
      else assert.deepEqual([host.status, /holds something other/.test(log[0] ?? "")], [1, true]);
    }
  });

  test("the power may fail at any write: what was acknowledged is there, whatever else", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      // Small enough for many areas.
      let disk = new Uint8Array(19_968);
      const known = new Map<string, string>();
      let turn = 0;
      for (let boot = 0; boot < 5; boot++) {
        const link = new Link({ arguments: ["--addresses=31"] }, disk);
        assert.equal(link.host.status, undefined, `seed ${seed}: ${link.log.at(-1)}`);
        for (const [mac, address] of known) {
          const offer = link.say("discover", { chaddr: mac }, 0);
          assert.equal(offer?.yiaddr, address, `seed ${seed}: ${mac} had ${address} at boot ${boot}`);
        }
        const writes = 3 + random.below(60);
        const block = link.host.blocks.get("leases");
        assert(block);
        let left = writes;
        block.fault = (request) => (request.operation === 2 && left-- <= 0 ? -7 : undefined);
        while (left >= 0) {
          const n = turn++ % 31;
          const address = `192.168.1.${70 + n}`;
          const answer = link.say("request", { chaddr: station(n + 1), options: [...wants(address), ...ours] }, 0);
          if (answer) known.set(station(n + 1), address);
        }
        // Half of the last block got there.
        const torn = block.requests.filter(({ operation }) => operation === 2).at(-1);
        disk = disk.slice();
        if (torn && random.chance(0.5)) {
          const at = torn.offset;
          for (let i = 0; i < 256; i++) disk[at + i] = random.below(256);
          disk.set([0x44, 0x45, 0x46, 0x4c], at);
        }
      }
    }
  });
});

describe("floods (RFC 2131, 7)", () => {
  test("DHCPDISCOVERs of a thousand clients do not exhaust the addresses, nor keep a known client from its own", () => {
    const link = new Link({ arguments: ["--addresses=4"] });
    link.lease(station(1));
    for (let i = 100; i < 1100; i++) link.tell("discover", { chaddr: station(i) });
    link.advance(10);
    link.take();
    assert.ok(link.count("dropped") > 500, `${link.count("dropped")}`);
    assert.equal(link.say("discover", { chaddr: station(1) }, 0)?.yiaddr, A);
    link.take();
    link.advance(500);
    link.take();
    // Promised to many, and nobody's until somebody asks for it.
    const offer = link.say("discover", { chaddr: station(2) }, 0);
    assert.equal(offer?.type, DHCP.offer);
    assert.equal(link.select(station(2), offer.yiaddr).yiaddr, offer.yiaddr);
  });

  test("memory does not grow", () => {
    const link = new Link({ arguments: ["--addresses=31"] });
    const flood = (from: number): void => {
      for (let i = 0; i < 2000; i++) {
        link.tell("discover", { chaddr: station(from + i) });
        if (i % 40 === 39) link.advance(500);
      }
    };
    flood(1000);
    const before = link.host.memory.bytes(0, 0).buffer.byteLength;
    flood(5000);
    flood(9000);
    assert.equal(link.host.memory.bytes(0, 0).buffer.byteLength, before);
  });

  test("what is no message, or a server's, is counted and not answered", () => {
    const link = new Link();
    link.datagram(new Uint8Array(0), "0.0.0.0", "255.255.255.255", station(1));
    link.datagram(new Uint8Array(300).fill(1), "0.0.0.0", "255.255.255.255", station(1));
    for (const type of [0, 2, 5, 6, 9, 255]) assert.equal(link.say(type), undefined);
    assert.equal(link.say("discover", { op: 2 }), undefined);
    assert.equal(link.say("discover", { chaddr: "ff:ff:ff:ff:ff:ff" }), undefined);
    assert.equal(link.say("discover", { options: [[53, [1, 1]]] }), undefined);
    assert.equal(link.say("request"), undefined);
    assert.ok(link.count("malformed") >= 10, `${link.count("malformed")}`);
    link.host.event(EVENT_STOP);
    link.work();
    assert.equal(link.host.status, 0);
  });
});
