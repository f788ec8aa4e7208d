/** The network stack of an image that can be told to get its address by DHCP. */
import { atExit } from "../sched/exit";
import { Fiber } from "../sched/fiber";
import { LogSource } from "../sys/log";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix } from "../wire/ipv4address";
import { NetworkDevice } from "./device";
import { DhcpClient } from "./dhcp/client";
import { isHostName } from "./dhcp/message";
import { Stack } from "./stack";

/** Gives the address back before the image ends. */
class Farewell extends Fiber {
  constructor(private client: DhcpClient) {
    super();
  }

  run(): void {
    this.client.end();
  }
}

export class DhcpStack extends Stack {
  /** The client, where the address comes by DHCP. */
  client: DhcpClient | null = null;

  /**
   * Takes the device into use. With DHCP this waits until there is an address, so that what comes after can use it.
   * @param address our address and the link's network; @param gateway the router for all other networks, or IPV4_ANY:
   *   both without DHCP only
   * @param dhcp whether to ask for an address; @param hostName our name, for the DHCP server; or empty
   */
  constructor(device: NetworkDevice, address: Ipv4Prefix, gateway: Ipv4Address, dhcp: bool, hostName: string) {
    super(device, dhcp ? new Ipv4Prefix(IPV4_ANY, 0) : address, dhcp ? IPV4_ANY : gateway);
    if (dhcp) this.lease(hostName);
  }

  /** The name servers that DHCP told of. */
  nameServers(): StaticArray<Ipv4Address> {
    const client = this.client;
    const lease = client ? client.lease : null;
    return lease ? lease.dnsServers : [];
  }

  private lease(hostName: string): void {
    if (!isHostName(hostName)) {
      new LogSource("dhcp").warning(
        hostName + " is no host name and is not sent; expected letters, digits and hyphens",
      );
      hostName = "";
    }
    const client = new DhcpClient(this.device.name, this.arp, this.ipv4, this.udp, this.ethernet.mac, hostName);
    this.client = client;
    client.spawn();
    atExit(new Farewell(client));
    client.ready();
  }
}
