/** What layers tell their counters to. */
export abstract class Report {
  /** Begins a layer: a device by its name first, then each protocol over it. */
  abstract layer(name: string): void;

  /** Tells a counter of the layer. @param name as the MIBs of SNMP have it, such as tcpActiveOpens */
  abstract add(name: string, value: u64): void;
}

/** What has counters and is no layer: a server over the stack. */
export abstract class Reporter {
  /** The next one of the same Ethernet layer. */
  next: Reporter | null = null;

  /** Tells its counters. */
  abstract report(to: Report): void;
}
