import { DnsServer, exit, log, OK, resultName, Stack, Zones } from "fata";
import { keys } from "fata/keys";

/** Answers for its zones. */
export class Main {
  constructor(
    private zones: Zones,
    private net: Stack,
  ) {}

  start(): void {
    // Why there are none was logged.
    if (this.zones.status != OK) return exit(1);
    const server = new DnsServer(this.zones);
    server.limiter.rate = keys.rateLimit;
    log.info(`Answering queries on port ${keys.port}`);
    const result = server.serve(this.net, keys.port);
    log.error(`Cannot answer on port ${keys.port}: ${resultName(result)}`);
  }
}
