/** The DHCP server by the sections of RFC 2131, on a simulated link. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DHCP, addresses as ips, u32 } from "../../support/dhcp.ts";
import { BROADCAST, ETHERTYPE, encodeArp, encodeEthernet } from "../../support/packets.ts";
import { Link, ours, RELAY, SERVER, station, wants } from "./link.ts";

const [A, B] = ["192.168.1.70", "192.168.1.71"] as const;

describe("DHCPDISCOVER (RFC 2131, 4.3.1)", () => {
  test("is answered with an address that nobody has, to the client's station (4.1)", () => {
    const link = new Link();
    const offer = link.say("discover", { xid: 0xabcdef01, options: [[55, [1, 3, 6, 15, 26, 28]]] });
    assert(offer);
    const { type, xid, yiaddr, ciaddr, siaddr, giaddr, chaddr, secs, flags, mac, to, port } = offer;
    assert.deepEqual(
      { type, xid, yiaddr, ciaddr, siaddr, giaddr, chaddr, secs, flags, mac, to, port },
      {
        ...{ type: DHCP.offer, xid: 0xabcdef01, yiaddr: A, ciaddr: "0.0.0.0", siaddr: "0.0.0.0", giaddr: "0.0.0.0" },
        ...{ chaddr: station(1), secs: 0, flags: 0, mac: station(1), to: A, port: 68 },
      },
    );
    assert.deepEqual(Object.fromEntries(offer.options), {
      53: [DHCP.offer],
      54: ips(SERVER.ip),
      51: u32(3600),
      58: u32(1800),
      59: u32(3150),
      1: ips("255.255.255.0"),
      3: ips("192.168.1.1"),
      6: ips("192.168.1.5", "8.8.8.8"),
      15: [...Buffer.from("example.org")],
      26: [5, 120],
      28: ips("192.168.1.255"),
    });
    assert.deepEqual(link.probed, [A, A]);
  });

  test("with the broadcast flag, to all (4.1)", () => {
    const offer = new Link().say("discover", { flags: 0x8000 });
    assert.deepEqual([offer?.mac, offer?.to, offer?.flags], [BROADCAST, "255.255.255.255", 0x8000]);
  });

  test("of the same client gets the same address, also when the lease is over or was given back", () => {
    const link = new Link();
    assert.equal(link.lease(station(2)).yiaddr, A);
    assert.equal(link.lease(station(1)).yiaddr, B);
    assert.equal(link.say("discover", { chaddr: station(1) }, 0)?.yiaddr, B, "its lease, without a probe");
    link.advance(3_601_000);
    assert.equal(link.say("discover", { chaddr: station(3) })?.yiaddr, "192.168.1.72", "unused ones first");
    assert.equal(link.say("discover", { chaddr: station(1) })?.yiaddr, B);
    link.select(station(1), B);
    link.tell("release", { ciaddr: B, from: B, to: SERVER.ip, options: ours });
    assert.equal(link.say("discover", { chaddr: station(1) })?.yiaddr, B);
  });

  test("gets the address that it asks for, if that is free", () => {
    const link = new Link();
    assert.equal(link.say("discover", { options: wants("192.168.1.90") })?.yiaddr, "192.168.1.90");
    assert.equal(link.say("discover", { chaddr: station(2), options: wants("192.168.1.90") })?.yiaddr, A);
    assert.equal(link.say("discover", { chaddr: station(3), options: wants("10.1.1.1") })?.yiaddr, B);
  });

  test("clients are told apart by their identifiers, which answers repeat (RFC 6842)", () => {
    const link = new Link();
    const one = link.lease(station(1), [[61, [255, 1, 2, 3]]]);
    const two = link.lease(station(1), [[61, [255, 1, 2, 4]]]);
    assert.notEqual(one.yiaddr, two.yiaddr);
    assert.deepEqual(one.options.get(61), [255, 1, 2, 3]);
    assert.equal(link.lease(station(9), [[61, [255, 1, 2, 3]]]).yiaddr, one.yiaddr);
  });

  test("takes options in the order asked for, each once, the mask first (RFC 2132, 3.3 and 9.8)", () => {
    const offer = new Link().say("discover", { options: [[55, [121, 3, 6, 3, 1, 222]]] });
    assert.deepEqual([...(offer?.options.keys() ?? [])], [53, 54, 51, 58, 59, 1, 121, 3, 6]);
    assert.deepEqual(offer?.options.get(121), [8, 10, 192, 168, 1, 1]);
    const all = new Link().say("discover");
    assert.deepEqual([...(all?.options.keys() ?? [])], [53, 54, 51, 58, 59, 1, 28, 3, 6, 15, 26, 121]);
  });

  test("a shorter lease may be asked for, of a minute at least; not a longer one", () => {
    for (const [wanted, given] of [
      [600, 600],
      [5, 60],
      [86_400, 3600],
      [0xffffffff, 3600],
    ] as const) {
      const offer = new Link().say("discover", { options: [[51, u32(wanted)]] });
      assert.deepEqual(offer?.options.get(51), u32(given));
    }
  });

  test("options that do not fit are left out, the necessary ones never; long ones come in parts (RFC 3396)", () => {
    const long = "ab".repeat(300);
    const link = new Link({ arguments: [`--options=200=${long},201=${"cd".repeat(200)}`] });
    const small = link.say("discover", { options: [[55, [201, 200, 3]]] });
    assert.deepEqual([...(small?.options.keys() ?? [])], [53, 54, 51, 58, 59, 1, 201, 3]);
    const large = link.say("discover", {
      options: [
        [55, [201, 200, 3]],
        [57, [5, 192]],
      ],
    });
    assert.equal(large?.options.get(200)?.length, 300);
  });

  test("options in sname and file are read (RFC 2132, 9.3)", () => {
    const file = [50, 4, 192, 168, 1, 88, 255];
    assert.equal(new Link().say("discover", { options: [[52, [1]]], file })?.yiaddr, "192.168.1.88");
    const sname = [50, 4, 192, 168, 1, 87, 255];
    assert.equal(new Link().say("discover", { options: [[52, [2]]], sname })?.yiaddr, "192.168.1.87");
  });

  test("when no address is left there is no answer, and a warning", () => {
    const link = new Link({ arguments: ["--addresses=2"] });
    link.lease(station(1));
    link.lease(station(2));
    assert.equal(link.say("discover", { chaddr: station(3) }), undefined);
    assert.match(link.log.at(-1) ?? "", /\[WARNING\] \[dhcp\] No address is left for 02:00:00:00:00:03/);
    link.advance(3_600_000);
    assert.equal(link.say("discover", { chaddr: station(3) })?.yiaddr, A);
  });
});

describe("DHCPREQUEST (RFC 2131, 4.3.2)", () => {
  test("SELECTING: what was offered is given", () => {
    const link = new Link();
    const ack = link.lease(station(1));
    assert.deepEqual([ack.yiaddr, ack.to, ack.mac, ack.ciaddr], [A, A, station(1), "0.0.0.0"]);
    assert.deepEqual(ack.options.get(51), u32(3600));
    assert.equal(link.log.at(-1), `[INFO] [dhcp] ${A} is leased to 02:00:00:00:00:01 for 3600 s`);
  });

  test("SELECTING another server: silence, and what was offered is free", () => {
    const link = new Link();
    link.say("discover", {});
    assert.equal(link.say("request", { options: [...wants(A), [54, ips("192.168.1.9")]] }), undefined);
    assert.equal(link.say("discover", { chaddr: station(2) })?.yiaddr, A);
  });

  test("SELECTING what is another's: DHCPNAK to all", () => {
    const link = new Link();
    link.lease(station(1));
    const nak = link.say("request", { chaddr: station(2), options: [...wants(A), ...ours] });
    assert.deepEqual([nak?.type, nak?.mac, nak?.to, nak?.yiaddr], [DHCP.nak, BROADCAST, "255.255.255.255", "0.0.0.0"]);
    assert.deepEqual([...(nak?.options.keys() ?? [])], [53, 54, 56]);
    assert.match(Buffer.from(nak?.options.get(56) ?? []).toString(), /^The address is not for this client/);
    const odd = link.say("request", { chaddr: station(2), options: [...wants("192.168.1.200"), ...ours] });
    assert.equal(odd?.type, DHCP.nak);
  });

  test("INIT-REBOOT: a known client gets its address, the wrong one or network a DHCPNAK", () => {
    const link = new Link();
    link.lease(station(1));
    const again = link.say("request", { options: wants(A) });
    assert.deepEqual([again?.type, again?.yiaddr, again?.to], [DHCP.ack, A, A]);
    assert.equal(link.say("request", { options: wants(B) })?.type, DHCP.nak);
    assert.equal(link.say("request", { options: wants("192.168.1.250") })?.type, DHCP.nak);
    assert.equal(link.say("request", { chaddr: station(7), options: wants("10.0.0.1") })?.type, DHCP.nak);
  });

  test("INIT-REBOOT: of whom there is no record, silence", () => {
    const link = new Link();
    assert.equal(link.say("request", { options: wants(A) }), undefined);
    assert.equal(link.say("request", { options: wants("192.168.1.250") }), undefined);
    link.lease(station(1));
    assert.equal(link.say("request", { chaddr: station(7), options: wants(A) }), undefined, "another's");
  });

  test("a client that only says to have an address is answered where it is", () => {
    const link = new Link();
    const ack = link.say("request", { ciaddr: "203.0.113.9", options: [...wants(A), ...ours] });
    assert.deepEqual([ack?.type, ack?.yiaddr, ack?.to, ack?.mac], [DHCP.ack, A, A, station(1)]);
  });

  test("RENEWING: the lease begins anew, told to the client's address", () => {
    const link = new Link();
    link.lease(station(1));
    link.used.set(A, station(1));
    link.advance(1_800_000);
    const ack = link.say("request", { ciaddr: A, from: A, to: SERVER.ip });
    assert.deepEqual([ack?.type, ack?.to, ack?.mac, ack?.ciaddr, ack?.yiaddr], [DHCP.ack, A, station(1), A, A]);
    link.advance(3_599_000);
    assert.equal(link.say("request", { chaddr: station(2), options: [...wants(A), ...ours] })?.type, DHCP.nak);
  });

  test("REBINDING: the same by broadcast; another's address is refused, and one of elsewhere not heard", () => {
    const link = new Link();
    link.lease(station(1));
    link.used.set(A, station(1));
    assert.equal(link.say("request", { ciaddr: A, from: A })?.type, DHCP.ack);
    assert.equal(link.say("request", { chaddr: station(2), ciaddr: A, from: "192.168.1.99" })?.type, DHCP.nak);
    assert.equal(link.say("request", { ciaddr: "192.168.1.200", from: "192.168.1.200" }), undefined);
  });

  test("RENEWING at a server that has lost its leases: the address is given if it is nobody's", () => {
    const link = new Link();
    link.used.set(B, station(4));
    const ack = link.say("request", { chaddr: station(4), ciaddr: B, from: B, to: SERVER.ip });
    assert.deepEqual([ack?.type, ack?.yiaddr], [DHCP.ack, B]);
  });
});

describe("addresses in use (RFC 2131, 2.2, 3.1 (5) and 4.3.3)", () => {
  test("an address that a station answers for is set aside before it is offered", () => {
    const link = new Link();
    link.used.set(A, station(99));
    assert.equal(link.say("discover", {}, 1000)?.yiaddr, B);
    assert.match(link.log.at(-1) ?? "", /02:00:00:00:00:63 has 192.168.1.70, which is set aside/);
    link.used.delete(A);
    assert.equal(link.say("discover", { chaddr: station(2) }, 1000)?.yiaddr, "192.168.1.72");
    link.advance(600_000);
    assert.equal(link.say("discover", { chaddr: station(3), options: wants(A) })?.yiaddr, A);
  });

  test("an address that was leased while it was looked for stays leased", () => {
    const link = new Link();
    link.tell("discover");
    link.work();
    link.used.set(A, station(3));
    link.tell("request", { chaddr: station(3), ciaddr: A, from: A, to: SERVER.ip });
    link.advance(1000);
    const [ack, more] = link.take();
    assert.deepEqual([ack?.type, ack?.chaddr, more], [DHCP.ack, station(3), undefined]);
    const again = link.say("request", { chaddr: station(3), ciaddr: A, from: A, to: SERVER.ip });
    assert.deepEqual([again?.type, again?.yiaddr], [DHCP.ack, A]);
    assert.equal(link.say("discover")?.yiaddr, B);
  });

  test("who has the address itself gets it", () => {
    const link = new Link();
    link.used.set(A, station(1));
    assert.equal(link.say("discover")?.yiaddr, A);
  });

  test("a station that looks for the same address at that moment has it", () => {
    const link = new Link();
    link.tell("discover");
    link.work();
    const probe = { operation: 1, sha: station(50), spa: "0.0.0.0", tha: "00:00:00:00:00:00", tpa: A };
    link.cable.send(
      encodeEthernet({ source: station(50), destination: BROADCAST, type: ETHERTYPE.arp, payload: encodeArp(probe) }),
    );
    link.advance(1000);
    assert.deepEqual(
      link.take().map(({ yiaddr }) => yiaddr),
      [B],
    );
  });

  test("DHCPDECLINE sets the address aside; only its client may", () => {
    const link = new Link();
    link.lease(station(1));
    link.tell("decline", { chaddr: station(2), options: [...wants(A), ...ours] });
    link.tell("decline", { options: [...wants(A), [54, ips("192.168.1.9")]] });
    assert.equal(link.say("discover", {}, 0)?.yiaddr, A);
    link.tell("decline", { options: [...wants(A), ...ours] });
    assert.equal(link.say("discover")?.yiaddr, B);
    assert.match(link.log.join("\n"), /02:00:00:00:00:01 declines 192.168.1.70: somebody has it; it is set aside/);
  });

  test("an address is looked for while others are, and a repeated DHCPDISCOVER gets one answer", () => {
    const link = new Link();
    for (let i = 1; i <= 8; i++) link.tell("discover", { chaddr: station(i) });
    link.advance(100);
    link.tell("discover", { xid: 77 });
    link.advance(310);
    const offers = link.take();
    assert.equal(offers.length, 8);
    assert.equal(new Set(offers.map(({ yiaddr }) => yiaddr)).size, 8);
    assert.equal(offers.find(({ chaddr }) => chaddr === station(1))?.xid, 77);
  });
});

describe("DHCPRELEASE and DHCPINFORM (RFC 2131, 4.3.4 and 4.3.5)", () => {
  test("DHCPRELEASE frees the address, and is not answered; only of its client", () => {
    const link = new Link({ arguments: ["--addresses=1"] });
    link.lease(station(1));
    const release = { ciaddr: A, from: A, to: SERVER.ip, options: ours };
    assert.equal(link.say("release", { ...release, chaddr: station(2) }), undefined);
    assert.equal(link.say("discover", { chaddr: station(2) }), undefined);
    assert.equal(link.say("release", release), undefined);
    assert.equal(link.say("discover", { chaddr: station(2) })?.yiaddr, A);
  });

  test("DHCPINFORM is answered without an address or a lease, to where it came from", () => {
    const [link, address] = [new Link(), "192.168.1.30"];
    link.used.set(address, station(1));
    const ack = link.say("inform", { ciaddr: address, from: address, to: SERVER.ip, options: [[55, [6]]] });
    assert.deepEqual([ack?.type, ack?.to, ack?.yiaddr, ack?.ciaddr], [DHCP.ack, address, "0.0.0.0", address]);
    assert.deepEqual([...(ack?.options.keys() ?? [])], [53, 54, 1, 6]);
    assert.equal(link.say("inform", { ciaddr: "203.0.113.9", from: address, to: SERVER.ip }), undefined);
    assert.equal(link.say("inform", { from: address, to: SERVER.ip }), undefined);
  });
});

describe("relays (RFC 2131, 4.1; RFC 3046)", () => {
  const relayed = { giaddr: "10.9.0.1", from: "10.9.0.1", to: SERVER.ip } as const;
  const agent = [1, 3, 7, 8, 9, 2, 1, 5];

  test("answers go to the relay, with an address of its network, and with what it added", () => {
    const link = new Link();
    const offer = link.say("discover", {
      ...relayed,
      options: [
        [82, agent],
        [55, [1, 28]],
      ],
    });
    assert(offer);
    assert.deepEqual(
      [offer.to, offer.mac, offer.port, offer.yiaddr, offer.giaddr],
      ["10.9.0.1", RELAY.mac, 67, "10.9.0.10", "10.9.0.1"],
    );
    assert.deepEqual([...offer.options.keys()], [53, 54, 51, 58, 59, 1, 28, 82]);
    assert.deepEqual(offer.options.get(82), agent);
    assert.deepEqual(offer.options.get(28), ips("10.9.0.255"));
    assert.deepEqual(link.probed, ["echo 10.9.0.10", "echo 10.9.0.10"]);
    const options = [...wants("10.9.0.10"), ...ours];
    assert.equal(link.say("request", { ...relayed, options })?.type, DHCP.ack);
    // Then it renews without the relay.
    link.used.set("10.9.0.10", RELAY.mac);
    const renewed = link.say("request", { ciaddr: "10.9.0.10", from: "10.9.0.10", to: SERVER.ip });
    assert.deepEqual([renewed?.type, renewed?.to, renewed?.mac], [DHCP.ack, "10.9.0.10", RELAY.mac]);
  });

  test("a client that asks through a relay and without it gets an address of each network", () => {
    const link = new Link();
    link.tell("discover");
    link.tell("discover", relayed);
    link.advance(1000);
    const offers = link.take().map(({ yiaddr, to }) => `${yiaddr} ${to}`);
    assert.deepEqual(offers.toSorted(), ["10.9.0.10 10.9.0.1", `${A} ${A}`]);
  });

  test("an address that answers ICMP there is set aside", () => {
    const link = new Link();
    link.used.set("10.9.0.10", RELAY.mac);
    assert.equal(link.say("discover", relayed, 1000)?.yiaddr, "10.9.0.11");
    assert.match(link.log.at(-1) ?? "", /Somebody has 10.9.0.10/);
  });

  test("DHCPNAK has the broadcast flag for the relay; a network that is not ours gets no answer", () => {
    const link = new Link();
    const nak = link.say("request", { ...relayed, options: wants(A) });
    assert.deepEqual([nak?.type, nak?.to, nak?.port, nak?.flags], [DHCP.nak, "10.9.0.1", 67, 0x8000]);
    assert.equal(link.say("discover", { ...relayed, giaddr: "10.10.0.1" }), undefined);
    assert.equal(link.say("request", { ...relayed, giaddr: "10.10.0.1", options: wants(A) }), undefined);
  });
});

describe("static leases", () => {
  const hosts = `--hosts=${station(1)}=192.168.1.10,id:ff0102=192.168.1.71,${station(3)}=10.9.0.11`;

  test("are for their clients alone, by station or identifier, in the range or not", () => {
    const link = new Link({ arguments: [hosts, "--addresses=3"] });
    assert.equal(link.lease(station(1)).yiaddr, "192.168.1.10");
    assert.equal(link.lease(station(8), [[61, [255, 1, 2]]]).yiaddr, B);
    assert.equal(link.lease(station(4)).yiaddr, A);
    assert.equal(link.lease(station(5)).yiaddr, "192.168.1.72");
    assert.equal(link.say("discover", { chaddr: station(6) }), undefined);
    assert.equal(
      link.say("request", { chaddr: station(6), options: [...wants("192.168.1.10"), ...ours] })?.type,
      DHCP.nak,
    );
    const relayed = { giaddr: "10.9.0.1", from: "10.9.0.1", to: SERVER.ip, chaddr: station(3) };
    assert.equal(link.say("discover", relayed)?.yiaddr, "10.9.0.11");
  });

  test("a station keeps its own when what it runs calls itself otherwise", () => {
    const link = new Link({ arguments: [hosts] });
    link.lease(station(1), [[61, [0, 1, 2, 3]]]);
    assert.equal(link.lease(station(1), [[61, [255, 9, 9]]]).yiaddr, "192.168.1.10");
    assert.equal(link.say("request", { options: wants("192.168.1.10") })?.type, DHCP.ack);
  });

  test("lie in the pool of their network that has their address", () => {
    const link = new Link({ arguments: [`--hosts=${station(1)}=192.168.1.150`, "--addresses=1", "--more=2"] });
    link.lease(station(2));
    assert.equal(link.lease(station(3)).yiaddr, "192.168.1.151", "not the one kept for another");
    assert.equal(link.lease(station(1)).yiaddr, "192.168.1.150");
  });

  test("what is none, or names an address twice, is refused", () => {
    for (const wrong of [
      "x",
      `${station(1)}=`,
      "02:00:00:00:00=192.168.1.9",
      `${station(1)}=192.168.1.255`,
      `${station(1)}=192.168.1.5`,
      "id:f=192.168.1.9",
      `${station(1)}=192.168.1.9,${station(2)}=192.168.1.9`,
      "ff:00:00:00:00:01=192.168.1.9",
    ])
      assert.equal(new Link({ arguments: [`--hosts=${wrong}`] }).host.status, 3, wrong);
    for (const wrong of ["66", "=00", "0=00", "255=00", "1000=00", "66=0", "66=0g", "51=00000e10", "61=0102"])
      assert.equal(new Link({ arguments: [`--options=${wrong}`] }).host.status, 2, wrong);
  });
});
