import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, DHCP } from "../../../support/dhcp.ts";
import { BROADCAST } from "../../../support/packets.ts";
import { CLIENT, Link, OTHER, SERVER } from "./link.ts";

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

  test("a REQUEST says the same seconds as the DISCOVER that was answered (RFC 2131, 3.1 (3))", () => {
    const link = new Link();
    link.advance(3900);
    const discover = link.take().at(-1);
    assert(discover && discover.secs >= 2);
    link.advance(2000);
    link.reply(discover, DHCP.offer);
    link.advance(5000);
    const requests = link.take();
    assert.ok(requests.length >= 2);
    for (const request of requests) assert.deepEqual([request.type, request.secs], [DHCP.request, discover.secs]);
  });

  test("a server that answers to the address that it gives (RFC 2131, 4.1), as passt does", () => {
    const link = Link.bound({ to: CLIENT.ip });
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
