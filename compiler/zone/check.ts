/** What a zone must be, so that it can be served, and what its author would like to know. */
import type { Site } from "../errors.ts";
import { canonical, isWildcard, isWithin, showName } from "./names.ts";
import type { Problems } from "./problems.ts";
import {
  namesIn,
  showType,
  TYPE_A,
  TYPE_AAAA,
  TYPE_CNAME,
  TYPE_DNAME,
  TYPE_DS,
  TYPE_MX,
  TYPE_NS,
  TYPE_NSEC,
  TYPE_NSEC3,
  TYPE_RRSIG,
  TYPE_SOA,
  TYPE_SRV,
} from "./types.ts";
import type { RecordSet, Zone, ZoneNode } from "./zone.ts";

/** Types that may be where a CNAME is (RFC 4034, 3 and 4). */
const BESIDE_ALIAS: readonly number[] = [TYPE_CNAME, TYPE_RRSIG, TYPE_NSEC];
/** Types whose data must name a host, not an alias (RFC 2181, 10.3; RFC 2782). */
const NAMES_HOST: readonly number[] = [TYPE_NS, TYPE_MX, TYPE_SRV];
const SIGNATURES: readonly number[] = [TYPE_RRSIG, TYPE_NSEC, TYPE_NSEC3];

/** Notes all that is wrong with a zone. */
export function checkZone(zone: Zone, problems: Problems): void {
  const apex = zone.nodes.get(zone.apex);
  if (apex && !apex.sets.has(TYPE_NS))
    problems.error(`the zone ${showName(zone.apex)} has no NS record at its apex`, zone.soa.site);
  for (const node of zone.nodes.values()) {
    checkAlias(node, problems);
    checkPlaces(node, problems);
    for (const set of node.sets.values()) {
      if (NAMES_HOST.includes(set.type)) checkHosts(zone, node, set, problems);
    }
    if (node.occluded) checkOccluded(node, problems);
  }
  checkLoops(zone, problems);
  const signed = [...zone.nodes.values()].flatMap(({ sets }) => SIGNATURES.flatMap((type) => sets.get(type) ?? []))[0];
  if (signed)
    problems.warn(
      `the zone is signed; ${showType(signed.type)} records are answered when asked for, and never sent along: serve it unsigned`,
      siteOf(signed),
    );
}

function siteOf(set: RecordSet, which = 0): Site {
  return set.sites[which] ?? { file: "", line: 0 };
}

/** "If a CNAME RR is present at a node, no other data should be present" (RFC 1034, 3.6.2). */
function checkAlias({ name, sets }: ZoneNode, problems: Problems): void {
  for (const type of [TYPE_CNAME, TYPE_DNAME, TYPE_SOA]) {
    const set = sets.get(type);
    if (set && set.data.length > 1)
      problems.error(`${showName(name)} has a ${showType(type)} record already`, siteOf(set, 1));
  }
  const alias = sets.get(TYPE_CNAME);
  const other = alias && [...sets.values()].find(({ type }) => !BESIDE_ALIAS.includes(type));
  if (alias && other)
    problems.error(
      `${showName(name)} has a CNAME record, and other data: ${showType(other.type)} (RFC 1034, 3.6.2)`,
      siteOf(later(alias, other)),
    );
}

/** The set that is written further behind: what has spoilt it. */
function later(a: RecordSet, b: RecordSet): RecordSet {
  return siteOf(a).line > siteOf(b).line ? a : b;
}

/** Records at names where they cannot be. */
function checkPlaces(node: ZoneNode, problems: Problems): void {
  const { name, sets, isApex } = node;
  const [soa, servers, renaming, ds] = [TYPE_SOA, TYPE_NS, TYPE_DNAME, TYPE_DS].map((type) => sets.get(type));
  if (soa && !isApex) problems.error(`a second SOA record, of ${showName(name)}; a zone has one`, siteOf(soa));
  if (ds && isApex) problems.error("the DS records of a zone's apex belong to the zone above", siteOf(ds));
  if (ds && !isApex && !servers)
    problems.warn(`${showName(name)} has DS records and no NS record: nothing is delegated`, siteOf(ds));
  for (const set of [servers, renaming]) {
    if (set && isWildcard(name))
      problems.error(
        `what ${showType(set.type)} means at a wildcard is not defined (RFC 4592, 4.2 and 4.4)`,
        siteOf(set),
      );
  }
}

/** Names below a cut, where only glue makes sense, or below a DNAME, where nothing may be (RFC 6672, 2.4). */
function checkOccluded({ name, sets, occludedBy }: ZoneNode, problems: Problems): void {
  for (const set of sets.values()) {
    if (occludedBy === "a DNAME")
      problems.error(`${showName(name)} lies below a DNAME, which renames it (RFC 6672, 2.4)`, siteOf(set));
    else if (set.type !== TYPE_A && set.type !== TYPE_AAAA)
      problems.warn(`${showName(name)} lies below a cut: this ${showType(set.type)} is never answered`, siteOf(set));
  }
}

/** The hosts of NS, MX and SRV records, as far as this zone knows. */
function checkHosts(zone: Zone, owner: ZoneNode, set: RecordSet, problems: Problems): void {
  for (const [i, data] of set.data.entries()) {
    const name = canonical(namesIn(set.type, data)[0] ?? "");
    if (name.length < 2 || !isWithin(name, zone.apex)) continue;
    const site = siteOf(set, i);
    const node = zone.nodes.get(name);
    if (node && (node.sets.has(TYPE_A) || node.sets.has(TYPE_AAAA))) continue;
    const what = `${showName(name)}, which this ${showType(set.type)} record names,`;
    const { node: found, isExact } = zone.find(name);
    const isElsewhere = found.isCut || found.sets.has(TYPE_DNAME) || zone.nodes.has(`\x01*${found.name}`);
    if (node?.sets.has(TYPE_CNAME)) problems.warn(`${what} is an alias (RFC 2181, 10.3)`, site);
    else if (
      set.type === TYPE_NS &&
      (owner.isApex || isWithin(name, owner.name)) &&
      (isExact || !isElsewhere || found === owner)
    )
      problems.error(`${what} has no address: glue is missing (RFC 1034, 4.2.2)`, site);
    else if (!isElsewhere || isExact) problems.warn(`${what} has no address`, site);
  }
}

/** Aliases that lead nowhere. */
function checkLoops(zone: Zone, problems: Problems): void {
  for (const node of zone.visible()) {
    const seen = new Set<string>();
    const own = node.sets.get(TYPE_CNAME);
    let alias = own;
    for (let at = node.name; alias; ) {
      seen.add(at);
      at = canonical(alias.data[0] ?? "");
      if (own && at === node.name) problems.warn(`the aliases of ${showName(at)} lead back to it`, siteOf(own));
      alias = seen.has(at) ? undefined : zone.nodes.get(at)?.sets.get(TYPE_CNAME);
    }
  }
}
