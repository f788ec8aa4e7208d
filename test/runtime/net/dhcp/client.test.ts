import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, DHCP, u32 } from "../../../support/dhcp.ts";
import { BROADCAST } from "../../../support/packets.ts";
import { Random } from "../../../support/random.ts";
import { type Changes, CLIENT, LEASE_SECONDS, Link, OTHER, SERVER } from "./link.ts";

const IDENTIFIER = [1, 2, 0, 0, 0, 0, 2];

describe("from nothing to an address (RFC 2131, 4.4.1)", () => {
  test("DISCOVER, OFFER, REQUEST, ACK, ARP probes, announcement; then the application starts", () => {
    const link = new Link({ arguments: ["--hostname=web-1"] });
    const discover = link.sent("discover");
    assert.deepEqual(
      [discover.source, discover.destination, discover.mac, discover.flags, discover.ciaddr, discover.secs],
      ["0.0.0.0", "255.255.255.255", BROADCAST, 0x8000, "0.0.0.0", 0],
    );
    assert.deepEqual(
      [discover.op, discover.chaddr, discover.yiaddr, discover.giaddr],
      [1, CLIENT.mac, "0.0.0.0", "0.0.0.0"],
    );
    assert.deepEqual(discover.options.get(61), IDENTIFIER);
    assert.deepEqual(discover.options.get(57), [5, 192]);
    assert.equal(Buffer.from(discover.options.get(12) ?? []).toString(), "web-1");
    // RFC 3442: classless routes are asked for before routers.
    assert.deepEqual(discover.options.get(55), [1, 121, 3, 6, 51, 58, 59]);
    assert.equal(discover.options.has(50) || discover.options.has(54), false);

    link.reply(discover, DHCP.offer);
    const request = link.sent("request");
    assert.equal(request.xid, discover.xid);
    assert.deepEqual([request.ciaddr, request.flags, request.destination], ["0.0.0.0", 0x8000, "255.255.255.255"]);
    assert.deepEqual(request.options.get(50), addresses(CLIENT.ip));
    assert.deepEqual(request.options.get(54), addresses(SERVER.ip));
    assert.deepEqual(request.options.get(61), IDENTIFIER);
    assert.equal(Buffer.from(request.options.get(12) ?? []).toString(), "web-1");

    link.reply(request, DHCP.ack);
    assert.equal(link.started, false);
    assert.equal(link.echo(), undefined, "the address is used before it was probed for");
    link.advance(600);
    const zero = { sha: CLIENT.mac, spa: "0.0.0.0", tha: "00:00:00:00:00:00", tpa: CLIENT.ip, operation: 1 };
    assert.deepEqual(link.arps, [zero, zero, zero, { ...zero, spa: CLIENT.ip }]);
    assert.equal(link.started, true);
    assert.equal(link.echo(), CLIENT.ip);
    assert.deepEqual(link.log, [
      "[INFO] [dhcp] Asking for an address for service",
      "[INFO] [dhcp] service has 10.0.0.50/24, gateway 10.0.0.1, by DHCP from 10.0.0.1 for 3600 s",
    ]);
    assert.equal(link.nextHop("192.0.2.1"), SERVER.ip);
    assert.equal(link.nextHop("10.0.0.77"), "10.0.0.77");
    assert.deepEqual(
      [0, 1, 2].map((i) => link.call("nameServer", i) >>> 0),
      [0x0a000035, 0x0a000036, 0],
    );
  });

  test("without --dhcp nothing is asked, and the address is the one that was given", () => {
    const link = new Link({ arguments: ["--dhcp=false"] });
    link.advance(10_000);
    link.silent();
    assert.equal(link.echo("10.0.0.2"), "10.0.0.2");
    assert.equal(link.call("nameServer", 0), 0);
  });

  test("a name that is none is not sent, and the log says so", () => {
    for (const [name, sent] of [
      ["a.example.org", "a.example.org"],
      ["x y", undefined],
      ["é", undefined],
      ["", undefined],
      ["a".repeat(63), "a".repeat(63)],
      ["a".repeat(64), undefined],
    ] as const) {
      const link = new Link({ arguments: [`--hostname=${name}`] });
      const octets = link.sent("discover").options.get(12);
      assert.equal(octets && Buffer.from(octets).toString(), sent);
      assert.equal(
        link.log.some((line) => line.includes("is no host name")),
        name !== "" && !sent,
      );
    }
  });

  test("an unanswered DISCOVER is sent again after 1, 2, 4 ... 64 s, each an eighth more or less; the log says so", () => {
    const link = new Link();
    link.advance(400_000);
    const messages = link.take();
    const waits = messages.slice(1).map((message, i) => message.at - (messages[i]?.at ?? 0));
    waits.forEach((wait, i) => {
      const nominal = Math.min(2 ** i, 64);
      assert.ok(wait >= nominal * 0.875 - 0.01 && wait <= nominal * 1.125 + 0.01, `${wait} after ${nominal}`);
    });
    assert.ok(waits.length >= 10);
    assert.ok(
      waits.slice(6).some((wait) => Math.abs(wait - 64) > 0.1),
      "not random",
    );
    assert.ok(messages.every((message) => message.type === DHCP.discover && message.xid === messages[0]?.xid));
    assert.deepEqual(
      messages.map((message) => message.secs),
      messages.map((message) => Math.floor(message.at)),
    );
    assert.match(
      link.log[1] ?? "",
      /^\[WARNING\] \[dhcp\] No DHCP server has answered on service for [678] s; asking on$/,
    );
    // Once somebody answers, all goes its way.
    const last = messages.at(-1);
    assert(last);
    link.reply(last, DHCP.offer);
    link.reply(link.sent("request"), DHCP.ack);
    link.advance(600);
    assert.equal(link.echo(), CLIENT.ip);
  });

  test("a lost ACK: the REQUEST is sent four times, then all begins anew", () => {
    const link = new Link();
    const discover = link.sent("discover");
    link.reply(discover, DHCP.offer);
    link.advance(20_000);
    const messages = link.take();
    assert.deepEqual(
      messages.slice(0, 5).map((message) => message.type),
      [3, 3, 3, 3, 1],
    );
    assert.notEqual(messages[4]?.xid, discover.xid);
    assert.ok(link.log.some((line) => line.includes("does not answer any more")));
    link.reply(messages[4] as never, DHCP.offer);
    link.reply(link.sent("request"), DHCP.ack);
    link.advance(600);
    assert.equal(link.echo(), CLIENT.ip);
  });

  test("the second of two offers is ignored", () => {
    const link = new Link();
    const discover = link.sent("discover");
    link.reply(discover, DHCP.offer, { from: OTHER, yiaddr: "10.0.0.77" });
    link.reply(discover, DHCP.offer);
    const request = link.sent("request");
    assert.deepEqual(request.options.get(54), addresses(OTHER.ip));
    assert.deepEqual(request.options.get(50), addresses("10.0.0.77"));
    // What the server that was not chosen says does not count.
    link.reply(request, DHCP.nak);
    link.reply(request, DHCP.ack);
    link.advance(500);
    assert.deepEqual(link.arps, []);
    link.reply(request, DHCP.ack, { from: OTHER, yiaddr: "10.0.0.77" });
    link.advance(600);
    assert.equal(link.echo("10.0.0.77"), "10.0.0.77");
  });

  test("NAK to the REQUEST: it begins anew, less and less often", () => {
    const link = new Link();
    const times: number[] = [];
    let discover = link.sent("discover");
    for (let round = 0; round < 6; round++) {
      times.push(discover.at);
      link.reply(discover, DHCP.offer);
      link.reply(link.sent("request"), DHCP.nak);
      link.advance(40_000);
      discover = link.take()[0] as typeof discover;
      assert.equal(discover.type, DHCP.discover);
      link.host.now = BigInt(Math.round(discover.at * 1e9)) + 1n;
      link.advance(0);
    }
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    for (const [i, gap] of gaps.entries()) assert.ok(gap >= 0.8 * 2 ** i, `${gaps}`);
  });
});

