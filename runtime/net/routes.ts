/** The routing table: where to send datagrams for a network. Of the networks that an address lies in, the longest counts. */
import { IPV4_ANY, Ipv4Address, Ipv4Prefix } from "../wire/ipv4address";

/** The way to a network. */
class Route {
  next: Route | null = null;

  constructor(
    readonly network: Ipv4Prefix,
    readonly gateway: Ipv4Address,
  ) {}
}

export class RoutingTable {
  /** Longer prefixes stand before shorter ones. */
  private first: Route | null = null;

  /**
   * Adds the way to a network, in place of the one that was there.
   * @param network of which only the network's bits count; the length 0 is the default route
   * @param gateway a router on the link; IPV4_ANY: the network's hosts are themselves on the link
   */
  add(network: Ipv4Prefix, gateway: Ipv4Address): void {
    this.remove(network);
    const route = new Route(network, gateway);
    let before: Route | null = null;
    let after = this.first;
    while (after && after.network.length >= network.length) {
      before = after;
      after = after.next;
    }
    route.next = after;
    if (before) before.next = route;
    else this.first = route;
  }

  /** Removes the way to a network. @returns whether there was one */
  remove(network: Ipv4Prefix): bool {
    let before: Route | null = null;
    let route = this.first;
    while (route) {
      if (route.network.length == network.length && route.network.contains(network.address)) {
        if (before) before.next = route.next;
        else this.first = route.next;
        return true;
      }
      before = route;
      route = route.next;
    }
    return false;
  }

  /** The host on the link to send to what is for `destination`: itself or a router; IPV4_ANY when there is no route. */
  nextHop(destination: Ipv4Address): Ipv4Address {
    let route = this.first;
    while (route) {
      if (route.network.contains(destination)) return route.gateway ? route.gateway : destination;
      route = route.next;
    }
    return IPV4_ANY;
  }
}
