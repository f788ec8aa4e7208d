/** What is known of one address that a server gives away: whose it is, and until when. */
import { Ipv4Address } from "../wire/ipv4address";
import { MacAddress } from "../wire/macaddress";

/** Nobody's. `client` is who had it last, if anyone. */
export const FREE: u32 = 0;
/** Promised to a client that has not asked for it yet, or being looked for on the link before that. */
export const OFFERED: u32 = 1;
/** Leased. */
export const BOUND: u32 = 2;
/** Somebody else was found to use it: set aside. */
export const DECLINED: u32 = 3;

export class Binding {
  /** The next one of its pool that is outside of the range. */
  next: Binding | null = null;
  state: u32 = FREE;
  /** When the state ends, in ns on `now`'s clock; of FREE: since when; 0: it never was anybody's. */
  until: u64 = 0;
  /** Who has it, had it last, or is to have it, as Request.client; 0: nobody. */
  client: u64 = 0;
  /** The station of `client`. */
  hardware: MacAddress = 0;
  /** The only client that may have it, by its identifier or its station, as Request; 0: any. */
  owner: u64 = 0;

  constructor(readonly address: Ipv4Address) {}

  /** Ends a state whose time is over. */
  settle(now: u64): void {
    if (this.state != FREE && now >= this.until) this.free(this.until);
  }

  /** Gives the address back. Who had it is remembered, so that it can get it again. */
  free(now: u64): void {
    if (this.state == DECLINED) this.client = this.hardware = 0;
    this.state = FREE;
    this.until = now;
  }

  /** Gives the address to a client. */
  give(state: u32, client: u64, hardware: MacAddress, until: u64): void {
    this.state = state;
    this.client = client;
    this.hardware = hardware;
    this.until = until;
  }

  /** Sets the address aside: nobody gets it before that time. */
  setAside(until: u64): void {
    this.give(DECLINED, 0, 0, until);
  }
}
