import { Fiber, Flow, log, OK, Stack } from "fata";

const PORT = 7;
const PIECE = 64 * 1024;

/** Echoes TCP, and tells of each connection how it went. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(PORT, 16)!;
    log.info("Echoing");
    for (;;) {
      const flow = listener.accept();
      if (!flow) return;
      new Echo(this.net, flow).spawn();
    }
  }
}

class Echo extends Fiber {
  constructor(
    private net: Stack,
    private flow: Flow,
  ) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(PIECE);
    for (;;) {
      const length = flow.read(buffer);
      if (length <= 0 || flow.write(buffer, 0, length) != OK) break;
    }
    flow.close();
    const tcp = this.net.tcp;
    const recoveries = `${tcp.fastRecoveries} recoveries, ${tcp.timeouts} timeouts`;
    log.info(`Echoed: ${recoveries}, ${tcp.tcpRetransSegs} segments sent again, ${tcp.tcpOutSegs} sent`);
  }
}
