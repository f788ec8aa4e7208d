/** The server of server.as.ts, and a link on which the test plays its clients, relays and their neighbours. */
import assert from "node:assert/strict";
import { BLOCK_OP_READ, E_IO } from "../../../runtime/abi/tender.ts";
import {
  type DecodedDhcp,
  DHCP,
  type DhcpMessage,
  type DhcpOptions,
  decodeDhcp,
  encodeDhcp,
} from "../../support/dhcp.ts";
import { DhcpLink } from "../../support/dhcplink.ts";
import { compileGuest } from "../../support/guest.ts";
import {
  BROADCAST,
  decodeArp,
  decodeIcmp,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeIcmp,
  encodeIpv4,
  encodeUdp,
  PROTOCOL,
} from "../../support/packets.ts";
import type { TenderOptions } from "../../support/tender.ts";

const image = await compileGuest(import.meta.url, "server.as.ts");

export const SERVER = { mac: "02:00:00:00:00:02", ip: "192.168.1.5" } as const;
/** The router, which is a relay, too. */
export const RELAY = { mac: "02:00:00:00:00:01", ip: "192.168.1.1" } as const;
const NOBODY = "00:00:00:00:00:00";

/** An answer, and how it came. */
export interface Answer extends DecodedDhcp {
  /** The station and the address that it was sent to. */
  readonly mac: string;
  readonly to: string;
  readonly port: number;
}

export type Said = Partial<Omit<DhcpMessage, "options">> & {
  readonly options?: DhcpOptions;
  /** Who sends it: the address of the datagram, and where to. */
  readonly from?: string;
  readonly to?: string;
};

/** A client's station by a number. */
export function station(n: number): string {
  return `02:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
}

export class Link extends DhcpLink {
  /** Addresses that stations of the link have, and behind the relay. */
  readonly used = new Map<string, string>([[RELAY.ip, RELAY.mac]]);
  /** Addresses that the server has looked for, by ARP and by ICMP. */
  probed: string[] = [];
  #answers: Answer[] = [];

  /** @param seconds since the first start; @param broken a block of the disk that cannot be read */
  constructor(options: TenderOptions = {}, disk?: Uint8Array, seconds = 0, blockSize = 512, broken = -1) {
    super(
      image.instantiate({
        ...options,
        ...(seconds && { wall: 1_795_246_500_000_000_000n + BigInt(seconds) * 1_000_000_000n }),
        arguments: [...(options.arguments ?? []), ...(disk ? ["--disk=true"] : [])],
      }),
    );
    if (disk) {
      const block = this.host.block("leases", { disk, blockSize });
      block.fault = ({ operation, offset, segments }) => {
        const behind = offset + segments.reduce((sum, { length }) => sum + length, 0);
        const isRead = operation === BLOCK_OP_READ && offset <= broken * blockSize && behind > broken * blockSize;
        return isRead ? E_IO : undefined;
      };
    }
    this.host.start();
    this.work();
  }

  /** A number that the guest tells. */
  count(name: string): number {
    return Number(this.host.exports[name]?.());
  }

  /** What the server has answered since the last call. */
  take(): Answer[] {
    this.work();
    return this.#answers.splice(0);
  }

  /** Says something as a client does, and gives the server time. @returns its one answer, undefined for none */
  say(type: keyof typeof DHCP | number, said: Said = {}, ms = 500): Answer | undefined {
    this.tell(type, said);
    this.advance(ms);
    const [answer, more] = this.take();
    assert.equal(more, undefined, "more than one answer");
    return answer;
  }

  /** Says something, and waits for nothing. */
  tell(type: keyof typeof DHCP | number, said: Said = {}): void {
    const { options = [], from = "0.0.0.0", to = "255.255.255.255", ...rest } = said;
    const code = typeof type === "number" ? type : DHCP[type];
    const data = encodeDhcp({ op: 1, xid: 0x1234, chaddr: station(1), ...rest, options: [[53, [code]], ...options] });
    this.datagram(data, from, to, rest.chaddr ?? station(1));
  }

  /** Sends octets to the server's port. */
  datagram(data: Uint8Array, from: string, to: string, mac: string, sourcePort = 68): void {
    const payload = encodeUdp({ sourcePort, destinationPort: 67, data }, from, to);
    const packet = encodeIpv4({ source: from, destination: to, protocol: PROTOCOL.udp, payload });
    this.send(mac, to === "255.255.255.255" ? BROADCAST : SERVER.mac, ETHERTYPE.ipv4, packet);
  }

  /** A client gets an address, from DHCPDISCOVER to DHCPACK. @returns the DHCPACK */
  lease(mac: string, options: DhcpOptions = []): Answer {
    const offer = this.say("discover", { chaddr: mac, options });
    assert(offer?.type === DHCP.offer, `no offer to ${mac}`);
    return this.select(mac, offer.yiaddr, options);
  }

  /** A client asks for what it was offered. @returns the DHCPACK */
  select(mac: string, address: string, options: DhcpOptions = []): Answer {
    const ack = this.say("request", { chaddr: mac, options: [...wants(address), ...ours, ...options] }, 0);
    assert(ack?.type === DHCP.ack, `no DHCPACK to ${mac}`);
    return ack;
  }

  protected override receive(frame: EthernetFrame): void {
    if (frame.type === ETHERTYPE.arp) {
      const arp = decodeArp(frame.payload);
      if (arp.operation !== 1 || arp.spa === arp.tpa) return;
      if (arp.spa === "0.0.0.0") this.probed.push(arp.tpa);
      const mac = this.used.get(arp.tpa);
      if (!mac) return;
      const reply = { operation: 2, sha: mac, spa: arp.tpa, tha: arp.sha, tpa: arp.spa };
      this.send(mac, arp.sha, ETHERTYPE.arp, encodeArp({ ...reply, ...(mac === NOBODY && { sha: mac }) }));
      return;
    }
    const packet = decodeIpv4(frame.payload);
    if (packet.protocol === PROTOCOL.icmp) {
      const echo = decodeIcmp(packet.payload);
      this.probed.push(`echo ${packet.destination}`);
      if (!this.used.has(packet.destination)) return;
      const payload = encodeIcmp({ ...echo, type: 0 });
      const answer = { source: packet.destination, destination: packet.source, protocol: PROTOCOL.icmp, payload };
      this.send(RELAY.mac, SERVER.mac, ETHERTYPE.ipv4, encodeIpv4(answer));
      return;
    }
    const datagram = decodeUdp(packet.payload, packet.source, packet.destination);
    assert.equal(packet.source, SERVER.ip);
    assert.equal(datagram.sourcePort, 67);
    const message = decodeDhcp(datagram.data);
    assert.equal(message.op, 2);
    this.#answers.push({ ...message, mac: frame.destination, to: packet.destination, port: datagram.destinationPort });
  }
}

/** The option that asks for an address. */
export function wants(address: string): DhcpOptions {
  return [[50, address.split(".").map(Number)]];
}

/** The option that names the server. */
export const ours: DhcpOptions = [[54, [192, 168, 1, 5]]];
