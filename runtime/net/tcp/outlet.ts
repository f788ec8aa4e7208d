/**
 * What is to be sent: at the end of each step, when all that had arrived was taken and the fibers have run. So an
 * acknowledgment goes with the answer, and what is written in pieces goes in one segment.
 */
import { Source } from "../../sched/source";
import { Ipv4 } from "../ipv4";
import { ChunkPool } from "./chunks";
import { close } from "./close";
import { Connection } from "./connection";
import { output } from "./output";
import { State } from "./state";

export class Outlet extends Source {
  /** The connections that have something to send, the first that came first. */
  private first: Connection | null = null;
  private last: Connection | null = null;
  /** Those whose writers wait for memory. */
  private starving: Connection | null = null;

  constructor(
    private ip: Ipv4,
    private pool: ChunkPool,
  ) {
    super();
  }

  poll(): bool {
    return false;
  }

  /** Has a connection's output called at the end of the step. */
  enqueue(c: Connection): void {
    c.pending = true;
    const last = this.last;
    if (last) last.nextPending = c;
    else this.first = c;
    this.last = c;
  }

  /** Has a connection's writers woken when there is memory again. */
  starve(c: Connection): void {
    if (c.starving) return;
    c.starving = true;
    c.nextStarving = this.starving;
    this.starving = c;
  }

  flush(): bool {
    this.feed();
    let c = this.first;
    while (c) {
      if (c.lost) {
        c.lost = false;
        close(c);
      }
      if (c.state != State.Closed && !output(c)) break;
      const next = c.nextPending;
      c.nextPending = null;
      c.pending = false;
      c = next;
    }
    this.first = c;
    if (!c) this.last = null;
    // The ring has room again when the tender has looked; a link that is down has none until the tender says so.
    // So it has taken what keeps chunks from those who starve.
    return (c !== null || (this.starving !== null && this.pool.rests)) && this.ip.link;
  }

  /** Wakes those that wait for memory, when there is some. */
  private feed(): void {
    let c = this.starving;
    if (!c || !this.pool.available) return;
    this.starving = null;
    while (c) {
      const next: Connection | null = c.nextStarving;
      c.nextStarving = null;
      c.starving = false;
      c.writers.wakeAll();
      c = next;
    }
  }
}
