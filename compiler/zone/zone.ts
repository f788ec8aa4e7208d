/** A zone as its records make it: names, sets of records, cuts, and what lies below them. */
import type { Site } from "../errors.ts";
import type { ZoneRecord } from "./master.ts";
import { ancestry, canonical, isWithin, parent, showName } from "./names.ts";
import type { Problems } from "./problems.ts";
import { u32At } from "./text.ts";
import { canonicalData, showType, TYPE_DNAME, TYPE_NS, TYPE_SOA } from "./types.ts";

/** Records of one name and type. */
export interface RecordSet {
  readonly type: number;
  /** Seconds; the least of its records' (RFC 2181, 5.2). */
  ttl: number;
  readonly data: string[];
  /** Of each record. */
  readonly sites: Site[];
}

/** A name that exists: it has records, or a name below it has (an empty non-terminal). */
export class ZoneNode {
  readonly sets = new Map<number, RecordSet>();
  /** What it lies below, so that nothing is answered from it. */
  occludedBy: "a cut" | "a DNAME" | undefined;

  /** @param name in canonical form */
  constructor(
    readonly name: string,
    readonly isApex: boolean,
  ) {}

  get occluded(): boolean {
    return this.occludedBy !== undefined;
  }

  /** Whether the zone ends here, and another server's begins. */
  get isCut(): boolean {
    return !this.isApex && this.sets.has(TYPE_NS);
  }
}

/** Where the search for a name ends. */
export interface Found {
  /** The name itself, or its closest encloser (RFC 4592, 3.3.1). */
  readonly node: ZoneNode;
  readonly isExact: boolean;
}

export class Zone {
  readonly nodes = new Map<string, ZoneNode>();
  /** Records, duplicates not counted. */
  count = 0;

  /** @param apex in canonical form */
  constructor(
    readonly apex: string,
    readonly soa: ZoneRecord,
  ) {}

  get serial(): number {
    return u32At(this.soa.data, this.soa.data.length - 20);
  }

  /** How long it may be remembered that there is nothing (RFC 2308, 3). */
  get negativeTtl(): number {
    return Math.min(this.soa.ttl, u32At(this.soa.data, this.soa.data.length - 4));
  }

  /** Searches for a name of the zone, in canonical form. */
  find(name: string): Found {
    for (const one of ancestry(name)) {
      const node = this.nodes.get(one);
      if (node && !node.occluded) return { node, isExact: one === name };
      if (one === this.apex) break;
    }
    throw new Error(`${showName(name)} is not of the zone ${showName(this.apex)}`);
  }

  /** The names that answers are made from. */
  *visible(): Generator<ZoneNode> {
    for (const node of this.nodes.values()) if (!node.occluded) yield node;
  }
}

/**
 * Makes a zone of records. The apex is the name of the SOA record.
 * @param start the file's first line, for what is missing
 * @returns undefined when it has no apex, which was noted
 */
export function makeZone(records: readonly ZoneRecord[], start: Site, problems: Problems): Zone | undefined {
  const soa = records.find(({ type }) => type === TYPE_SOA);
  if (!soa) {
    problems.error("the zone has no SOA record", start);
    return undefined;
  }
  const zone = new Zone(canonical(soa.owner), soa);
  // A name is that of many records, mostly one behind the other.
  let last: { owner: string; node: ZoneNode } | undefined;
  for (const record of records) {
    if (record.owner !== last?.owner) {
      const name = canonical(record.owner);
      if (!isWithin(name, zone.apex)) {
        problems.error(`${showName(name)} is not of the zone ${showName(zone.apex)}`, record.site);
        continue;
      }
      last = { owner: record.owner, node: nodeOf(zone, name) };
    }
    add(zone, last.node, record, problems);
  }
  for (const { sets } of zone.nodes.values()) {
    for (const set of sets.values()) dropDuplicates(zone, set, problems);
  }
  occlude(zone);
  return zone;
}

/** The node of a name, which is made with those between it and the apex when it is missing. */
function nodeOf(zone: Zone, name: string): ZoneNode {
  const known = zone.nodes.get(name);
  if (known) return known;
  const node = new ZoneNode(name, name === zone.apex);
  zone.nodes.set(name, node);
  if (!node.isApex) nodeOf(zone, parent(name));
  return node;
}

function add(zone: Zone, { sets, name }: ZoneNode, { type, ttl, data, site }: ZoneRecord, problems: Problems): void {
  zone.count++;
  const set = sets.get(type);
  if (!set) {
    sets.set(type, { type, ttl, data: [data], sites: [site] });
    return;
  }
  if (ttl !== set.ttl) {
    set.ttl = Math.min(ttl, set.ttl);
    const what = `${showName(name)} ${showType(type)}`;
    problems.warn(`the records ${what} have different times to live; ${set.ttl} is used (RFC 2181, 5.2)`, site);
  }
  set.data.push(data);
  set.sites.push(site);
}

/** "Duplicates ... should be suppressed" (RFC 2181, 5): the first one stays. */
function dropDuplicates(zone: Zone, { type, data, sites }: RecordSet, problems: Problems): void {
  if (data.length < 2) return;
  const seen = new Set<string>();
  let kept = 0;
  for (let i = 0; i < data.length; i++) {
    const [one = "", site] = [data[i], sites[i]];
    if (!site) continue;
    const key = canonicalData(type, one);
    if (seen.has(key)) {
      problems.warn("the record is there already; one is used", site);
      continue;
    }
    seen.add(key);
    data[kept] = one;
    sites[kept++] = site;
  }
  zone.count -= data.length - kept;
  data.length = kept;
  sites.length = kept;
}

function occlude(zone: Zone): void {
  for (const node of zone.nodes.values()) {
    for (let name = node.name; name !== zone.apex; ) {
      name = parent(name);
      const above = zone.nodes.get(name);
      if (above?.isCut) node.occludedBy = "a cut";
      else if (above?.sets.has(TYPE_DNAME)) node.occludedBy = "a DNAME";
    }
  }
}
