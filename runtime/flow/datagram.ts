/** Datagram sockets in direct style: the interface for protocols that do not care what carries their datagrams. */

export abstract class DatagramFlow {
  /** Who sent the datagram that recvFrom gave last: an IPv4 address. */
  remoteAddress: u32 = 0;
  /** The sender's port. */
  remotePort: u32 = 0;
  /** To which address of ours that datagram was sent; one of ours, if it was to all hosts. */
  localAddress: u32 = 0;

  /**
   * Takes the next datagram; suspends the fiber until there is one. Afterwards remoteAddress and remotePort tell its
   * sender, until the next call.
   * @param buffer where to; what does not fit is cut off
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns octets in the buffer, or E_TIMEOUT, E_CANCELLED, or E_CLOSED; of a connected socket also, once for each time
   *   that its peer or a router on the way has said so, E_REFUSED (nobody has the port), E_UNREACHABLE or E_TOO_LONG
   */
  abstract recvFrom(buffer: Uint8Array, ms?: u64): i32;

  /**
   * Binds the socket to one peer: datagrams of others are not taken any more, and what is said of ours to it is told by
   * recvFrom. Nothing is sent. Again with another peer, or with address 0 for all, as at first.
   */
  abstract connect(address: u32, port: u32): void;

  /**
   * Sends a datagram; never suspends. What is sent may be lost on the way, unnoticed. An answer to who has sent the last
   * one taken comes from the address that it was sent to.
   * @param buffer its octets begin at the buffer's; @param length how many
   * @returns length, or E_TOO_LONG, E_UNREACHABLE, E_AGAIN (too much on the way already) or E_CLOSED
   */
  abstract sendTo(buffer: Uint8Array, length: i32, address: u32, port: u32): i32;

  /** Ends the socket: waiting and later calls return E_CLOSED. */
  abstract close(): void;
}

/**
 * Answers datagrams where they arrive: for servers that have an answer at once. No fiber is woken for it, and nothing is
 * copied but by the responder itself.
 */
export abstract class DatagramResponder {
  /**
   * Takes a datagram, and writes the answer to it; must not suspend.
   * @param ptr its octets, valid during the call only; @param length how many
   * @param address who has sent it: an IPv4 address
   * @param to where the answer goes: memory that holds nothing of the datagram
   * @param room octets there: as many as reach the sender in one piece
   * @returns octets of the answer; 0 or less: there is none
   */
  abstract respond(ptr: usize, length: u32, address: u32, to: usize, room: u32): i32;
}
