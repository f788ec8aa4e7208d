import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { addresses, DHCP, type DhcpOptions, decodeDhcp, encodeDhcp, encodeOptions, u32 } from "../../support/dhcp.ts";
import { ipv4Number, ipv4Text, macNumber, macOctets, macText } from "../../support/packets.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "dhcp.as.ts");
const VALUE = wire.at + 4096;
const MAC = "02:00:00:00:00:02";
const base = { op: 2, xid: 0x12345678, chaddr: MAC } as const;
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text);
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macText);
const u16s = fc.nat(0xffff);
const u32s = fc.nat(0xffffffff);
const option = fc.tuple(
  fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
  fc.array(fc.nat(255), { maxLength: 60 }),
);

/** Puts a message. @returns its length */
function put(octets: Uint8Array): number {
  wire.put(octets);
  return octets.length;
}

/** The value of an option of the message that was put; undefined when it has none. */
function optionOf(length: number, code: number, room = 4096): number[] | undefined {
  const size = Number(wire.call("option", wire.at, length, code, VALUE, room));
  if (size < 0) return undefined;
  return [...wire.get(4096 + Math.min(size, room)).subarray(4096)];
}

test("takes a message apart as the oracle put it together", () => {
  fc.assert(
    fc.property(
      fc.tuple(u32s, u16s, u16s, mac),
      fc.tuple(address, address, address, address),
      fc.array(option, { maxLength: 8 }),
      fc.boolean(),
      ([xid, secs, flags, chaddr], [ciaddr, yiaddr, siaddr, giaddr], options, ended) => {
        const fields = { op: 2, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr };
        const length = put(encodeDhcp({ ...fields, options, ended }));
        assert.equal(wire.test("check", wire.at, length), true);
        assert.deepEqual(
          ["op", "xid", "secs", "flags", "clientAddress", "yourAddress", "nextServerAddress", "relayAddress"].map(
            (name) => wire.u32(name, wire.at),
          ),
          [2, xid, secs, flags, ...[ciaddr, yiaddr, siaddr, giaddr].map(ipv4Number)],
        );
        assert.equal(BigInt.asUintN(64, wire.call("clientHardware", wire.at) as bigint), macNumber(macOctets(chaddr)));
        for (const code of [1, ...options.map(([code]) => code)]) {
          const parts = options.filter(([other]) => other === code);
          const whole = parts.length ? parts.flatMap(([, value]) => [...value]) : undefined;
          assert.deepEqual(optionOf(length, code), whole);
          assert.equal(wire.call("optionLength", wire.at, length, code), whole?.length ?? -1);
          const four = whole?.length === 4 ? Buffer.from(whole).readUInt32BE() : 77;
          assert.equal(wire.u32("option32", wire.at, length, code, 77), four);
        }
      },
    ),
  );
});

test("puts a message together that the oracle takes apart", () => {
  fc.assert(
    fc.property(
      fc.tuple(u32s, u16s, u16s, mac),
      fc.tuple(address, address, address, address),
      fc.array(fc.nat(255), { maxLength: 700 }),
      ([xid, secs, flags, chaddr], all, value) => {
        const start = Number(wire.call("emit", wire.at, 2, xid, secs, flags, macNumber(macOctets(chaddr))));
        ["setClientAddress", "setYourAddress", "setNextServerAddress", "setRelayAddress"].forEach((name, i) => {
          wire.call(name, wire.at, ipv4Number(all[i] as string));
        });
        let at = Number(wire.call("putOption8", start, 53, DHCP.offer));
        at = Number(wire.call("putOption16", at, 57, 1472));
        at = Number(wire.call("putOption32", at, 51, xid));
        const before = at;
        wire.bytes(VALUE, value.length).set(value);
        at = Number(wire.call("putOption", at, 43, VALUE, value.length));
        // RFC 3396, 6: no part is longer than 255 octets.
        const parts = Math.max(1, Math.ceil(value.length / 255));
        assert.equal(at - before, value.length + 2 * parts);
        const length = Number(wire.call("finish", wire.at, at));
        const { options, ...fields } = decodeDhcp(wire.get(length));
        const [ciaddr, yiaddr, siaddr, giaddr] = all;
        assert.deepEqual(fields, { op: 2, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, type: 2 });
        assert.deepEqual(
          [...options],
          [
            [53, [2]],
            [57, [5, 192]],
            [51, u32(xid)],
            [43, value],
          ],
        );
        assert.equal(wire.test("check", wire.at, length), true);
        assert.equal(wire.u32("messageType", wire.at, length), DHCP.offer);
      },
    ),
  );
});

