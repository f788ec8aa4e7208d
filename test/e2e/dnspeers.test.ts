/** The same zones, answered by this server and by NSD, Knot and BIND: answer by answer. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { packageRoot } from "../../compiler/package.ts";
import { Served } from "../runtime/dns/server/served.ts";
import { type DnsRecord, encodeDns } from "../support/dns.ts";
import { type Answered, decodeMessage, FLAG, type Message } from "../support/dnsmessage.ts";
import { DnsPeer } from "../support/dnspeers.ts";

const ZONE = "peers.test";
const file = path.join(packageRoot, "test/e2e/dns/peers.zone");
/** Another zone, into which aliases of the first one lead. */
const ABROAD = "abroad.test";
const zones = [
  { name: ZONE, file },
  { name: ABROAD, file: path.join(packageRoot, "test/e2e/dns/abroad.zone") },
];
const CLIENT = "192.0.2.7";
/** Octets of UDP that a client with EDNS takes here. */
const ROOM = 4096;
const YXDOMAIN = 6;
const NXDOMAIN = 3;

/** All that the zone has, and what has rules of its own. */
const TYPES = [1, 2, 5, 6, 12, 13, 15, 16, 17, 28, 33, 35, 39, 43, 44, 48, 52, 64, 65, 256, 257, 65280];
/** For names near those of the zone: A, CNAME, MX, TXT, DS. */
const SOME = [1, 5, 15, 16, 43];

/** What a peer does otherwise, and why this server does not. */
interface Deviation {
  readonly peer: string;
  readonly why: string;
  readonly is: (ours: Comparable, theirs: Comparable) => boolean;
}

// docs/dns.md has this table, too.
const DEVIATIONS: readonly Deviation[] = [
  {
    peer: "Knot",
    why: "a name that a DNAME makes too long is YXDOMAIN (RFC 6672, 2.2), not NXDOMAIN",
    is: (ours, theirs) => ours.code === YXDOMAIN && theirs.code === NXDOMAIN,
  },
  ...["Knot", "BIND"].map((peer) => ({
    peer,
    why: "an alias is not followed into another zone; RFC 1034, 4.3.2, 3.a has the search begin anew",
    is: (ours: Comparable, theirs: Comparable) =>
      theirs.code === 0 &&
      theirs.answers.length > 0 &&
      theirs.answers.every((one) => ours.answers.includes(one)) &&
      theirs.answers.some((one) => one.endsWith(`.${ABROAD}`)),
  })),
  {
    peer: "BIND",
    why: "with a referral it sends no addresses but glue, and with NS records no glue: both are addresses of servers",
    is: (ours, theirs) =>
      same(ours.answers, theirs.answers) &&
      same(ours.authorities, theirs.authorities) &&
      theirs.additionals.every((one) => ours.additionals.includes(one) || ours.answers.length > 0),
  },
];

/** Names of the zone, and those near them. */
function names(): { name: string; near: boolean }[] {
  const owners = readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => /^([^\s;$@]\S*)\s/.exec(line)?.[1] ?? [])
    .map((owner) => owner.replace("\\032", " ").replace("\\255", "\xff").replace("\\.", "\x01"));
  const near = ["", ...owners].flatMap((owner) => {
    const below = ["x", "host", "y.x", "*", "_a.b"].map((label) => (owner ? `${label}.${owner}` : label));
    return [...below, ...owner.split(".").map((_, i, labels) => labels.slice(i + 1).join("."))];
  });
  const inZone = (name: string): string => (name ? `${name}.${ZONE}` : ZONE);
  const long = `${"b".repeat(50)}.${"c".repeat(50)}.long.${ZONE}`;
  return [
    ...["", ...owners].map((name) => ({ name: inZone(name), near: false })),
    ...[...new Set(near)].map((name) => ({ name: inZone(name), near: true })),
    ...["WwW.PEERS.test", long, "test", "elsewhere.example", ""].map((name) => ({ name, near: true })),
  ];
}

const octetsOf = (name: string): number[] => [
  ...name
    .split(".")
    .filter((label) => label !== "")
    .flatMap((label) => [label.length, ...Buffer.from(label.replace("\x01", "."), "latin1")]),
  0,
];

interface Comparable {
  readonly code: number;
  readonly flags: number;
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  readonly additionals: readonly string[];
}

/** What two servers must agree on: the sections are sets, and names have no case. */
function comparable(message: Message): Comparable {
  const text = ({ name, type, ttl, data }: Answered): string => `${name} ${ttl} ${type} ${data}`.toLowerCase();
  const set = (records: readonly Answered[]): string[] => [...new Set(records.map(text))].sort();
  return {
    code: message.code,
    flags: message.flags & (FLAG.qr | FLAG.aa | FLAG.tc | FLAG.ra),
    answers: set(message.answers),
    // Where there is an answer, the zone's own NS records may go along or not.
    authorities: set(message.authorities).filter(
      (one) => !(message.answers.length && zones.some(({ name }) => one.startsWith(`${name} 3600 2 `))),
    ),
    additionals: set(message.additionals),
  };
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");

/** Whether a peer's response says the same. */
function agrees(ours: Comparable, theirs: Comparable): boolean {
  if (ours.code !== theirs.code || ours.flags !== theirs.flags) return false;
  // Of what does not fit, each sends another part.
  if (ours.flags & FLAG.tc) return true;
  const isReferral = ours.answers.length === 0 && (ours.flags & FLAG.aa) === 0;
  // Addresses that go along are more or fewer, but those of a referral's servers.
  const additionals = isReferral
    ? same(ours.additionals, theirs.additionals)
    : ours.additionals.every((one) => theirs.additionals.includes(one));
  return additionals && same(ours.answers, theirs.answers) && same(ours.authorities, theirs.authorities);
}

describe("this server, NSD, Knot and BIND", () => {
  test("answer alike for all names and types, but where a table says why not", async () => {
    const served = new Served(zones.map((zone) => readFileSync(zone.file, "latin1")));
    const peers = await DnsPeer.startAll(zones);
    const used = new Set<Deviation>();
    let compared = 0;
    const compare = async (question: number[], type: number, id: number, additionals: DnsRecord[]): Promise<void> => {
      const query = Buffer.from(encodeDns({ id, flags: 0, question, type, additionals }));
      const octets = served.octets(query, CLIENT, ROOM);
      assert.ok(octets);
      const ours = comparable(decodeMessage(octets));
      for (const peer of peers) {
        const theirs = comparable(decodeMessage(await peer.ask(query)));
        compared++;
        if (agrees(ours, theirs)) continue;
        const deviation = DEVIATIONS.find((one) => one.peer === peer.name && one.is(ours, theirs));
        if (deviation) used.add(deviation);
        else assert.deepEqual(ours, theirs, `${peer.name}: ${Buffer.from(question).toString("latin1")}, type ${type}`);
      }
    };
    const edns = { name: "", type: 41, class: ROOM, ttl: 0, data: [] };
    try {
      let id = 0;
      for (const { name, near } of names()) {
        const question = octetsOf(name);
        const types = near ? SOME : TYPES;
        await Promise.all([
          ...types.map((type) => compare(question, type, ++id & 0x7fff, [edns])),
          // Without EDNS there are 512 octets.
          ...(near ? [] : [compare(question, 1, ++id & 0x7fff, [])]),
        ]);
      }
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
    }
    assert.ok(compared > 5000, `${compared} answers compared`);
    assert.deepEqual(
      DEVIATIONS.filter((one) => !used.has(one)).map(({ why }) => why),
      [],
      "deviations that are none",
    );
  });
});
