/**
 * Offers that wait until it is known that nobody has their address. A station on the link is asked by ARP, which none can
 * ignore; one behind a relay by ICMP echo (RFC 2131, 2.2). They are few, so that nobody can have much of them kept: when
 * all places are taken, an address is offered at once. Its client looks, too, before it uses it, and declines it then.
 */

import { Stack } from "../net/stack";
import { AddressWatcher } from "../net/watcher";
import { IPV4_ANY, Ipv4Address } from "../wire/ipv4address";
import { MacAddress } from "../wire/macaddress";
import { Binding } from "./binding";
import { Outlet } from "./outlet";
import { DhcpPool } from "./pool";
import { Request } from "./request";

/** Offers that can wait. */
const PLACES: i32 = 16;
/** Times that is asked, and the time after each: clients ask again after a second at the soonest. */
const PROBES: u32 = 2;
const INTERVAL: u64 = 200000000;

/** An offer that waits. */
export class Offer {
  /** What it answers. */
  readonly request: Request = new Request();
  /** Its address; null: the place is free. */
  binding: Binding | null = null;
  pool: DhcpPool | null = null;
  /** When the next step is due, in ns on `now`'s clock. */
  due: u64 = 0;
  /** Times that was asked. */
  asked: u32 = 0;
  /** Whether somebody has the address: that station, or 0 where it is not known. */
  taken: bool = false;
  takenBy: MacAddress = 0;
}

export class Offers extends AddressWatcher {
  private places: StaticArray<Offer | null> = new StaticArray<Offer | null>(PLACES);
  /** The time of the next step; the greatest u64: none. */
  due: u64 = u64.MAX_VALUE;

  constructor(
    private net: Stack,
    private outlet: Outlet,
  ) {
    super();
    net.arp.watcher = this;
    net.icmp.watcher = this;
  }

  /** Waits with the answer to a request. @returns false when all places are taken */
  begin(request: Request, binding: Binding, pool: DhcpPool, now: u64): bool {
    for (let i = 0; i < PLACES; i++) {
      let offer = this.places[i];
      if (!offer) {
        offer = new Offer();
        this.places[i] = offer;
      } else if (offer.binding) continue;
      offer.request.copy(request);
      offer.binding = binding;
      offer.pool = pool;
      offer.asked = 0;
      offer.taken = false;
      this.ask(offer, binding.address, now);
      return true;
    }
    return false;
  }

  /** Takes a client's newer request, from where the one came that its offer waits with. @returns whether one does */
  again(request: Request): bool {
    for (let i = 0; i < PLACES; i++) {
      const offer = this.places[i];
      if (!offer || !offer.binding || offer.request.client != request.client) continue;
      if (offer.request.relay != request.relay) continue;
      offer.request.copy(request);
      return true;
    }
    return false;
  }

  claimed(address: Ipv4Address, hardware: MacAddress): void {
    for (let i = 0; i < PLACES; i++) {
      const offer = this.places[i];
      if (!offer) continue;
      const binding = offer.binding;
      // Who has the address and asks for it may have it.
      if (!binding || binding.address != address || hardware == offer.request.hardware) continue;
      offer.taken = true;
      offer.takenBy = hardware;
    }
  }

  /** An offer that waits no longer, or null. The caller takes its binding away. */
  next(now: u64): Offer | null {
    this.due = u64.MAX_VALUE;
    for (let i = 0; i < PLACES; i++) {
      const offer = this.places[i];
      if (!offer) continue;
      const binding = offer.binding;
      if (!binding) continue;
      if (offer.taken) return offer;
      if (now >= offer.due) {
        if (offer.asked == PROBES) return offer;
        this.ask(offer, binding.address, now);
      }
      this.due = min(this.due, offer.due);
    }
    return null;
  }

  private ask(offer: Offer, address: Ipv4Address, now: u64): void {
    if (offer.request.relay == IPV4_ANY) this.net.arp.probe(address);
    else this.outlet.echo(address);
    offer.asked++;
    offer.due = now + INTERVAL;
    this.due = min(this.due, offer.due);
  }
}
