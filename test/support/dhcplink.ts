/** A link with one guest on it that is a DHCP client or server, and on which the test plays every other station. */

import type { SimulatedNetwork } from "./network.ts";
import { decodeEthernet, type EthernetFrame, encodeEthernet } from "./packets.ts";
import type { SimulatedTender } from "./tender.ts";

export abstract class DhcpLink {
  readonly cable: SimulatedNetwork;

  /** @param host not started yet */
  constructor(readonly host: SimulatedTender) {
    this.cable = host.network("service");
  }

  /** Takes a frame of the guest's, and answers it. */
  protected abstract receive(frame: EthernetFrame): void;

  /** The lines of the log of DHCP, without times. */
  get log(): string[] {
    return this.host.lines.flatMap((line) => /: (\[\w+\] \[dhcp\] .*)/.exec(line)?.[1] ?? []);
  }

  /** Lets the guest work, and time pass: step by step, so that what it asks the link is answered when it asks. */
  advance(ms: number): void {
    for (const end = this.host.now + BigInt(ms) * 1_000_000n; ; ) {
      this.work();
      const next = this.host.deadline;
      if (next > end) {
        this.host.now = end;
        return;
      }
      this.host.now = next;
    }
  }

  /** Lets the guest work without time passing. */
  work(): void {
    do {
      this.host.settle();
      for (const frame of this.cable.take()) this.receive(decodeEthernet(frame));
    } while (this.cable.hasWaiting() && this.host.status === undefined);
  }

  protected send(source: string, destination: string, type: number, payload: Uint8Array): void {
    this.cable.send(encodeEthernet({ source, destination, type, payload }));
  }
}
