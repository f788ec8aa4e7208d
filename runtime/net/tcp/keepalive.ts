/** Keep-alives (RFC 9293, 3.8.4), which images that never ask for them have nothing of. */
import { E_TIMEOUT } from "../../base/result";
import { now } from "../../sys/clock";
import { ACK } from "../../wire/tcp";
import { abort } from "./close";
import { Connection } from "./connection";
import { send } from "./segment";
import { State } from "./state";

const MS: u64 = 1000000;
/** Between two signs of life asked for, at most, and how many until the peer is thought to be gone. As Linux. */
const INTERVAL: u64 = 75000 * MS;
const COUNT: u32 = 9;

/** Watches over a connection on which nothing happens. */
export abstract class Vigil {
  /** The peer has given a sign of life. */
  abstract hear(): void;
  /** Does what is due. @returns when to be called again, in ns on `now`'s clock; the greatest u64: later */
  abstract watch(c: Connection, time: u64): u64;
}

export class KeepAlive extends Vigil {
  private heardAt: u64 = now();
  /** Signs of life asked for in a row. */
  private asked: u32 = 0;
  private idle: u64;

  /** @param ms of silence after which the peer is asked */
  constructor(ms: u32) {
    super();
    this.idle = (ms as u64) * MS;
  }

  hear(): void {
    this.heardAt = now();
    this.asked = 0;
  }

  /** Asks for a sign of life when it is time, with an octet that was acknowledged before, which has to be answered. */
  watch(c: Connection, time: u64): u64 {
    // While something is outstanding, that is what is to be answered.
    if (c.state < State.Established || c.retransmitAt != 0) return u64.MAX_VALUE;
    if (time >= this.next) {
      if (this.asked == COUNT) {
        abort(c, E_TIMEOUT);
        return u64.MAX_VALUE;
      }
      this.asked++;
      send(c, ACK, c.sndUna - 1, 0);
    }
    return this.next;
  }

  /** When to ask for the next sign of life. */
  get next(): u64 {
    return this.heardAt + this.idle + this.asked * min(this.idle, INTERVAL);
  }
}
