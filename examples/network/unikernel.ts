import { Fiber, Flow, formatIpv4, LEVEL_DEBUG, log, resultName, Stack } from "fata";
import { keys } from "fata/keys";

/** Reads once, says what came, and closes. */
class Connection extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    log.info(`new tcp connection from IP ${formatIpv4(flow.remoteAddress)} on port ${flow.remotePort}`);
    const buffer = new Uint8Array(4096);
    const length = flow.read(buffer);
    if (length < 0) log.warning(`Error reading data from established connection: ${resultName(length)}`);
    else if (length == 0) log.info("Closing connection!");
    else if (log.enabled(LEVEL_DEBUG)) show(buffer, length);
    flow.close();
  }
}

/** Logs octets as text, a line for each of theirs. */
function show(buffer: Uint8Array, length: i32): void {
  log.debug(`read: ${length} bytes:`);
  const lines = String.UTF8.decodeUnsafe(buffer.dataStart, length).split("\n");
  for (let i = 0; i < lines.length; i++) {
    // What follows the last newline is a line of its own only when there is something.
    if (i < lines.length - 1 || lines[i].length) log.debug(lines[i]);
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(keys.port);
    if (!listener) return log.error(`Cannot listen on port ${keys.port}: ${resultName(this.net.error)}`);
    log.info(`Listening on port ${keys.port}`);
    for (;;) {
      const flow = listener.accept();
      if (!flow) break;
      new Connection(flow).spawn();
    }
  }
}