describe("an answer is taken only if it is one", () => {
  const wrong: Readonly<Record<string, Changes>> = {
    "another transaction": { xid: 1 },
    "another station": { chaddr: OTHER.mac },
    "a request": { op: 1 },
    "another client identifier (RFC 6842)": { options: [[61, [1, 2, 3]]] },
    "a client identifier that is longer": { options: [[61, [...IDENTIFIER, 0]]] },
    "no type": { options: [[53, []]] },
    "a type of two octets": { options: [[53, [2, 2]]] },
    "no server identifier": { options: [[54, []]] },
    "a server identifier that is no host": { options: [[54, addresses("255.255.255.255")]] },
    "no lease time": { options: [[51, []]] },
    "a lease of no time": { options: [[51, u32(0)]] },
    "a mask with holes": { options: [[1, addresses("255.0.255.0")]] },
    "the network's own address": { yiaddr: "10.0.0.0" },
    "the broadcast address": { yiaddr: "10.0.0.255" },
    "no address": { yiaddr: "0.0.0.0" },
    "a loopback address": { yiaddr: "127.0.0.1" },
    "a multicast address": { yiaddr: "224.0.0.1" },
    nothing: { raw: new Uint8Array() },
    "a header alone": { raw: new Uint8Array(240) },
    "an endless option": { raw: new Uint8Array(300).fill(0xfe) },
  };

  for (const [name, changes] of Object.entries(wrong))
    test(name, () => {
      const link = new Link();
      const discover = link.sent("discover");
      link.reply(discover, DHCP.offer, changes);
      link.silent();
      // Nor as an ACK.
      link.reply(discover, DHCP.offer);
      const request = link.sent("request");
      link.reply(request, DHCP.ack, changes);
      link.advance(700);
      assert.deepEqual(link.arps, []);
      link.reply(request, DHCP.ack);
      link.advance(600);
      assert.equal(link.echo(), CLIENT.ip);
    });

  test("an ACK to a DISCOVER, or of another address, is none", () => {
    const link = new Link();
    const discover = link.sent("discover");
    link.reply(discover, DHCP.ack);
    link.reply(discover, DHCP.nak);
    link.silent();
    link.reply(discover, DHCP.offer);
    link.reply(link.sent("request"), DHCP.ack, { yiaddr: "10.0.0.51" });
    link.advance(700);
    assert.deepEqual(link.arps, []);
  });

  test("the same client identifier, a mask that is missing, infinity and odd times are fine", () => {
    const echo = Link.bound({ options: [[61, IDENTIFIER]] });
    assert.equal(echo.echo(), CLIENT.ip);
    const classful = Link.bound({ options: [[1, []]] });
    assert.equal(classful.nextHop("10.200.0.1"), "10.200.0.1");
    const forever = Link.bound({ options: [[51, u32(0xffffffff)]] });
    forever.advance(400 * 86_400_000);
    forever.silent();
    assert.equal(forever.echo(), CLIENT.ip);
    assert.match(forever.log.at(-1) ?? "", /from 10\.0\.0\.1 for ever$/);
    // T1 must be before T2, and T2 before the end (4.4.5): otherwise the usual ones count.
    for (const [t1, t2] of [
      [0, 3000],
      [3000, 3000],
      [100, 3600],
      [3599, 3600],
      [0xffffffff, 0xfffffffe],
    ] as const) {
      const link = Link.bound({
        options: [
          [58, u32(t1)],
          [59, u32(t2)],
        ],
      });
      link.advance(1_799_000);
      link.silent();
      link.advance(2000);
      link.sent("request");
    }
  });

  test("datagrams without end do not keep it from asking again", () => {
    const link = new Link();
    link.sent("discover");
    for (let i = 0; i < 360; i++) {
      link.udp(SERVER, "255.255.255.255", { sourcePort: 67, destinationPort: 68, data: new Uint8Array(300) });
      link.advance(10);
    }
    assert.equal(link.take().length, 2);
  });
});

