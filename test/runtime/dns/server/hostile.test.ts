import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ANSWER_BLOCKS,
  ANSWER_BODY,
  ANSWER_LENGTH,
  ANSWER_NEEDED,
  ANSWER_SUFFIXES,
  ANSWER_WHOLES,
  ZONE_ANSWERS,
} from "../../../../runtime/dns/zone/format.ts";
import { a, nameOctets, pointer, soa } from "../../../support/dns.ts";
import { decodeMessage, FLAG } from "../../../support/dnsmessage.ts";
import { opt, option, query, Served } from "./served.ts";
import { zonesOf } from "./zones.ts";

const ZONE = `
$ORIGIN example.org.
$TTL 300
@ SOA ns admin 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
`;
const served = new Served(ZONE);

const [FORMERR, NXDOMAIN, NOTIMP, REFUSED, BADVERS] = [1, 3, 4, 5, 16];
const DROPPED = undefined;
const NAME = "ns.example.org";
const label = (length: number): number[] => [length, ...new Array<number>(length).fill(0x61)];
const [FIVE, LONG_NAME] = [5, [...label(63), ...label(63), ...label(63), ...label(63), 0]];
const LONGEST = [...label(63), ...label(63), ...label(63), ...label(49), ...nameOctets("example.org")];
const sound = query(NAME);

/** The message with octets from an offset on replaced. */
function patch(message: Uint8Array, offset: number, ...octets: number[]): Uint8Array {
  const patched = message.slice();
  patched.set(octets, offset);
  return patched;
}

