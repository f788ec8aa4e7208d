/**
 * An authoritative server as RFC 1034, 4.3.2 tells it, step by step, over lists of records: slow, and plain enough to be
 * believed. With wildcards (RFC 4592), DNAME (RFC 6672), negative answers (RFC 2308) and ANY (RFC 8482).
 */

/** A record; names in lower case, without dots at the ends. The wildcard's label is "*". */
export interface ZoneRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: string;
}

export interface ModelAnswer {
  readonly code: number;
  readonly authoritative: boolean;
  /** In the order of the chain; records of one set in any. */
  readonly answers: readonly ZoneRecord[];
  /** NS records of a referral, or the SOA record of a negative answer. */
  readonly authorities: readonly ZoneRecord[];
  /** The zone that said so last. */
  readonly zone: ModelZone | undefined;
}

export const T = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  mx: 15,
  txt: 16,
  aaaa: 28,
  srv: 33,
  dname: 39,
  ds: 43,
  any: 255,
} as const;

const OK = 0;
const NXDOMAIN = 3;
const REFUSED = 5;
const YXDOMAIN = 6;

/** What a turn of the algorithm comes to. */
interface Step {
  readonly code: number;
  readonly authoritative: boolean;
  readonly answers: ZoneRecord[];
  readonly authorities: ZoneRecord[];
  /** The name that the search goes on with. */
  readonly next: string | undefined;
  /** The zone's record that leads there. */
  readonly alias?: ZoneRecord;
}

/** Octets of a name in wire form. */
const size = (name: string): number => (name === "" ? 1 : name.length + 2);
const parent = (name: string): string => name.slice(name.indexOf(".") + 1 || name.length);
const isBelow = (name: string, above: string): boolean => name.endsWith(`.${above}`);

export class Model {
  constructor(readonly zones: readonly ModelZone[]) {}

  /** What is to be answered to a question. @param name in lower case */
  answer(name: string, type: number): ModelAnswer {
    const answers: ZoneRecord[] = [];
    const seen = new Set<ZoneRecord>();
    let now = name;
    let zone: ModelZone | undefined;
    const end = (code: number, authorities: readonly ZoneRecord[], authoritative: boolean): ModelAnswer => ({
      code,
      authoritative,
      answers,
      authorities,
      zone,
    });
    for (;;) {
      const next = this.#zoneOf(now, type);
      // A chain that has left the zones is somebody else's (RFC 6604, 2.1 for the code).
      if (!next) return zone ? end(OK, [], true) : end(REFUSED, [], false);
      zone = next;
      const step = zone.step(now, type, answers.length > 0);
      // Of a loop each record is there once.
      if (step.alias && seen.has(step.alias)) return end(OK, [], true);
      if (step.alias) seen.add(step.alias);
      answers.push(...step.answers);
      if (step.next === undefined) return end(step.code, step.authorities, step.authoritative);
      now = step.next;
    }
  }

  /** Step 2: "the zone which is the nearest ancestor"; of a delegated apex' DS record, that above (RFC 4035, 3.1.4.1). */
  #zoneOf(name: string, type: number): ModelZone | undefined {
    const all = this.zones.filter(({ apex }) => name === apex || isBelow(name, apex));
    const [zone, above] = all.sort((a, b) => b.apex.length - a.apex.length);
    return type === T.ds && name === zone?.apex && above?.delegates(name) ? above : zone;
  }
}

export class ModelZone {
  constructor(
    readonly apex: string,
    readonly records: readonly ZoneRecord[],
  ) {}

  /** Whether the zone has a cut at a name, and none above it. */
  delegates(name: string): boolean {
    const [first] = this.#path(name).filter((node) => this.#at(node, T.ns).length > 0);
    return first === name;
  }

