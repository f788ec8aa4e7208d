/** Works out what a zone answers, as RFC 1034, 4.3.2 has it: for each name and type the whole of it. */

import { ProjectError } from "../errors.ts";
import { Body, TooLongError } from "./body.ts";
import { canonical, isWithin, showName } from "./names.ts";
import {
  namesIn,
  showType,
  TYPE_A,
  TYPE_AAAA,
  TYPE_CNAME,
  TYPE_DNAME,
  TYPE_DS,
  TYPE_HTTPS,
  TYPE_MX,
  TYPE_NS,
  TYPE_SOA,
  TYPE_SRV,
  TYPE_SVCB,
} from "./types.ts";
import type { RecordSet, Zone, ZoneNode } from "./zone.ts";
import type { ZoneSet } from "./zoneset.ts";

const AA = 0x0400;
const NAME_ERROR = 3;
/** Aliases that are followed, one after the other. */
const ALIASES_MAX = 16;
/** Types whose data name hosts whose addresses are sent along (RFC 1035, 3.3; RFC 2782; RFC 9460, 4.1). */
const WITH_ADDRESSES: readonly number[] = [TYPE_NS, TYPE_MX, TYPE_SRV, TYPE_SVCB, TYPE_HTTPS];

/** Where the search for a name has ended. */
interface Place {
  readonly zone: Zone;
  readonly node: ZoneNode;
  /** The name itself, also where a wildcard's node answers for it. */
  readonly owner: string;
}

export class Answers {
  /** @param zone whose names are answered; @param zones all that are served: where aliases lead */
  constructor(
    private readonly zone: Zone,
    private readonly zones: ZoneSet,
  ) {}

  /** That there is no such name, or nothing of the type. */
  negative(isName: boolean): string {
    const body = new Body(this.zone.apex);
    addSoa(body, this.zone);
    return body.finish(isName ? AA : AA | NAME_ERROR);
  }

  /** Where the zone is continued (RFC 1034, 4.3.2, 3.b). Glue that lies below the cut is needed (RFC 9471, 2.1). */
  referral(cut: ZoneNode): string {
    return this.tell(cut, TYPE_NS, () => {
      const body = new Body(cut.name);
      addReferral(body, this.zone, cut);
      return body.finish(0);
    });
  }

  /** The record that renames what lies below a name, alone. */
  renaming(node: ZoneNode, set: RecordSet): string {
    const body = new Body(node.name);
    body.add("answers", node.name, set);
    return body.finish(AA);
  }

  /** One set of a node, as it is. */
  only(node: ZoneNode, set: RecordSet): string {
    return this.tell(node, set.type, () => {
      const body = new Body(node.name);
      body.add("answers", node.name, set);
      return body.finish(AA);
    });
  }

  /**
   * What a name answers to a type: its records, or where its alias leads.
   * @param type undefined for one that no name has
   */
  positive(node: ZoneNode, type: number | undefined): string {
    return this.tell(node, type, () => {
      const body = new Body(node.name);
      const rcode = this.follow(node, type, body);
      return body.finish(AA | rcode);
    });
  }

  /** The node at which the aliases of a node end; undefined where there is none in the zones that are served. */
  endOf(node: ZoneNode, type?: number): ZoneNode | undefined {
    let end: ZoneNode | undefined;
    this.tell(node, TYPE_CNAME, () =>
      this.walk(node, type, new Body(node.name), (place) => {
        end = place.node;
      }),
    );
    return end;
  }

  /** Adds what answers a type, with all aliases. @returns the RCODE */
  private follow(node: ZoneNode, type: number | undefined, body: Body): number {
    return this.walk(node, type, body, ({ zone, node: end, owner }) => {
      const set = type === undefined ? undefined : end.sets.get(type);
      if (!set) {
        addSoa(body, zone);
        return;
      }
      body.add("answers", owner, set);
      body.endNeeded();
      addAddresses(body, zone, set, false);
    });
  }

