import { Fiber, Flow, formatIpv4, log, resultName, Stack } from "fata";

/** The port of the discard service (RFC 863). */
const PORT = 9;
/** Octets that a connection reads at a time. */
const BUFFER = 64 * 1024;

/** Throws away what one client sends, and says at the end how much it was. */
class Discard extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(BUFFER);
    let total: u64 = 0;
    let length = flow.read(buffer);
    while (length > 0) {
      total += length;
      length = flow.read(buffer);
    }
    flow.close();
    const end = length == 0 ? "" : `, then ${resultName(length)}`;
    log.info(`${total} bytes from ${formatIpv4(flow.remoteAddress)}${end}`);
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(PORT);
    if (!listener) return log.error(`Cannot listen on port ${PORT}: ${resultName(this.net.error)}`);
    log.info(`Discarding TCP on port ${PORT}`);
    for (;;) {
      const flow = listener.accept();
      if (!flow) break;
      new Discard(flow).spawn();
    }
  }
}
