import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { a, cname, type DnsRecord, decodeQuestion, encodeDns, nameOctets, pointer, soa } from "../../support/dns.ts";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "dns.as.ts");
const NAME = wire.at + 66_000;
const OTHER = NAME + 512;
const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join("."));
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);

/** Puts octets at an address. */
function putAt(address: number, octets: readonly number[] | Uint8Array): void {
  wire.bytes(address, octets.length + 8).fill(0xee);
  wire.bytes(address, octets.length).set(octets);
}

/** Reads the name at an offset of the message of `length` octets. @returns its octets, undefined when it is malformed */
function read(length: number, offset: number): number[] | undefined {
  const size = wire.u32("readName", wire.at, wire.at + length, wire.at + offset, NAME);
  return size ? [...wire.bytes(NAME, size)] : undefined;
}

describe("names", () => {
  test("are read from text, and written as text", () => {
    fc.assert(
      fc.property(name, fc.boolean(), (name, dot) => {
        const text = Buffer.from(dot ? `${name}.` : name);
        putAt(OTHER, text);
        const octets = nameOctets(name.toLowerCase());
        assert.equal(wire.u32("parseText", OTHER, text.length, NAME), octets.length);
        assert.deepEqual([...wire.bytes(NAME, octets.length)], octets);
        assert.equal(wire.u32("nameLength", NAME), octets.length);
        const length = wire.u32("formatText", NAME, OTHER);
        assert.equal(Buffer.from(wire.bytes(OTHER, length)).toString(), name.toLowerCase());
      }),
    );
    putAt(NAME, [0]);
    assert.equal(wire.u32("formatText", NAME, OTHER), 1);
    assert.equal(wire.bytes(OTHER, 1)[0], 0x2e);
  });

  test("in a message are put together from where pointers lead, in lower case", () => {
    fc.assert(
      fc.property(name, name, label, (first, second, label) => {
        const [one, two] = [nameOctets(first), nameOctets(second)];
        // first; label and a pointer to it; second without its end and a pointer to that.
        const [at1, at2] = [one.length, one.length + label.length + 3];
        const message = [
          ...one,
          ...nameOctets(label).slice(0, -1),
          ...pointer(0),
          ...two.slice(0, -1),
          ...pointer(at1),
        ];
        wire.put(Uint8Array.from(message));
        assert.deepEqual(read(message.length, 0), nameOctets(first.toLowerCase()));
        assert.deepEqual(read(message.length, at1), nameOctets(`${label}.${first}`.toLowerCase()));
        const whole = nameOctets(`${second}.${label}.${first}`.toLowerCase());
        assert.deepEqual(read(message.length, at2), whole.length <= 255 ? whole : undefined);
        assert.equal(wire.u32("skipName", wire.at + at2, wire.at + message.length), wire.at + message.length);
        for (let end = at2; end < message.length; end++) {
          assert.equal(read(end, at2), undefined);
          assert.equal(wire.u32("skipName", wire.at + at2, wire.at + end), 0);
        }
      }),
    );
  });

  test("that are malformed are refused", () => {
    const long = Array.from({ length: 63 }, () => 0x61);
    for (const octets of [
      pointer(0),
      pointer(1),
      pointer(2),
      [1, 0x61, ...pointer(0)],
      [1, 0x61, ...pointer(2)],
      [...pointer(2), ...pointer(0)],
      [0x40, 0],
      [0x80, 0],
      [0xbf, 0],
      [64, ...long, 0x61, 0],
      [63, ...long],
      [63, ...long, 63, ...long, 63, ...long, 63, ...long, 0],
      [],
    ]) {
      wire.put(Uint8Array.from(octets));
      assert.equal(read(octets.length, 0), undefined, `${octets}`);
    }
    // 255 octets with the root, and no more.
    const most = [63, ...long, 63, ...long, 63, ...long, 61, ...long.slice(2), 0];
    wire.put(Uint8Array.from(most));
    assert.equal(read(most.length, 0)?.length, 255);
  });

  test("lie within zones by whole labels", () => {
    for (const [inner, zone, within] of [
      ["www.example.org", "example.org", true],
      ["example.org", "example.org", true],
      ["example.org", "", true],
      ["", "", true],
      ["example.org", "www.example.org", false],
      ["badexample.org", "example.org", false],
      ["example.com", "example.org", false],
      ["a.b", "b.a", false],
    ] as const) {
      putAt(NAME, nameOctets(inner));
      putAt(OTHER, nameOctets(zone));
      assert.equal(wire.test("isWithin", NAME, OTHER), within, `${inner} in ${zone}`);
      assert.equal(wire.test("isSameName", NAME, OTHER), inner === zone);
    }
  });

  test("are written with a pointer to what the question holds of them", () => {
    fc.assert(
      fc.property(name, fc.array(label, { maxLength: 2 }), fc.nat(5), (question, more, drop) => {
        const kept = question.toLowerCase().split(".").slice(drop);
        const owner = [...more.map((text) => text.toLowerCase()), ...kept].join(".");
        const message = encodeDns({ id: 1, question });
        wire.put(message);
        putAt(NAME, nameOctets(owner));
        const at = wire.at + message.length;
        const end = wire.u32("emitName", at, NAME, wire.at, wire.at + 12);
        assert.deepEqual(read(end - wire.at, message.length), nameOctets(owner));
        if (kept.length > 0) {
          const own = more.reduce((sum, text) => sum + 1 + text.length, 0);
          assert.ok(end - at <= own + 2);
        }
        const plain = wire.u32("emitName", at, NAME, wire.at, 0);
        assert.deepEqual([...wire.bytes(at, plain - at)], nameOctets(owner));
      }),
    );
  });
});