  /**
   * Goes from a node along its aliases, adding these to the body.
   * @param reach is called with where they lead to
   * @returns the RCODE
   */
  private walk(node: ZoneNode, type: number | undefined, body: Body, reach: (end: Place) => void): number {
    let place: Place = { zone: this.zone, node, owner: node.name };
    for (let aliases = 0; ; aliases++) {
      const { sets } = place.node;
      const alias = type !== undefined && sets.has(type) ? undefined : sets.get(TYPE_CNAME);
      if (!alias) {
        reach(place);
        return 0;
      }
      // Of a loop each record is there once.
      if (aliases >= ALIASES_MAX) return 0;
      body.add("answers", place.owner, alias);
      const next = this.resolve(canonical(alias.data[0] ?? ""), type, body);
      if (!next || typeof next === "number") return next ?? 0;
      place = next;
    }
  }

  /**
   * What answers for a name: the search begins anew, in all zones ("go back to step 1", RFC 1034, 4.3.2, 3.a).
   * @returns an RCODE when there is nothing; undefined when that is for none of the zones to say
   */
  private resolve(name: string, type: number | undefined, body: Body): Place | number | undefined {
    for (let renamings = 0; renamings < ALIASES_MAX; renamings++) {
      const zone = this.zones.of(name, type);
      if (!zone) return undefined;
      const { node, isExact } = zone.find(name);
      // Of a cut, the DS record is this zone's (RFC 4035, 3.1.4.1).
      if (node.isCut && !(isExact && type === TYPE_DS)) {
        addReferral(body, zone, node);
        return undefined;
      }
      if (isExact) return { zone, node, owner: name };
      const renaming = node.sets.get(TYPE_DNAME);
      if (!renaming) {
        const wildcard = zone.nodes.get(`\x01*${node.name}`);
        if (wildcard) return { zone, node: wildcard, owner: name };
        addSoa(body, zone);
        return NAME_ERROR;
      }
      body.add("answers", node.name, renaming);
      const target = name.slice(0, name.length - node.name.length) + renaming.data[0];
      if (target.length > 255) return 6;
      body.addAlias(name, TYPE_CNAME, renaming.ttl, target);
      name = canonical(target);
    }
    return undefined;
  }

  /** Tells which records are too long. */
  private tell<T>(node: ZoneNode, type: number | undefined, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      const what = `${showName(node.name)}${type === undefined ? "" : ` ${showType(type)}`}`;
      const [set] = type === undefined ? node.sets.values() : [node.sets.get(type) ?? node.sets.get(TYPE_CNAME)];
      throw new ProjectError(`the records that answer ${what} are too long for a message`, set?.sites[0]);
    }
  }
}

function addSoa(body: Body, { apex, nodes, negativeTtl }: Zone): void {
  const soa = nodes.get(apex)?.sets.get(TYPE_SOA);
  if (soa) body.add("authorities", apex, soa, negativeTtl);
}

function addReferral(body: Body, zone: Zone, cut: ZoneNode): void {
  const servers = cut.sets.get(TYPE_NS);
  if (!servers) return;
  body.add("authorities", cut.name, servers);
  addAddresses(body, zone, servers, true, (name) => isWithin(name, cut.name));
  body.endNeeded();
  addAddresses(body, zone, servers, true);
}

/**
 * Adds the addresses of the hosts that a set names, as far as the zone has them.
 * @param glue whether those are meant, too, that lie below a cut; @param which hosts; by custom all
 */
function addAddresses(
  body: Body,
  zone: Zone,
  set: RecordSet,
  glue: boolean,
  which: (name: string) => boolean = () => true,
): void {
  if (!WITH_ADDRESSES.includes(set.type)) return;
  for (const data of set.data) {
    const name = canonical(namesIn(set.type, data)[0] ?? "");
    const node = zone.nodes.get(name);
    if (!node || !which(name) || (node.occluded && !(glue || set.type === TYPE_NS))) continue;
    for (const type of [TYPE_A, TYPE_AAAA]) {
      const addresses = node.sets.get(type);
      if (addresses) body.add("additionals", name, addresses);
    }
  }
}
