import { Fiber, Flow, log, resultName, Stack } from "fata";

/** The port of the echo service (RFC 862). */
const PORT = 7;
/** Octets that a connection reads at a time. */
const BUFFER = 16 * 1024;

/** Sends back to one client what it sends, until it ends. */
class Echo extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(BUFFER);
    for (;;) {
      const length = flow.read(buffer);
      // write waits while the client does not read, and so nothing more is read from it meanwhile.
      if (length <= 0 || flow.write(buffer, 0, length) < 0) break;
    }
    flow.close();
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(PORT);
    if (!listener) return log.error(`Cannot listen on port ${PORT}: ${resultName(this.net.error)}`);
    log.info(`Echoing TCP on port ${PORT}`);
    for (;;) {
      const flow = listener.accept();
      if (!flow) break;
      new Echo(flow).spawn();
    }
  }
}
