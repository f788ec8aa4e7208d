/** What the table of connections holds: connections, and what is left of them in TIME-WAIT. Its timer is what ends it. */
import { Timer } from "../../sched/timer";

export abstract class Endpoint extends Timer {
  /** The next of its list in the table. */
  nextInList: Endpoint | null = null;
  localAddress: u32 = 0;
  localPort: u32 = 0;
  remoteAddress: u32 = 0;
  remotePort: u32 = 0;

  /** @param isConnection else it is a TimeWait */
  constructor(readonly isConnection: bool) {
    super();
  }

  /** Both ports in one word, as the table compares them. */
  get ports(): u32 {
    return (this.localPort << 16) | this.remotePort;
  }
}
