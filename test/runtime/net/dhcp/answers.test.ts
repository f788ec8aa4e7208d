import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, DHCP, u32 } from "../../../support/dhcp.ts";
import { type Changes, CLIENT, Link, OTHER, SERVER } from "./link.ts";

const IDENTIFIER = [1, 2, 0, 0, 0, 0, 2];

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
