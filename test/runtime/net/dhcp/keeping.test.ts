import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, DHCP, u32 } from "../../../support/dhcp.ts";
import { BROADCAST } from "../../../support/packets.ts";
import { Random } from "../../../support/random.ts";
import { CLIENT, LEASE_SECONDS, Link, OTHER, SERVER } from "./link.ts";

describe("keeping it (RFC 2131, 4.4.5)", () => {
  test("RENEWING at T1: unicast, from the address, without options that a renewal must not have", () => {
    const link = Link.bound();
    link.advance(LEASE_SECONDS * 500 - 1000);
    link.silent();
    link.advance(1000);
    const request = link.sent("request");
    assert.deepEqual(
      [request.source, request.destination, request.mac, request.ciaddr, request.flags],
      [CLIENT.ip, SERVER.ip, SERVER.mac, CLIENT.ip, 0],
    );
    assert.equal(request.options.has(50) || request.options.has(54), false);
    link.reply(request, DHCP.ack);
    // The next time counts from the renewal.
    link.advance(LEASE_SECONDS * 500 - 2000);
    link.silent();
    link.advance(4000);
    link.sent("request");
    assert.equal(link.echo(), CLIENT.ip);
    assert.deepEqual(
      link.arps.filter((arp) => arp.spa === "0.0.0.0"),
      [],
    );
  });

  test("unanswered: again after half of what is left; REBINDING at T2: to all; at the end the address is gone", () => {
    const link = Link.bound();
    link.advance(LEASE_SECONDS * 1000 - 700);
    const requests = link.take();
    assert.equal(link.echo(), CLIENT.ip);
    const renewing = requests.filter(({ destination }) => destination === SERVER.ip).map(({ at }) => Math.round(at));
    const rebinding = requests.filter(({ destination }) => destination !== SERVER.ip);
    assert.deepEqual(renewing, [1800, 2475, 2813, 2981, 3066, 3126]);
    assert.deepEqual(
      rebinding.map(({ at }) => Math.round(at)),
      [3150, 3375, 3488, 3548],
    );
    assert.ok(
      rebinding.every(({ mac, source, ciaddr }) => mac === BROADCAST && source === CLIENT.ip && ciaddr === CLIENT.ip),
    );
    link.advance(700);
    const discover = link.sent("discover");
    assert.equal(discover.source, "0.0.0.0");
    assert.equal(link.echo(), undefined, "the address is used after the lease's end");
    assert.equal(link.nextHop("192.0.2.1"), "0.0.0.0");
    assert.equal(link.nextHop("10.0.0.9"), "0.0.0.0");
    assert.equal(link.call("nameServer", 0), 0);
    assert.match(
      link.log.at(-1) ?? "",
      /^\[WARNING\] .*service has no address any more: the lease of 10\.0\.0\.50\/24 ended$/,
    );
    link.reply(discover, DHCP.offer, { yiaddr: "10.0.0.60" });
    link.reply(link.sent("request"), DHCP.ack, { yiaddr: "10.0.0.60" });
    link.advance(600);
    assert.equal(link.echo("10.0.0.60"), "10.0.0.60");
    assert.equal(link.echo(CLIENT.ip), undefined);
  });

  test("another server may prolong it while REBINDING, and only then", () => {
    const link = Link.bound();
    link.advance(LEASE_SECONDS * 500);
    const renew = link.sent("request");
    link.reply(renew, DHCP.ack, { from: OTHER });
    link.reply(renew, DHCP.nak, { from: OTHER });
    link.advance(LEASE_SECONDS * 375);
    const rebind = link.take().at(-1);
    assert(rebind?.destination === "255.255.255.255");
    link.reply(rebind, DHCP.ack, { from: OTHER });
    link.advance(LEASE_SECONDS * 499);
    link.silent();
    // From now on that one is the server.
    link.answersArp = false;
    link.advance(LEASE_SECONDS * 2);
    assert.ok(link.arps.some((arp) => arp.tpa === OTHER.ip));
  });

  test("NAK to a renewal: the address is given up at once", () => {
    const link = Link.bound();
    link.advance(LEASE_SECONDS * 500);
    link.reply(link.sent("request"), DHCP.nak);
    assert.equal(link.echo(), undefined);
    link.sent("discover");
    assert.ok(link.log.some((line) => line.includes("10.0.0.1 refuses 10.0.0.50")));
  });

  test("a renewal with another router or network is taken over", () => {
    const link = Link.bound();
    link.advance(LEASE_SECONDS * 500);
    const changed = {
      options: [
        [3, addresses("10.0.0.3")],
        [1, addresses("255.255.0.0")],
        [6, addresses("10.0.0.99")],
      ],
    } as const;
    link.reply(link.sent("request"), DHCP.ack, changed);
    assert.equal(link.nextHop("192.0.2.1"), "10.0.0.3");
    assert.equal(link.nextHop("10.0.7.7"), "10.0.7.7");
    assert.equal(link.call("nameServer", 0) >>> 0, 0x0a000063);
    assert.equal(link.echo(), CLIENT.ip);
    assert.match(link.log.at(-1) ?? "", /service now has 10\.0\.0\.50\/16, gateway 10\.0\.0\.3/);
  });

  test("a renewal with other routes does not give up the address, not even for a moment", () => {
    const route = (width: number, octets: readonly number[], router: string) => [
      width,
      ...octets,
      ...addresses(router),
    ];
    const link = Link.bound({ options: [[121, route(24, [10, 0, 0], "10.0.0.4")]] });
    assert.equal(link.nextHop("10.0.0.9"), "10.0.0.4");
    // The server cannot be reached by that way, but by a broadcast.
    link.advance(LEASE_SECONDS * 875);
    const request = link.take().at(-1);
    assert(request?.destination === "255.255.255.255");
    const announcements = link.arps.length;
    link.reply(request, DHCP.ack, { options: [[121, route(0, [], "10.0.0.3")]] });
    assert.equal(link.nextHop("192.0.2.1"), "10.0.0.3");
    assert.equal(link.nextHop("10.0.0.9"), "10.0.0.9");
    assert.equal(link.arps.length, announcements, "the address was given up, and announced anew");
  });

  test("the host slept past the lease's end: the address is not used afterwards", () => {
    const link = Link.bound();
    link.host.now += 7_200_000_000_000n;
    link.work();
    link.take();
    link.advance(0);
    assert.equal(link.echo(), undefined);
  });

  for (const seconds of [1, 2, 3])
    test(`a lease of ${seconds} s does not make it ask more often than once a second`, () => {
      const link = Link.bound({ options: [[51, u32(seconds)]] });
      let requests = 0;
      for (let i = 0; i < 100; i++) {
        link.advance(100);
        for (const sent of link.take()) {
          requests++;
          link.reply(sent, sent.type === DHCP.discover ? DHCP.offer : DHCP.ack, { options: [[51, u32(seconds)]] });
        }
      }
      assert.ok(requests > 3 && requests <= 21, `${requests}`);
    });

  for (let seed = 1; seed <= 8; seed++)
    test(`two days on a bad line, seed ${seed}: there is an address nearly all of the time`, () => {
      const random = new Random(seed);
      const link = new Link({ seed });
      let had = 0;
      const late: (() => void)[] = [];
      const minutes = 2 * 24 * 60;
      for (let minute = 0; minute < minutes; minute++) {
        for (let second = 0; second < 60; second += 2) {
          link.advance(2000);
          for (const answer of late.splice(0)) answer();
          for (const sent of link.take()) {
            const type = { [DHCP.discover]: DHCP.offer, [DHCP.request]: DHCP.ack }[sent.type];
            if (type === undefined || random.chance(0.3)) continue;
            const answer = () => link.reply(sent, type);
            for (let copy = random.chance(0.3) ? 2 : 1; copy > 0; copy--) {
              if (random.chance(0.3)) late.push(answer);
              else answer();
            }
          }
        }
        if (link.echo() === CLIENT.ip) had++;
      }
      assert.ok(had > 0.97 * minutes, `${had} of ${minutes} minutes`);
    });
});
