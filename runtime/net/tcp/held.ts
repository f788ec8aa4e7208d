/**
 * The connections that the application holds, and what becomes of those that it has lost: they are closed.
 *
 * Each has its socket's address here, which does not hold the socket. Collections come when memory has been used; where
 * fibers have ended, one is asked for within a minute, as it is mostly with its fiber that a socket is lost.
 */
import { collectSoon } from "../../sched/collect";
import { fibersEnded } from "../../sched/fiber";
import { Timer } from "../../sched/timer";
import { addSurveyor, Surveyor } from "../../sched/unheld";
import { now } from "../../sys/clock";
import { Connection } from "./connection";

/** How often to look whether fibers have ended, in ns. */
const INTERVAL: u64 = 60000000000;

class Rounds extends Timer {
  constructor(private held: HeldConnections) {
    super();
  }

  fire(): void {
    this.held.look();
  }
}

export class HeldConnections extends Surveyor {
  private first: Connection | null = null;
  private rounds!: Timer;
  private ended: u32 = 0;

  constructor() {
    super();
    this.rounds = new Rounds(this);
    addSurveyor(this);
  }

  /** @param socket its address */
  add(c: Connection, socket: usize): void {
    const first = this.first;
    c.socket = socket;
    c.nextHeld = first;
    if (first) first.previousHeld = c;
    else if (!this.rounds.armed) {
      this.ended = fibersEnded();
      this.rounds.arm(now() + INTERVAL);
    }
    this.first = c;
  }

  remove(c: Connection): void {
    if (c.socket == 0) return;
    c.socket = 0;
    const next = c.nextHeld;
    const previous = c.previousHeld;
    if (next) next.previousHeld = previous;
    if (previous) previous.nextHeld = next;
    else this.first = next;
    c.nextHeld = null;
    c.previousHeld = null;
    if (!this.first) this.rounds.disarm();
  }

  survey(): void {
    let c = this.first;
    while (c) {
      const next = c.nextHeld;
      if (!__is_held(c.socket)) {
        this.remove(c);
        c.lost = true;
        c.push();
      }
      c = next;
    }
  }

  /** For the timer. */
  look(): void {
    if (this.ended != fibersEnded()) collectSoon();
    this.ended = fibersEnded();
    this.rounds.arm(now() + INTERVAL);
  }
}
