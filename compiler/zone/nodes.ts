/** The names of all zones in one table: what each answers. */
import * as format from "../../runtime/dns/zone/format.ts";
import { Answers } from "./answers.ts";
import { TYPE_ANY, TYPE_CNAME, TYPE_DNAME, TYPE_DS, TYPE_RRSIG } from "./types.ts";
import type { Zone, ZoneNode } from "./zone.ts";
import { ZoneSet } from "./zoneset.ts";

/** A name as a block has it. Answers are numbers that the store of answers gives. */
export interface TableNode {
  /** In canonical form. */
  readonly name: string;
  readonly types: Map<number, number>;
  readonly otherwise: number;
  readonly kind: number;
  /** An answer; or the wildcard's name. */
  readonly below: number | string;
}

/** Takes answers: the same one for several names is there once. */
export interface AnswerStore {
  add(answer: string): number;
}

/** @param zones with different apexes */
export function makeTable(zones: readonly Zone[], store: AnswerStore): Map<string, TableNode> {
  const table = new Map<string, TableNode>();
  const set = new ZoneSet(zones);
  // The longer apex first: a name that two zones have is of the one below.
  for (const zone of [...zones].sort((a, b) => b.apex.length - a.apex.length)) {
    const maker = new NodeMaker(zone, set, store);
    for (const node of zone.visible()) {
      if (set.of(node.name) === zone) table.set(node.name, maker.make(node));
      else if (set.of(node.name, TYPE_DS) === zone) maker.joinParent(node, table.get(node.name));
    }
  }
  return table;
}

class NodeMaker {
  private readonly answers: Answers;
  private readonly noData: number;
  private readonly noName: number;

  constructor(
    private readonly zone: Zone,
    zones: ZoneSet,
    private readonly store: AnswerStore,
  ) {
    this.answers = new Answers(zone, zones);
    this.noData = store.add(this.answers.negative(true));
    this.noName = store.add(this.answers.negative(false));
  }

  make(node: ZoneNode): TableNode {
    if (node.isCut) return this.makeCut(node);
    const { name, sets } = node;
    const types = new Map<number, number>();
    const alias = sets.get(TYPE_CNAME);
    // What an alias leads to is answered for each type that there is.
    const end = alias && this.answers.endOf(node);
    const atCut = alias && this.answers.endOf(node, TYPE_DS) !== end ? [TYPE_DS] : [];
    for (const type of [...sets.keys(), ...(end?.sets.keys() ?? []), ...atCut])
      if (!types.has(type)) types.set(type, this.store.add(this.answers.positive(node, type)));
    const any = anyOf(node);
    if (any) types.set(TYPE_ANY, this.store.add(this.answers.only(node, any)));
    const otherwise = alias ? this.store.add(this.answers.positive(node, undefined)) : this.noData;
    return { name, types, otherwise, ...this.below(node) };
  }

  private below(node: ZoneNode): Pick<TableNode, "kind" | "below"> {
    const renaming = node.sets.get(TYPE_DNAME);
    if (renaming) return { kind: format.BELOW_DNAME, below: this.store.add(this.answers.renaming(node, renaming)) };
    const wildcard = `\x01*${node.name}`;
    if (this.zone.nodes.has(wildcard)) return { kind: format.BELOW_WILDCARD, below: wildcard };
    return { kind: format.BELOW_ANSWER, below: this.noName };
  }

  /** At a cut only what the DS record says is this zone's (RFC 4035, 3.1.4.1). */
  private makeCut(node: ZoneNode): TableNode {
    const referral = this.store.add(this.answers.referral(node));
    const types = new Map([[TYPE_DS, this.delegation(node)]]);
    return { name: node.name, types, otherwise: referral, kind: format.BELOW_ANSWER, below: referral };
  }

  private delegation(node: ZoneNode): number {
    return node.sets.has(TYPE_DS) ? this.store.add(this.answers.positive(node, TYPE_DS)) : this.noData;
  }

  /** A cut whose zone is here, too: only the DS record is of this zone. */
  joinParent(node: ZoneNode, below: TableNode | undefined): void {
    below?.types.set(TYPE_DS, this.delegation(node));
  }
}

/** The set that answers a question for all types (RFC 8482, 4.1): the shortest, so that it is of no use to attackers. */
function anyOf(node: ZoneNode) {
  const sizeOf = (data: readonly string[]): number => data.reduce((sum, one) => sum + one.length + 12, 0);
  const sets = [...node.sets.values()].filter(({ type }) => type !== TYPE_RRSIG || node.sets.size === 1);
  return sets.sort((a, b) => sizeOf(a.data) - sizeOf(b.data))[0];
}
