/** What wants to know which addresses are in use: a DHCP server, before it gives one away. */
import { Ipv4Address } from "../wire/ipv4address";
import { MacAddress } from "../wire/macaddress";

export abstract class AddressWatcher {
  /**
   * Hears that somebody uses an address, or asks whether it is free in order to use it; must not suspend. Anyone on the link
   * can claim any address.
   * @param hardware the station that said so; 0 where that is not known
   */
  abstract claimed(address: Ipv4Address, hardware: MacAddress): void;
}