describe("messages", () => {
  const record: fc.Arbitrary<DnsRecord> = fc.record({
    name: name.filter((text) => text.length < 200),
    type: u16,
    class: u16,
    ttl: u32,
    data: fc.array(fc.nat(255), { maxLength: 40 }),
  });
  const section = fc.array(record, { maxLength: 3 });

  test("are taken apart as the oracle put them together, and refused or ended where they are cut", () => {
    fc.assert(
      fc.property(
        u16,
        u16,
        name,
        section,
        section,
        section,
        (id, flags, question, answers, authorities, additionals) => {
          const octets = encodeDns({ id, flags, question, type: 28, class: 3, answers, authorities, additionals });
          wire.put(octets);
          const end = wire.at + octets.length;
          assert.equal(wire.test("check", wire.at, octets.length), true);
          assert.deepEqual(
            ["id", "flags", "opcode", "responseCode", "questionType", "questionClass"].map((get) =>
              wire.u32(get, wire.at),
            ),
            [id, flags, (flags >> 11) & 15, flags & 15, 28, 3],
          );
          const found: DnsRecord[] = [];
          const ends: number[] = [wire.u32("questionEnd", wire.at) - wire.at];
          wire.call("openRecords", wire.at, octets.length);
          while (wire.test("nextRecord")) {
            const [type = 0, inClass = 0, ttl = 0, at = 0, length = 0] = [0, 1, 2, 3, 4].map((i) =>
              wire.u32("field", i),
            );
            const size = wire.u32("ownerOf", end, NAME);
            const data = [...wire.bytes(wire.at + at, length)];
            found.push({ name: [...wire.bytes(NAME, size)], type, class: inClass, ttl, data });
            ends.push(at + length);
          }
          assert.equal(wire.u32("field", 6), 0);
          const lower = (record: DnsRecord) => ({ ...record, name: nameOctets(String(record.name).toLowerCase()) });
          assert.deepEqual(found, [...answers, ...authorities, ...additionals].map(lower));
          for (let length = 0; length < octets.length; length += 1 + (length >> 3)) {
            const whole = wire.test("check", wire.at, length);
            assert.equal(whole, length >= (ends[0] as number));
            if (!whole) continue;
            wire.call("openRecords", wire.at, length);
            let count = 0;
            while (wire.test("nextRecord")) count++;
            assert.equal(count, ends.slice(1).filter((at) => at <= length).length);
            assert.equal(wire.u32("field", 6), 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a question is written as the oracle reads it", () => {
    fc.assert(
      fc.property(u16, name, fc.boolean(), (id, text, edns) => {
        wire.call("emitHeader", wire.at, id, 0x0100);
        putAt(NAME, nameOctets(text));
        let at = wire.u32("emitName", wire.at + 12, NAME, wire.at, 0);
        at = wire.u32("emitQuestionRest", at, 1, 1);
        if (edns) {
          at = wire.u32("emitEdns", at, 1232);
          wire.call("setCounts", wire.at, 1, 0, 0, 1);
        }
        const question = decodeQuestion(wire.get(at - wire.at));
        assert.deepEqual(question, { id, name: text, type: 1, edns: edns ? 1232 : undefined });
      }),
    );
  });

  test("a response is written as the oracle writes it", () => {
    const question = "www.example.org";
    wire.call("emitHeader", wire.at, 7, 0x8180);
    putAt(NAME, nameOctets(question));
    let at = wire.u32("emitName", wire.at + 12, NAME, wire.at, 0);
    at = wire.u32("emitQuestionRest", at, 1, 1);
    at = wire.u32("emitName", at, NAME, wire.at, wire.at + 12);
    at = wire.u32("emitRecordRest", at, 1, 1, 300, 4);
    putAt(at, [192, 0, 2, 1]);
    wire.call("setCounts", wire.at, 1, 1, 0, 0);
    const answers = [a(pointer(12), "192.0.2.1")];
    assert.deepEqual(wire.get(at + 4 - wire.at), encodeDns({ id: 7, question, answers }));
  });

  test("records of which there are fewer than it says end there", () => {
    const octets = encodeDns({
      id: 1,
      question: "a.b",
      answers: [cname("a.b", "c.d"), soa("b")],
      counts: [1, 3, 9, 9],
    });
    wire.put(octets);
    wire.call("openRecords", wire.at, octets.length);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => wire.test("nextRecord")),
      [true, true, false, false],
    );
    assert.equal(wire.u32("field", 6), 1);
  });
});
