/** The name servers: those that were given, or else those that the network tells of, the one that answered last first. */
import { Transport } from "../flow/stream";
import { Ipv4Address } from "../wire/ipv4address";

export class Servers {
  private preferred: Ipv4Address = 0;

  /** @param given may be empty */
  constructor(
    readonly transport: Transport,
    private given: Ipv4Address[],
  ) {}

  /** The servers in the order in which to ask them. */
  inOrder(): StaticArray<Ipv4Address> {
    const servers = this.given.length
      ? StaticArray.fromArray<Ipv4Address>(this.given)
      : this.transport.nameServers().slice<StaticArray<Ipv4Address>>();
    for (let i = 1; i < servers.length; i++) {
      if (servers[i] != this.preferred) continue;
      servers[i] = servers[0];
      servers[0] = this.preferred;
    }
    return servers;
  }

  /** Notes that a server has answered. */
  prefer(server: Ipv4Address): void {
    this.preferred = server;
  }
}
