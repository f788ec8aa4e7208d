/** Datagram sockets in direct style: the interface for protocols that do not care what carries their datagrams. */

export abstract class DatagramFlow {
  /** Who sent the datagram that recvFrom gave last: an IPv4 address. */
  remoteAddress: u32 = 0;
  /** The sender's port. */
  remotePort: u32 = 0;

  /**
   * Takes the next datagram; suspends the fiber until there is one. Afterwards remoteAddress and remotePort tell its
   * sender, until the next call.
   * @param buffer where to; what does not fit is cut off
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns octets in the buffer, or E_TIMEOUT, E_CANCELLED, or E_CLOSED
   */
  abstract recvFrom(buffer: Uint8Array, ms?: u64): i32;

  /**
   * Sends a datagram; never suspends. What is sent may be lost on the way, unnoticed.
   * @param buffer its octets begin at the buffer's; @param length how many
   * @returns length, or E_TOO_LONG, E_UNREACHABLE, E_AGAIN (too much on the way already) or E_CLOSED
   */
  abstract sendTo(buffer: Uint8Array, length: i32, address: u32, port: u32): i32;

  /** Ends the socket: waiting and later calls return E_CLOSED. */
  abstract close(): void;
}
