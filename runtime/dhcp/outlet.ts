/**
 * Sends what a server has to say. A client that has no address yet does not answer ARP: what goes to it is sent to its
 * station, with the address that it will have, as the RFC wants it (RFC 2131, 4.1).
 */
import { Stack } from "../net/stack";
import { UdpSocket } from "../net/udpsocket";
import * as wire from "../wire/dhcp";
import { TYPE_IPV4 } from "../wire/ethernet";
import * as icmp from "../wire/icmpv4";
import * as ipv4 from "../wire/ipv4";
import { Ipv4Address } from "../wire/ipv4address";
import * as udp from "../wire/udp";
import { Reply } from "./reply";

export class Outlet {
  constructor(
    private net: Stack,
    private socket: UdpSocket,
  ) {}

  /** Sends an answer; what does not get through is asked for again. */
  send(reply: Reply): void {
    if (reply.hardware == 0) this.socket.sendTo(reply.buffer, reply.length, reply.to, reply.port);
    else this.sendToStation(reply);
  }

  /** Asks whether somebody has an address that is not on the link (RFC 2131, 2.2). */
  echo(address: Ipv4Address): void {
    const ip = this.net.ipv4;
    const ptr = ip.reserve();
    if (ptr == 0) return;
    icmp.emitEcho(ptr, icmp.ECHO, 0, 0, icmp.HEADER_LENGTH);
    const source = ip.sourceFor(address);
    ip.send(ptr, icmp.HEADER_LENGTH, ipv4.PROTOCOL_ICMP, source, address, 0, ipv4.TIME_TO_LIVE_DEFAULT);
  }

  private sendToStation(reply: Reply): void {
    const ethernet = this.net.ethernet;
    const packet = ethernet.reserve();
    if (packet == 0) return;
    const ip = this.net.ipv4;
    const source = reply.server;
    const size = udp.HEADER_LENGTH + reply.length;
    const datagram = packet + ipv4.HEADER_LENGTH;
    memory.copy(datagram + udp.HEADER_LENGTH, reply.buffer.dataStart, reply.length);
    udp.emit(datagram, wire.SERVER_PORT, reply.port, size, source, reply.to, datagram + udp.HEADER_LENGTH);
    // It is sent in one piece, and no router is on the way: it needs no identification (RFC 6864, 4.1).
    const total = ipv4.HEADER_LENGTH + size;
    ipv4.emit(packet, total, 0, ipv4.FLAG_DF, ipv4.TIME_TO_LIVE_DEFAULT, ipv4.PROTOCOL_UDP, source, reply.to);
    ethernet.commit(packet, total, reply.hardware, TYPE_IPV4);
    ip.ipOutRequests++;
    this.net.udp.udpOutDatagrams++;
  }
}
