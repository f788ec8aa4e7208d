/** A UDP socket whose datagrams are answered where they arrive: the answer is written into the buffer that leaves. */
import { DatagramResponder } from "../flow/datagram";
import { Ipv4Address } from "../wire/ipv4address";
import { Udp } from "./udp";
import { UdpSocket } from "./udpsocket";

export class UdpResponder extends UdpSocket {
  /** Without a receive queue: nothing waits here. */
  constructor(
    udp: Udp,
    private responder: DatagramResponder,
  ) {
    super(udp, 0);
  }

  deliver(address: Ipv4Address, port: u32, local: Ipv4Address, octets: usize, length: u32): bool {
    // Nobody is there who could take an answer (RFC 768).
    if (port == 0) return false;
    const udp = this.udp;
    const to = udp.reserve();
    if (to == 0) return false;
    const answer = this.responder.respond(octets, length, address, to, udp.room(address));
    // What is reserved and not committed is reserved again.
    if (answer > 0) udp.commit(this, local, address, port, to, answer);
    return true;
  }
}