  /** Additional records that may go along: addresses of the names that these records name. */
  addressesFor(records: readonly ZoneRecord[]): ZoneRecord[] {
    const named = records.flatMap(({ type, data }) => {
      if (type === T.ns) return [data];
      if (type === T.mx) return [data.split(" ")[1] ?? ""];
      return type === T.srv ? [data.split(" ")[3] ?? ""] : [];
    });
    const addresses = this.records.filter(({ type }) => type === T.a || type === T.aaaa);
    return addresses.filter(({ name }) => named.some((host) => host.toLowerCase() === name));
  }

  /** One turn of the algorithm's steps 3 and 4. @param chained whether an alias has led here */
  step(name: string, type: number, chained: boolean): Step {
    const done = (code: number, answers: ZoneRecord[], authorities: ZoneRecord[], authoritative = true): Step => ({
      code,
      answers,
      authorities,
      authoritative,
      next: undefined,
    });
    // "Start matching down, label by label, in the zone."
    for (const node of this.#path(name)) {
      const cut = this.#at(node, T.ns);
      if (cut.length > 0 && !(node === name && type === T.ds)) return done(OK, [], cut, chained);
      const above = parent(node);
      const rename = this.#at(above, T.dname);
      if (rename[0]) return this.#rename(name, above, rename[0], type);
    }
    if (this.#exists(name)) return this.#match(name, name, type, done);
    let encloser = parent(name);
    while (!this.#exists(encloser)) encloser = parent(encloser);
    const wildcard = `*.${encloser}`;
    if (this.#exists(wildcard)) return this.#match(wildcard, name, type, done);
    return done(NXDOMAIN, [], [this.#soa()]);
  }

  /** The names from below the apex down to a name. */
  #path(name: string): string[] {
    const path: string[] = [];
    for (let at = name; at !== this.apex; at = parent(at)) path.unshift(at);
    return path;
  }

  #rename(name: string, owner: string, record: ZoneRecord, type: number): Step {
    const target = `${name.slice(0, -owner.length)}${record.data}`.replace(/\.$/, "");
    if (size(target) > 255) {
      return { code: YXDOMAIN, answers: [record], authorities: [], authoritative: true, next: undefined };
    }
    const alias = { name, type: T.cname, ttl: record.ttl, data: target };
    const ends = type === T.cname || type === T.any;
    return {
      code: OK,
      answers: [record, alias],
      authorities: [],
      authoritative: true,
      next: ends ? undefined : target,
    };
  }

  #match(
    node: string,
    owner: string,
    type: number,
    done: (code: number, answers: ZoneRecord[], authorities: ZoneRecord[]) => Step,
  ): Step {
    const own = (records: ZoneRecord[]): ZoneRecord[] => records.map((record) => ({ ...record, name: owner }));
    const [alias] = this.#at(node, T.cname);
    if (alias && type !== T.cname && type !== T.any)
      return {
        code: OK,
        answers: own([alias]),
        authorities: [],
        authoritative: true,
        next: alias.data.toLowerCase(),
        alias,
      };
    const found = this.records.filter((record) => record.name === node && (type === T.any || record.type === type));
    return found.length > 0 ? done(OK, own(found), []) : done(OK, [], [this.#soa()]);
  }

  /** Whether there is a node: with records, or above one that has (RFC 4592, 2.2.2), and not below a cut or a DNAME. */
  #exists(name: string): boolean {
    return name === this.apex || this.records.some((record) => record.name === name || isBelow(record.name, name));
  }

  #at(name: string, type: number): ZoneRecord[] {
    return this.records.filter((record) => record.name === name && record.type === type);
  }

  /** The SOA record for negative answers (RFC 2308, 3: with the lesser of its TTL and MINIMUM). */
  #soa(): ZoneRecord {
    const [soa] = this.#at(this.apex, T.soa);
    if (!soa) throw new Error("a zone without SOA");
    return { ...soa, ttl: Math.min(soa.ttl, Number(soa.data.split(" ").at(-1))) };
  }
}