const u16 = (value: number): number[] => [value >> 8, value & 255];
/** Raw messages by the section that says what is to become of them. */
const TABLE: readonly (readonly [rfc: string, what: string, message: Uint8Array, code: number | undefined])[] = [
  ["1035 4.1.1", "a header that ends too early", sound.subarray(0, 11), DROPPED],
  ["1035 4.1.1", "nothing at all", sound.subarray(0, 0), DROPPED],
  ["1035 4.1.1", "a response: else two servers would answer each other for ever", patch(sound, 2, 0x80), DROPPED],
  ["1035 4.1.1", "a response without octets behind its header", patch(sound.subarray(0, 12), 2, 0xff), DROPPED],
  ["1035 4.1.1", "an inverse query", patch(sound, 2, 0x08), NOTIMP],
  ["1035 4.1.1", "a status query", patch(sound, 2, 0x10), NOTIMP],
  ["1996 3.1", "a notification", patch(sound, 2, 0x20), NOTIMP],
  ["2136 3.1", "an update", patch(sound, 2, 0x28), NOTIMP],
  ["8490 5.4", "a stateful operation", patch(sound, 2, 0x30), NOTIMP],
  ["1035 4.1.1", "an opcode that nobody has yet", patch(sound, 2, 0x78), NOTIMP],
  ["1035 4.1.1", "an opcode that nobody has yet, and nothing else", patch(sound.subarray(0, 12), 2, 0x78), NOTIMP],
  ["9619 3", "no question", patch(sound.subarray(0, 12), 4, 0, 0), FORMERR],
  ["9619 3", "two questions", query(NAME, 1, { counts: [2, 0, 0, 0] }), FORMERR],
  ["9619 3", "65,535 questions", query(NAME, 1, { counts: [65535, 0, 0, 0] }), FORMERR],
  ["1035 4.1.1", "a header and nothing of the question that it tells of", sound.subarray(0, 12), FORMERR],
  ["1035 4.1.2", "a question that ends in its name", sound.subarray(0, 20), FORMERR],
  ["1035 4.1.2", "a question that ends before its type", sound.subarray(0, -4), FORMERR],
  ["1035 4.1.2", "a question that ends in its class", sound.subarray(0, -1), FORMERR],
  ["1035 4.1.4", "a name that points to itself", query(pointer(12)), FORMERR],
  ["1035 4.1.4", "a name that points to the header", query(pointer(0)), FORMERR],
  ["1035 4.1.4", "a name that points behind itself", query([1, 0x61, ...pointer(18)]), FORMERR],
  ["1035 4.1.4", "a name that points out of the message", query([1, 0x61, ...pointer(0x3fff)]), FORMERR],
  ["1035 4.1.4", "half a pointer, at the end", Uint8Array.from([...sound.subarray(0, 12), 0xc0]), FORMERR],
  ["6891 5", "an extended label", query([0x41, 0x61, 0]), FORMERR],
  ["1035 4.1.4", "a label of the other reserved kind", query([0x81, 0x61, 0]), FORMERR],
  ["1035 3.1", "a name of 257 octets", query(LONG_NAME), FORMERR],
  ["1035 3.1", "a name of 255 octets", query(LONGEST), NXDOMAIN],
  ["1035 3.1", "a name of 127 labels", query(new Array(127).fill([1, 0x61]).flat().concat(0)), REFUSED],
  ["1035 3.1", "a name of 128 labels", query(new Array(128).fill([1, 0x61]).flat().concat(0)), FORMERR],
  ["1035 4.1", "octets behind the question", Uint8Array.from([...sound, 0]), FORMERR],
  ["1035 4.1", "an answer in the query", query(NAME, 1, { answers: [a(NAME, "192.0.2.9")] }), FORMERR],
  ["1035 4.1", "an authority in the query", query(NAME, 1, { authorities: [soa("example.org")] }), FORMERR],
  ["1035 4.1.1", "records that are not there", query(NAME, 1, { counts: [1, 0, 0, 1] }), FORMERR],
  ["1035 4.1.1", "65,535 records that are not there", query(NAME, 1, { counts: [1, 0, 0, 65535] }), FORMERR],
  [
    "1035 4.1.1",
    "records that are not counted",
    query(NAME, 1, { additionals: [opt()], counts: [1, 0, 0, 0] }),
    FORMERR,
  ],
  [
    "1035 4.1.3",
    "a record whose data reach too far",
    query(NAME, 1, { additionals: [opt()] }).subarray(0, -1),
    FORMERR,
  ],
  ["1035 4.1.3", "an additional record that means nothing", query(NAME, 1, { additionals: [a("x", "192.0.2.9")] }), 0],
  ["1995 3", "an incremental transfer", query("example.org", 251, { authorities: [soa("example.org")] }), REFUSED],
  ["5936 2.2.1", "a transfer", query("example.org", 252), REFUSED],
  ["1035 3.2.3", "mail agents, which are no more", query("example.org", 254), NOTIMP],
  ["1035 3.2.3", "mailboxes, likewise", query("example.org", 253), NOTIMP],
  ["2930 2", "an agreement on a key", query("example.org", 249), FORMERR],
  ["8945 5", "a signed query: nobody has the key", query(NAME, 1, { additionals: [{ ...opt(), type: 250 }] }), FORMERR],
  ["6891 6.1.1", "a question for the record of EDNS", query(NAME, 41), FORMERR],
  ["6891 6.1.1", "two records of EDNS", query(NAME, 1, { additionals: [opt(), opt()] }), FORMERR],
  ["6891 6.1.1", "EDNS among the answers", query(NAME, 1, { answers: [opt()] }), FORMERR],
  [
    "6891 6.1.2",
    "EDNS of a name that is not the root",
    query(NAME, 1, { additionals: [{ ...opt(), name: "x" }] }),
    FORMERR,
  ],
  ["6891 6.1.3", "version 1", query(NAME, 1, { additionals: [opt(1232, 0x10000)] }), BADVERS],
  ["6891 6.1.3", "version 255, options unread", query(NAME, 1, { additionals: [opt(0, 0xff0000, [1])] }), BADVERS],
  ["6891 6.1.2", "half an option", query(NAME, 1, { additionals: [opt(1232, 0, [0, 10, 0])] }), FORMERR],
  [
    "6891 6.1.2",
    "an option that reaches too far",
    query(NAME, 1, { additionals: [opt(1232, 0, [0, 3, 0, 1])] }),
    FORMERR,
  ],
  ["6891 6.1.2", "an option that nobody knows", query(NAME, 1, { additionals: [opt(1232, 0, option(65001, [1]))] }), 0],
  ["6891 6.1.4", "flags that nobody knows", query(NAME, 1, { additionals: [opt(1232, 0x7fff)] }), 0],
  ["6891 6.2.3", "less than 512 octets, which count as 512", query(NAME, 1, { additionals: [opt(0)] }), 0],
  ...[0, 7, 9, 15, 41].map((length) => {
    const message = query(NAME, 1, { additionals: [opt(1232, 0, option(10, new Uint8Array(length)))] });
    return ["7873 5.2.2", `a cookie of ${length} octets`, message, FORMERR] as const;
  }),
  ...[8, 16, 24, 40].map((length) => {
    const message = query(NAME, 1, { additionals: [opt(1232, 0, option(10, new Uint8Array(length)))] });
    return ["7873 5.2.2", `a cookie of ${length} octets`, message, 0] as const;
  }),
  ["1035 3.2.4", "class CH", query("version.bind", 16, { class: 3 }), REFUSED],
  ["1035 3.2.4", "class 0", query(NAME, 1, { class: 0 }), REFUSED],
  ["6895 3.2", "class NONE", query(NAME, 1, { class: 254 }), REFUSED],
  ["1034 3.7.1", "any class", query(NAME, 1, { class: 255 }), 0],
  ["1035 4.1.1", "all flags that a query may have, and those that it may not", patch(sound, 2, 0x07, 0xff), 0],
  ["1034 4.3.2", "a name that is not ours", query("example.com"), REFUSED],
  ["1034 4.3.2", "the root", query([0]), REFUSED],
  [
    "1035 2.3.1",
    "a name of octets that no host has",
    query([FIVE, 0, 0xff, 0x2e, 0x5c, 0x20, ...nameOctets(NAME)]),
    NXDOMAIN,
  ],
];

