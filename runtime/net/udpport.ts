/**
 * What UDP knows of the sockets that are bound to its ports. Which kinds there are it does not know, so that an image without
 * any has nothing of them.
 */
import { DatagramFlow } from "../flow/datagram";
import { TIME_TO_LIVE_DEFAULT } from "../wire/ipv4";
import { Ipv4Address } from "../wire/ipv4address";

export abstract class UdpPort extends DatagramFlow {
  /** For Udp only: the next socket of its list. */
  next: UdpPort | null = null;
  /** The own port; 0 while the socket is not bound. */
  port: u32 = 0;
  /** Whether routers must not cut what is sent: then a datagram for which the path is too small gives E_TOO_LONG. */
  dontFragment: bool = false;
  /** How many routers may pass on what is sent. */
  timeToLive: u32 = TIME_TO_LIVE_DEFAULT;

  /** For Udp only: whether the socket takes datagrams from there. */
  abstract hears(address: Ipv4Address, port: u32): bool;

  /** For Udp only: takes a datagram. @returns false when there was no room for it */
  abstract deliver(address: Ipv4Address, port: u32, local: Ipv4Address, octets: usize, length: u32): bool;

  /**
   * For Udp only: notes what was said of a datagram of ours. Who is not connected sends to many, and would not know whom
   * it is about: a server must not stop because a client has gone.
   * @param code one of ICMP's for DESTINATION_UNREACHABLE, or none of them
   * @returns whether that can be true
   */
  abstract hearError(address: Ipv4Address, port: u32, code: u32): bool;
}
