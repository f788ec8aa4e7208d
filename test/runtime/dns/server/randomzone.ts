/** Zones of few names and many cases, and what their server answers compared with the model's answer. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answered, decodeMessage, FLAG, type Message } from "../../../support/dnsmessage.ts";
import { Model, ModelZone, T, type ZoneRecord } from "./model.ts";
import { query, Served } from "./served.ts";
import { zonesOf } from "./zones.ts";

/** The zone with all cases; one below it, whether delegated or not; and one beside it. */
const APEX = "example.org";
const BELOW = "c.example.org";
const BESIDE = "example.net";
const APEXES = [APEX, BELOW, BESIDE] as const;
const ELSEWHERE = "elsewhere.example";
const LABELS = ["a", "b", "c", "*"] as const;
/** Types of records, the ones with which more happens more often. */
const TYPES = [T.a, T.a, T.aaaa, T.ns, T.ns, T.cname, T.cname, T.dname, T.mx, T.srv, T.txt, T.ds] as const;
const MNEMONICS = new Map([
  [T.a, "A"],
  [T.ns, "NS"],
  [T.cname, "CNAME"],
  [T.soa, "SOA"],
  [T.mx, "MX"],
  [T.txt, "TXT"],
  [T.aaaa, "AAAA"],
  [T.srv, "SRV"],
  [T.dname, "DNAME"],
  [T.ds, "DS"],
] as const) as ReadonlyMap<number, string>;

interface RandomZone {
  readonly model: ModelZone;
  /** Its master file. */
  readonly text: string;
}

/** Names of at most three labels below an apex. The wildcard's label is the first one only. */
const owner = (apex: string) =>
  fc
    .tuple(fc.constantFrom(...LABELS), fc.array(fc.constantFrom(...LABELS.slice(0, 3)), { maxLength: 2 }))
    .map((labels) => [...labels.flat(), apex].join("."));
/** In the zone, in the others, and out of all. */
const target = (apex: string) =>
  fc.oneof({ weight: 14, arbitrary: owner(apex) }, ...APEXES.map((other) => ({ weight: 1, arbitrary: owner(other) })), {
    weight: 1,
    arbitrary: fc.constantFrom(ELSEWHERE, ...APEXES),
  });
const record = (apex: string) =>
  fc.record({
    name: fc.oneof({ weight: 9, arbitrary: owner(apex) }, { weight: 1, arbitrary: fc.constant(apex) }),
    type: fc.constantFrom(...TYPES),
    number: fc.nat(3),
    target: target(apex),
  });

function data(type: number, number: number, name: string): string {
  if (type === T.a) return `192.0.2.${number}`;
  if (type === T.aaaa) return `20010db800000000000000000000000${number}`;
  if (type === T.txt) return `03${"61626364".slice(2 * number, 2 * number + 2).repeat(3)}`;
  if (type === T.ds) return `000${number}0801${"ab".repeat(20)}`;
  if (type === T.mx) return `${number} ${name}`;
  return type === T.srv ? `${number} 0 25 ${name}` : name;
}

/** The label of a name next to APEX; of APEX itself what is less than any. */
const top = (name: string): string => name.split(".").at(-3) ?? "";

