import { formatIpv4, log, Resolver, resultName } from "fata";
import { keys } from "fata/keys";

/** How long the name servers may take, in ms. */
const PATIENCE: u64 = 10000;

/** Looks a name up and ends. */
export class Main {
  constructor(private resolver: Resolver) {}

  start(): void {
    const name = keys.domainName;
    const addresses = this.resolver.lookup(name, PATIENCE);
    if (!addresses) return log.error(`${name}: ${resultName(this.resolver.error)}`);
    for (let i = 0; i < addresses.length; i++) log.info(`${name}: ${formatIpv4(addresses[i])}`);
  }
}