describe("what a lease brings", () => {
  const route = (width: number, octets: readonly number[], router: string) => [width, ...octets, ...addresses(router)];

  test("classless routes instead of the router (RFC 3442)", () => {
    const link = Link.bound({
      options: [
        [
          121,
          [
            ...route(0, [], "10.0.0.2"),
            ...route(16, [172, 16], "10.0.0.3"),
            ...route(25, [192, 0, 2, 128], "10.0.0.4"),
          ],
        ],
      ],
    });
    assert.equal(link.nextHop("198.51.100.1"), "10.0.0.2");
    assert.equal(link.nextHop("172.16.200.1"), "10.0.0.3");
    assert.equal(link.nextHop("172.17.0.1"), "10.0.0.2");
    assert.equal(link.nextHop("192.0.2.200"), "10.0.0.4");
    assert.equal(link.nextHop("192.0.2.1"), "10.0.0.2");
  });

  test("classless routes that are cut off, or too wide, end there", () => {
    for (const tail of [[24, 1, 2], [33, 1, 2, 3, 4, 5, 10, 0, 0, 7], [255], [8, 9, 10, 0, 0]]) {
      const link = Link.bound({ options: [[121, [...route(0, [], "10.0.0.2"), ...tail]]] });
      assert.equal(link.nextHop("9.9.9.9"), "10.0.0.2");
    }
  });

  test("without router there is no way to other networks", () => {
    const link = Link.bound({ options: [[3, []]] });
    assert.equal(link.nextHop("192.0.2.1"), "0.0.0.0");
    assert.equal(link.nextHop("10.0.0.9"), "10.0.0.9");
  });

  test("a router that is ourselves, or no host, is none", () => {
    for (const router of [CLIENT.ip, "0.0.0.0", "255.255.255.255"])
      assert.equal(Link.bound({ options: [[3, addresses(router)]] }).nextHop("192.0.2.1"), "0.0.0.0");
  });

  test("at most four name servers", () => {
    const many = Array.from({ length: 63 }, (_, i) => `10.9.0.${i + 1}`);
    const link = Link.bound({ options: [[6, addresses(...many)]] });
    assert.deepEqual(
      [0, 3, 4].map((i) => link.call("nameServer", i) >>> 0),
      [0x0a090001, 0x0a090004, 0],
    );
  });
});

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