/** Leaves out what no zone may have, or what no RFC gives a meaning. */
function repair(apex: string, records: readonly ZoneRecord[]): ZoneRecord[] {
  const kept: ZoneRecord[] = [];
  const at = (name: string): ZoneRecord[] => kept.filter((one) => one.name === name);
  const isBelow = (name: string, above: string): boolean => name.endsWith(`.${above}`);
  for (const one of records) {
    const own = at(one.name);
    const isWildcard = one.name.startsWith("*");
    const single = one.type === T.cname || one.type === T.dname;
    if (own.some((other) => other.type === one.type && (single || other.data === one.data))) continue;
    if ((one.type === T.cname && own.length > 0) || own.some(({ type }) => type === T.cname)) continue;
    if (one.name === apex && (one.type === T.ns || one.type === T.cname || one.type === T.ds)) continue;
    // RFC 4592, 4.2 and 4.4: wildcards that are cuts or rename have no meaning that all agree on; RFC 6672, 2.4: neither
    // has a cut that renames.
    if (isWildcard && (one.type === T.ns || one.type === T.dname || one.type === T.ds)) continue;
    if (one.type === T.dname && own.some(({ type }) => type === T.ns)) continue;
    if (one.type === T.ns && own.some(({ type }) => type === T.dname)) continue;
    // What renames leads on to another letter, or out: never in circles, and not more often than a server follows.
    const staysIn = one.data === APEX || isBelow(one.data, APEX);
    if (one.type === T.dname && (apex !== APEX || (staysIn && (one.name === APEX || top(one.name) >= top(one.data)))))
      continue;
    // Below what renames nothing may be (RFC 6672, 2.4); below a cut only addresses.
    if (kept.some((other) => other.type === T.dname && isBelow(one.name, other.name))) continue;
    if (one.type === T.dname && kept.some((other) => isBelow(other.name, one.name))) continue;
    kept.push(one);
  }
  const cuts = kept.filter(({ type, name }) => type === T.ns && name !== apex).map(({ name }) => name);
  return kept.filter(({ name, type }) => {
    if (type === T.ds) return cuts.includes(name) && !cuts.some((cut) => isBelow(name, cut));
    if (cuts.includes(name) && !cuts.some((cut) => isBelow(name, cut))) return type === T.ns;
    return !cuts.some((cut) => isBelow(name, cut)) || type === T.a || type === T.aaaa;
  });
}

const soa = (apex: string): ZoneRecord => ({
  name: apex,
  type: T.soa,
  ttl: 3600,
  data: `ns.${apex} admin.${apex} 1 7200 3600 1209600 60`,
});

function lineOf({ name, type, ttl, data }: ZoneRecord): string {
  const words = data.split(" ");
  if (type === T.txt) words.splice(0, 1, JSON.stringify(Buffer.from(data.slice(2), "hex").toString()));
  else if (type === T.aaaa) words.splice(0, 1, (data.match(/.{4}/g) ?? []).join(":"));
  else if (type === T.ds) words.splice(0, 1, String(Number(`0x${data.slice(0, 4)}`)), "8", "1", data.slice(8));
  else if (type !== T.a) for (const [i, word] of words.entries()) if (/[a-z]/.test(word)) words[i] = `${word}.`;
  return `${name}. ${ttl} IN ${MNEMONICS.get(type)} ${words.join(" ")}`;
}

/** Servers have addresses, where the zone would have to have them. */
function settle(apex: string, records: readonly ZoneRecord[]): ZoneRecord[] {
  const hasAddress = (host: string): boolean =>
    records.some(({ name, type }) => name === host && (type === T.a || type === T.aaaa));
  const isOutside = (host: string): boolean => !host.endsWith(apex);
  const settled = records.map((one) =>
    one.type !== T.ns || isOutside(one.data) || hasAddress(one.data) ? one : { ...one, data: ELSEWHERE },
  );
  const keys = settled.map(({ name, type, data }) => `${name} ${type} ${data}`);
  return settled.filter((_, i) => keys.indexOf(keys[i] ?? "") === i);
}

const randomZone = (apex: string, maxLength: number): fc.Arbitrary<RandomZone> =>
  fc.array(record(apex), { maxLength }).map((all) => {
    const own = [soa(apex), { name: apex, type: T.ns, ttl: 300, data: `a.${apex}` }];
    const records = all.map(({ name, type, number, target }) => ({
      name,
      type,
      ttl: 300,
      data: data(type, number, target),
    }));
    const kept = settle(apex, [...own, ...repair(apex, records)]);
    return { model: new ModelZone(apex, kept), text: `${kept.map(lineOf).join("\n")}\n` };
  });

/** The first zone, alone or with the others. */
export const randomZones: fc.Arbitrary<readonly RandomZone[]> = fc.oneof(
  fc.tuple(randomZone(APEX, 24)),
  fc.tuple(randomZone(APEX, 24), randomZone(BELOW, 12), randomZone(BESIDE, 12)),
);