describe("hostile queries", () => {
  for (const [rfc, what, message, code] of TABLE) {
    test(`RFC ${rfc}: ${what}: ${code === DROPPED ? "dropped" : `code ${code}`}`, () => {
      for (const octets of [served.octets(message), served.octetsByStream(message)]) {
        if (code === DROPPED) assert.equal(octets, undefined);
        else {
          assert(octets, "there is no response");
          const response = decodeMessage(octets);
          assert.equal(response.code, code);
          assert.equal(response.id, 0x1234);
          // QR, and from the query its opcode, RD and CD.
          const [high = 0, low = 0] = message.subarray(2, 4);
          const kept = u16(response.flags & ~FLAG.aa & ~15);
          assert.deepEqual(kept, [0x80 | (high & 0x79), low & 0x10]);
          if (response.question)
            assert.deepEqual(octets.subarray(12, 12 + 5), Buffer.from(message.subarray(12, 12 + 5)));
        }
      }
    });
  }

  test("RFC 6891, 7: who does not use EDNS gets none, who does does; with our size, version 0, and DO as asked", () => {
    assert.equal(served.ask(query(NAME)).edns, undefined);
    for (const name of [NAME, "nothing.example.org", "elsewhere.example"])
      for (const dnssecOk of [false, true]) {
        const { edns } = served.ask(query(name, 1, { additionals: [opt(4096, dnssecOk ? 0x8000 : 0)] }));
        assert.deepEqual(edns, { size: 1232, code: 0, version: 0, dnssecOk, options: [] });
      }
    const { edns } = served.ask(query(NAME, 1, { additionals: [opt(4096, 0x18000)] }));
    assert.deepEqual(edns, { size: 1232, code: 1, version: 0, dnssecOk: true, options: [] });
  });

  test("RFC 1034, 3.7.1: to any class no answer is authoritative", () => {
    assert.equal(served.ask(query(NAME)).flags & FLAG.aa, FLAG.aa);
    const { flags, answers } = served.ask(query(NAME, 1, { class: 255 }));
    assert.deepEqual([flags & FLAG.aa, answers.length], [0, 1]);
  });

  test("the name comes back as it was written (draft-vixie-dnsext-dns0x20)", () => {
    const message = query("nS.eXAMPLE.oRG");
    const octets = served.octets(message);
    assert.deepEqual(octets?.subarray(12, message.length), Buffer.from(message.subarray(12)));
    assert.equal(served.ask(message).answers[0]?.name, "nS.eXAMPLE.oRG");
  });

  test("what has no room for its own question is dropped", () => {
    const message = query(NAME);
    assert.equal(served.octets(message, "192.0.2.7", message.length - 1), undefined);
    assert.ok(served.octets(message, "192.0.2.7", message.length));
  });

  test("a block whose needed part ends within a pointer writes nothing behind its room", () => {
    const block = zonesOf("$ORIGIN z.\n@ 1 SOA ns m 1 2 3 4 5\n@ 1 NS ns\nns 1 A 192.0.2.1\n*.w 1 MX 1 ns\n");
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    let answer = view.getUint32(ZONE_ANSWERS, true);
    const u16At = (offset: number) => view.getUint16(answer + offset, true);
    // The one of MX records, with an address that may be left out.
    while (view.getUint16(answer + ANSWER_BODY + 2) !== 15) {
      const places = u16At(ANSWER_WHOLES) + u16At(ANSWER_SUFFIXES) + u16At(ANSWER_BLOCKS);
      answer += (ANSWER_BODY + u16At(ANSWER_LENGTH) + 2 * places + 3) & ~3;
    }
    // Up to the middle of the pointer that is the address' owner.
    const needed = u16At(ANSWER_NEEDED) + 1;
    const hostile = new Served(ZONE);
    for (const size of [needed - 1, needed, needed + 1, needed + 2]) {
      view.setUint16(answer + ANSWER_NEEDED, size, true);
      hostile.load(block);
      const message = query("longer.w.z", 15);
      assert.equal(hostile.octets(message, undefined, message.length + size)?.length, message.length + size);
    }
  });

  test("each outcome is counted", () => {
    const before = [0, 1, 3, 4, 5, 16].map((code) => served.call("responses", code));
    const dropped = served.counter("dropped");
    for (const [, , message] of TABLE) served.octets(message);
    const expected = [0, 1, 3, 4, 5, 16].map((code) => TABLE.filter((row) => row[3] === code).length);
    assert.deepEqual(
      [0, 1, 3, 4, 5, 16].map((code, i) => served.call("responses", code) - (before[i] ?? 0)),
      expected,
    );
    assert.equal(served.counter("dropped") - dropped, TABLE.filter((row) => row[3] === DROPPED).length);
    assert.equal(served.call("responses", 17), 0);
  });
});
