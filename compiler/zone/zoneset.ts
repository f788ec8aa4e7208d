/** Zones that are served together. */
import { ancestry, parent, ROOT } from "./names.ts";
import { TYPE_DS } from "./types.ts";
import type { Zone } from "./zone.ts";

export class ZoneSet {
  private readonly byApex: ReadonlyMap<string, Zone>;

  /** @param zones with different apexes */
  constructor(zones: readonly Zone[]) {
    this.byApex = new Map(zones.map((zone) => [zone.apex, zone]));
  }

  /**
   * The zone that answers for a name, in canonical form: that with the most specific apex (RFC 1034, 4.3.2, step 2). What an
   * apex' DS record is, the zone above says, if it is here and delegates (RFC 4035, 3.1.4.1).
   */
  of(name: string, type?: number): Zone | undefined {
    for (const one of ancestry(name)) {
      const zone = this.byApex.get(one);
      if (!zone) continue;
      const above = type === TYPE_DS && one === name && name !== ROOT ? this.of(parent(name)) : undefined;
      const found = above?.find(name);
      return found?.isExact && found.node.isCut ? above : zone;
    }
    return undefined;
  }
}
