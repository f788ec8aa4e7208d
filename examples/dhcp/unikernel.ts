import {
  BlockStore,
  DhcpPool,
  DhcpServer,
  exit,
  log,
  OK,
  OPTION_DNS_SERVERS,
  OPTION_DOMAIN_NAME,
  OPTION_NTP_SERVERS,
  OPTION_ROUTER,
  Stack,
} from "fata";
import { keys } from "fata/keys";

/** A server with one pool, as the keys have it. */
function makeServer(net: Stack): DhcpServer {
  const addresses = net.ipv4.addresses;
  const network = addresses.networkOf(addresses.primary)!;
  if (!DhcpPool.fits(network, keys.first, keys.last))
    fail(`--first and --last: expected addresses of ${network}, the first one first`);
  if (keys.lease < 60000) fail("--lease: expected 60s or more");
  const pool = new DhcpPool(network, keys.first, keys.last);
  pool.leaseTime = <u32>(keys.lease / 1000);
  const options = pool.options;
  if (keys.router) options.addNumber(OPTION_ROUTER, keys.router);
  options.addAddresses(OPTION_DNS_SERVERS, keys.dnsServers);
  options.addAddresses(OPTION_NTP_SERVERS, keys.ntpServers);
  options.addText(OPTION_DOMAIN_NAME, keys.domain);
  for (let i = 0; i < keys.options.length; i++) {
    if (!options.addFrom(keys.options[i]))
      fail(`--options: ${keys.options[i]} is not CODE=HEX, such as 66=74667470, or there are too many`);
  }

  const server = new DhcpServer(net);
  server.add(pool);
  for (let i = 0; i < keys.hosts.length; i++) {
    if (!server.reserve(keys.hosts[i]))
      fail(`--hosts: ${keys.hosts[i]} is not MAC=ADDRESS of ${network}, or the address is taken`);
  }
  return server;
}

function fail(why: string): void {
  log.error(why);
  exit(64);
}

/** Keeps the leases on a disk. */
export class Main {
  constructor(
    private net: Stack,
    private leases: BlockStore,
  ) {}

  start(): void {
    const server = makeServer(this.net);
    if (server.keepOn(this.leases) != OK) exit(1);
    server.run();
  }
}

/** Forgets the leases when it ends. */
export class InMemory {
  constructor(private net: Stack) {}

  start(): void {
    makeServer(this.net).run();
  }
}