describe("somebody else has the address (RFC 5227, 2.1.1; RFC 2131, 3.1 (5))", () => {
  for (const [name, say] of [
    ["answers the probe", (link: Link) => link.arp({ operation: 2, spa: CLIENT.ip, tpa: "0.0.0.0" })],
    ["announces it", (link: Link) => link.arp({ operation: 1, spa: CLIENT.ip, tpa: CLIENT.ip })],
    ["probes for it, too", (link: Link) => link.arp({ operation: 1, spa: "0.0.0.0", tpa: CLIENT.ip })],
  ] as const)
    test(`a station that ${name}: DECLINE, ten seconds of rest, then anew`, () => {
      const link = new Link();
      const discover = link.sent("discover");
      link.reply(discover, DHCP.offer);
      link.reply(link.sent("request"), DHCP.ack);
      say(link);
      link.advance(200);
      const decline = link.sent("decline");
      assert.deepEqual(
        [decline.source, decline.destination, decline.ciaddr],
        ["0.0.0.0", "255.255.255.255", "0.0.0.0"],
      );
      assert.deepEqual(decline.options.get(50), addresses(CLIENT.ip));
      assert.deepEqual(decline.options.get(54), addresses(SERVER.ip));
      assert.deepEqual(decline.options.get(61), IDENTIFIER);
      assert.equal(decline.options.has(55) || decline.options.has(12), false);
      assert.notEqual(decline.xid, discover.xid);
      link.advance(9900);
      link.silent();
      assert.equal(link.started, false);
      assert.equal(link.echo(), undefined);
      link.advance(200);
      const again = link.sent("discover");
      assert.ok(link.log.some((line) => line.includes(`${OTHER.mac} has ${CLIENT.ip} already; declining it`)));
      // The same address may be fine by then.
      link.reply(again, DHCP.offer);
      link.reply(link.sent("request"), DHCP.ack);
      link.advance(600);
      assert.equal(link.echo(), CLIENT.ip);
    });

  test("our own probes, sent back by a bridge, are no claim", () => {
    const link = new Link();
    link.reply(link.sent("discover"), DHCP.offer);
    link.reply(link.sent("request"), DHCP.ack);
    link.arp({ operation: 1, sha: CLIENT.mac, spa: "0.0.0.0", tpa: CLIENT.ip });
    link.advance(600);
    assert.equal(link.echo(), CLIENT.ip);
  });
});

describe("the end", () => {
  test("RELEASE to the server, from the address", () => {
    for (const wait of [0, 1_000_000]) {
      // After so long, the server's station must be asked for first.
      const link = Link.bound();
      link.advance(wait);
      link.stop();
      const release = link.sent("release");
      assert.deepEqual(
        [release.source, release.destination, release.mac, release.ciaddr],
        [CLIENT.ip, SERVER.ip, SERVER.mac, CLIENT.ip],
      );
      assert.deepEqual(release.options.get(54), addresses(SERVER.ip));
      assert.deepEqual(release.options.get(61), IDENTIFIER);
      assert.equal(release.options.has(50) || release.options.has(55), false);
      assert.equal(link.host.status, 0);
    }
  });

  test("without a lease there is nothing to release, and nothing to wait for", () => {
    const link = new Link();
    link.sent("discover");
    link.stop();
    link.silent();
    assert.equal(link.host.status, 0);
  });

  test("a server that is gone does not hold it up", () => {
    const link = Link.bound();
    link.advance(1_000_000);
    link.answersArp = false;
    link.stop();
    assert.equal(link.host.status, 0);
  });
});
