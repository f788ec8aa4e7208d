import { HttpClient, log, Resolver, resultName, Stack } from "fata";
import { keys } from "fata/keys";

/** Octets that are read at a time. */
const BUFFER = 16 * 1024;

/** Gets what a URI stands for, and ends. */
export class Main {
  constructor(
    private net: Stack,
    private resolver: Resolver,
  ) {}

  start(): void {
    const client = new HttpClient(this.net, this.resolver);
    client.redirectsMax = 5;
    const response = client.get(keys.uri);
    if (!response) return log.error(`${keys.uri}: ${resultName(client.error)}`);
    const type = response.header("Content-Type");
    log.info(`Status: ${response.status}`);
    log.info(`Content-Type: ${type === null ? "none" : type}`);
    // By parts: so it may be longer than memory.
    response.limit = u64.MAX_VALUE;
    const buffer = new Uint8Array(BUFFER);
    let length: u64 = 0;
    let count = response.read(buffer);
    for (; count > 0; count = response.read(buffer)) length += count;
    if (count < 0) return log.error(`${keys.uri}: ${resultName(count)} after ${length} octets`);
    log.info(`Received body length: ${length}`);
  }
}