describe("options in other fields (option 52)", () => {
  const file = [...encodeOptions([[6, addresses("10.0.0.1")]]), 255];
  const sname = [
    ...encodeOptions([
      [6, addresses("10.0.0.2")],
      [12, [1, 2]],
    ]),
    255,
  ];
  for (const [overload, servers, name] of [
    [1, ["9.9.9.9", "10.0.0.1"], undefined],
    [2, ["9.9.9.9", "10.0.0.2"], [1, 2]],
    // RFC 3396, 5: options first, then file, then sname.
    [3, ["9.9.9.9", "10.0.0.1", "10.0.0.2"], [1, 2]],
    [0, ["9.9.9.9"], undefined],
  ] as const)
    test(`overload ${overload}`, () => {
      const options: DhcpOptions = [
        [52, [overload]],
        [6, addresses("9.9.9.9")],
      ];
      const length = put(encodeDhcp({ ...base, options, file, sname }));
      assert.equal(wire.test("check", wire.at, length), true);
      assert.deepEqual(optionOf(length, 6), addresses(...servers));
      assert.deepEqual(optionOf(length, 12), name && [...name]);
    });

  test("an option that leaves such a field is refused, where the field holds options", () => {
    for (const [overload, fine] of [
      [0, true],
      [1, false],
      [2, true],
      [3, false],
    ] as const) {
      const bad = [...new Array<number>(126).fill(0), 6, 1];
      const length = put(encodeDhcp({ ...base, options: [[52, [overload]]], file: bad, sname }));
      assert.equal(wire.test("check", wire.at, length), fine, `${overload}`);
    }
  });
});

test("refuses what is no message of Ethernet's, and options that leave it", () => {
  const good = encodeDhcp({
    ...base,
    options: [
      [53, [DHCP.ack]],
      [6, addresses("10.0.0.1")],
    ],
  });
  const refused = (octets: Uint8Array) => assert.equal(wire.test("check", wire.at, put(octets)), false);
  assert.equal(wire.test("check", wire.at, put(good)), true);
  for (const [offset, value] of [
    [0, 0],
    [0, 3],
    [1, 6],
    [2, 16],
    [236, 0],
    [239, 100],
  ] as const) {
    const bad = good.slice();
    bad[offset] = value;
    refused(bad);
  }
  // Without "end" it is taken where an option ends, and nowhere else.
  for (let length = 0; length < good.length; length++) {
    const fine = [240, 243, 249].includes(length);
    wire.put(good.subarray(0, length));
    assert.equal(wire.test("check", wire.at, length), fine, `${length}`);
  }
});

test("a value is copied as far as there is room; what follows stays", () => {
  const length = put(
    encodeDhcp({
      ...base,
      options: [
        [6, [1, 2, 3]],
        [1, []],
        [6, [4, 5, 6]],
      ],
    }),
  );
  wire.bytes(VALUE, 8).fill(0xaa);
  assert.equal(wire.call("option", wire.at, length, 6, VALUE, 5), 6);
  assert.deepEqual([...wire.bytes(VALUE, 8)], [1, 2, 3, 4, 5, 0xaa, 0xaa, 0xaa]);
  assert.deepEqual(optionOf(length, 1), []);
});

test("a type of another length is none", () => {
  for (const value of [[], [5, 5]]) {
    const length = put(encodeDhcp({ ...base, options: [[53, value]] }));
    assert.equal(wire.u32("messageType", wire.at, length), 0);
  }
});