interface RandomQuestion {
  readonly name: string;
  readonly type: number;
}

const randomQuestion: fc.Arbitrary<RandomQuestion> = fc.record({
  name: fc
    .tuple(
      fc.array(fc.constantFrom("a", "b", "c", "*", "A", "x"), { maxLength: 4 }),
      fc.constantFrom("Example.org", "Example.org", "C.example.org", BESIDE),
    )
    .map((labels) => labels.flat().join(".")),
  type: fc.constantFrom(...TYPES, T.any, 65280),
});

/** Records as they are compared: names do not depend on case, nor the rest on order, nor on how often a circle is told. */
function shown(records: readonly (ZoneRecord | Answered)[]): string[] {
  const lines = records.map(({ name, type, ttl, data }) => `${name} ${ttl} ${type} ${data}`.toLowerCase());
  return [...new Set(lines)].sort();
}

/** Aliases in their order. */
const chain = (records: readonly (ZoneRecord | Answered)[]): string[] => [
  ...new Set(records.filter(({ type }) => type === T.cname).map(({ name }) => name.toLowerCase())),
];

/** Compares a response, which was not truncated, with what the model says. */
function compare(model: Model, { name, type }: RandomQuestion, response: Message): void {
  const expected = model.answer(name.toLowerCase(), type);
  assert.equal(response.code, expected.code, "the code");
  assert.equal((response.flags & FLAG.aa) !== 0, expected.authoritative, "AA");
  assert.deepEqual(shown(response.authorities), shown(expected.authorities), "authorities");
  if (type === T.any && expected.answers.length > 0) compareAny(name.toLowerCase(), expected.answers, response.answers);
  else {
    assert.deepEqual(shown(response.answers), shown(expected.answers), "answers");
    assert.deepEqual(chain(response.answers), chain(expected.answers), "the order of aliases");
  }
  const addressesFor = (records: readonly ZoneRecord[]): ZoneRecord[] => expected.zone?.addressesFor(records) ?? [];
  const addresses = shown(addressesFor([...response.answers, ...response.authorities]));
  for (const one of shown(response.additionals)) assert(addresses.includes(one), `additional ${one}`);
  // Glue: without it nobody gets there (RFC 9471, 2.1).
  const cut = expected.authorities.find((record) => record.type === T.ns);
  const glue = addressesFor(cut ? expected.authorities : []).filter(
    (one) => one.name === cut?.name || one.name.endsWith(`.${cut?.name}`),
  );
  const additionals = shown(response.additionals);
  for (const one of shown(glue)) assert(additionals.includes(one), `glue ${one} is missing`);
  assert.equal(additionals.length, response.additionals.length, "an additional record is there twice");
}

/** RFC 8482, 4.1: one of the sets, whole; of a name that a DNAME has renamed, what that makes. */
function compareAny(name: string, expected: readonly ZoneRecord[], answers: readonly Answered[]): void {
  const isRenamed = expected[0]?.name !== name;
  const type = answers.at(-1)?.type;
  const set = isRenamed ? expected : expected.filter((one) => one.type === type);
  assert.ok(answers.length > 0, "no answer to ANY");
  assert.deepEqual(shown(answers), shown(set), "answers to ANY");
}

/** Asks so many random zones random questions. @param seed of the first one; by custom another one each time */
export function checkRandomZones(numRuns: number, seed?: number): void {
  const served = new Served(". 1 SOA . . 1 1 1 1 1\n. 1 NS .\n");
  const questions = fc.array(randomQuestion, { minLength: 20, maxLength: 40 });
  const property = fc.property(randomZones, questions, (zones, all) => {
    const model = new Model(zones.map((zone) => zone.model));
    served.load(zonesOf(...zones.map(({ text }) => text)));
    for (const question of all) {
      const octets = served.octetsByStream(query(question.name, question.type));
      if (!octets) throw new Error("no response");
      compare(model, question, decodeMessage(octets));
    }
  });
  fc.assert(property, { numRuns, ...(seed !== undefined && { seed }) });
}
