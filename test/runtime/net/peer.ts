/** The host of host.as.ts, and the other end of its cable: a peer of which the test plays every move. */
import { EVENT_LINK } from "../../../runtime/abi/tender.ts";
import { compileGuest } from "../../support/guest.ts";
import type { NetworkOptions, SimulatedNetwork } from "../../support/network.ts";
import {
  type ArpPacket,
  BROADCAST,
  decodeArp,
  decodeEthernet,
  decodeIcmp,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  encodeUdp,
  type IcmpMessage,
  type Ipv4Packet,
  ipv4Number,
  PROTOCOL,
  type UdpDatagram,
} from "../../support/packets.ts";
import type { SimulatedTender, TenderOptions } from "../../support/tender.ts";
import { octets } from "./octets.ts";

export const hostImage = await compileGuest(import.meta.url, "host.as.ts");

export const HOST = { mac: "02:00:00:00:00:02", ip: "10.0.0.2" } as const;
export const PEER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" } as const;

export interface PeerOptions extends TenderOptions {
  readonly network?: NetworkOptions;
}

export class Peer {
  readonly host: SimulatedTender;
  readonly cable: SimulatedNetwork;

  /** Starts the host. What it sends at the start is not taken yet. */
  constructor(options: PeerOptions = {}) {
    this.host = hostImage.instantiate(options);
    this.cable = this.host.network("service", options.network);
    this.host.start();
  }

  /** A host that has sent both of its announcements and knows the peer. */
  static acquainted(options: PeerOptions = {}): Peer {
    const peer = new Peer(options);
    peer.host.advance(2_000);
    peer.arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
    peer.frames();
    return peer;
  }

  /** A counter's value. */
  counter(name: string): number {
    const read = this.host.exports[name];
    if (!read) throw new Error(`host.as.ts does not export ${name}`);
    return Number(read());
  }

  /** The counters among `names` that are not zero. */
  counters(...names: string[]): Record<string, number> {
    return Object.fromEntries(names.map((name) => [name, this.counter(name)]).filter(([, value]) => value !== 0));
  }

  /** Sends a frame. */
  send(frame: Partial<EthernetFrame> & { payload: Uint8Array }): void {
    this.cable.send(encodeEthernet({ destination: HOST.mac, source: PEER.mac, type: ETHERTYPE.ipv4, ...frame }));
  }

  /** Sends an ARP packet to all stations. */
  arp(packet: ArpPacket): void {
    this.send({ destination: BROADCAST, type: ETHERTYPE.arp, payload: encodeArp(packet) });
  }

  /** Sends an IPv4 packet, from the peer to the host unless told otherwise. */
  ipv4(
    packet: Partial<Ipv4Packet> & { protocol: number; payload: Uint8Array },
    frame: Partial<EthernetFrame> = {},
  ): void {
    this.send({ ...frame, payload: encodeIpv4({ source: PEER.ip, destination: HOST.ip, ...packet }) });
  }

  icmp(message: IcmpMessage, packet: Partial<Ipv4Packet> = {}, frame: Partial<EthernetFrame> = {}): void {
    this.ipv4({ protocol: PROTOCOL.icmp, ...packet, payload: encodeIcmp(message) }, frame);
  }

  /** Sends an echo request with data of a length. */
  ping(length = 56, packet: Partial<Ipv4Packet> = {}, frame: Partial<EthernetFrame> = {}): void {
    this.icmp({ type: 8, code: 0, word: 0x12340001, data: octets(length) }, packet, frame);
  }

  udp(datagram: Partial<UdpDatagram>, packet: Partial<Ipv4Packet> = {}, frame: Partial<EthernetFrame> = {}): void {
    const { source = PEER.ip, destination = HOST.ip } = packet;
    const full = { sourcePort: 40000, destinationPort: 7, data: octets(20), ...datagram };
    this.ipv4({ protocol: PROTOCOL.udp, ...packet, payload: encodeUdp(full, source, destination) }, frame);
  }

  /** Has the host send a datagram. @returns what sendTo returns */
  hostSends(address: string, port: number, length: number): number {
    // The call comes from outside of a step: one before it sets the time, one after it lets the tender see the ring and
    // the loop the armed timers.
    this.host.step();
    const result = Number(this.host.exports["sendTo"]?.(ipv4Number(address), port, length));
    this.host.step();
    return result;
  }

  /** Puts the link up or down and tells the host. */
  setLink(up: boolean): void {
    this.cable.setLink(up);
    this.host.event(EVENT_LINK);
    this.host.settle();
  }

  /** Lets the host work and takes the frames that it has sent. */
  frames(): EthernetFrame[] {
    this.host.settle();
    return this.cable.take().map(decodeEthernet);
  }

  /** As frames, but only the ARP packets. */
  arps(): ArpPacket[] {
    return this.frames()
      .filter((frame) => frame.type === ETHERTYPE.arp)
      .map((frame) => decodeArp(frame.payload));
  }

  /** As frames, but only the ICMP messages, which must be for the peer. */
  icmps(): ReturnType<typeof decodeIcmp>[] {
    return this.packets(PROTOCOL.icmp).map((packet) => decodeIcmp(packet.payload));
  }

  /** As frames, but only the UDP datagrams. */
  udps(): ReturnType<typeof decodeUdp>[] {
    return this.packets(PROTOCOL.udp).map((packet) => decodeUdp(packet.payload, packet.source, packet.destination));
  }

  packets(protocol: number): ReturnType<typeof decodeIpv4>[] {
    return this.frames()
      .filter((frame) => frame.type === ETHERTYPE.ipv4)
      .map((frame) => decodeIpv4(frame.payload))
      .filter((packet) => packet.protocol === protocol);
  }
}
