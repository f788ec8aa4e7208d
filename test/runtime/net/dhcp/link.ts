/** The host of client.as.ts, and a link on which the test plays every DHCP server, neighbour and enemy. */
import assert from "node:assert/strict";
import { EVENT_STOP } from "../../../../runtime/abi/tender.ts";
import {
  addresses,
  type DecodedDhcp,
  DHCP,
  type DhcpOptions,
  decodeDhcp,
  encodeDhcp,
  u32,
} from "../../../support/dhcp.ts";
import { DhcpLink } from "../../../support/dhcplink.ts";
import { compileGuest } from "../../../support/guest.ts";
import {
  type ArpPacket,
  BROADCAST,
  decodeArp,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeIpv4,
  encodeUdp,
  ipv4Number,
  ipv4Text,
  PROTOCOL,
} from "../../../support/packets.ts";
import type { TenderOptions } from "../../../support/tender.ts";

const image = await compileGuest(import.meta.url, "client.as.ts");

export const CLIENT = { mac: "02:00:00:00:00:02", ip: "10.0.0.50" } as const;
export const SERVER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" } as const;
export const OTHER = { mac: "02:00:00:00:00:09", ip: "10.0.0.9" } as const;
const NOBODY = "00:00:00:00:00:00";

/** A message from the client, and how it came. */
export interface Sent extends DecodedDhcp {
  readonly source: string;
  readonly destination: string;
  readonly mac: string;
  /** Simulated seconds since the start. */
  readonly at: number;
}

/** What a server may say otherwise than it should. */
export interface Changes {
  /** The address that the answer is sent to. */
  readonly to?: string;
  readonly op?: number;
  readonly xid?: number;
  readonly chaddr?: string;
  readonly yiaddr?: string;
  /** Added to the options, or in place of those of the same code; an empty value takes one away. */
  readonly options?: DhcpOptions;
  readonly from?: { readonly mac: string; readonly ip: string };
  /** Octets of the whole message, in place of what the rest would make. */
  readonly raw?: Uint8Array;
}

export const LEASE_SECONDS = 3600;

export class Link extends DhcpLink {
  /** ARP packets of the client that the test has not taken yet. */
  arps: ArpPacket[] = [];
  /** What came back from the echo. */
  echoes: { readonly source: string; readonly data: Uint8Array }[] = [];
  /** Whether the server's station answers ARP requests. */
  answersArp = true;
  readonly #sent: Sent[] = [];

  constructor(options: TenderOptions = {}) {
    super(image.instantiate(options));
    this.host.start();
  }

  /** A client that has got its address, CLIENT.ip, and what it said for that was taken. @param changes of the server's ACK */
  static bound(changes: Changes = {}, options: TenderOptions = {}): Link {
    const link = new Link(options);
    link.reply(link.sent("discover"), DHCP.offer, changes);
    link.reply(link.sent("request"), DHCP.ack, changes);
    link.advance(600);
    assert.equal(link.started, true, "the application has not been started");
    link.arps = [];
    return link;
  }

  /** Whether the application has been started, which is when there was an address first. */
  get started(): boolean {
    return this.call("started") !== 0;
  }

  call(name: string, ...values: number[]): number {
    return Number(this.host.exports[name]?.(...values));
  }

  /** The host on the link that datagrams for an address go to; 0.0.0.0 without a route. */
  nextHop(address: string): string {
    const hop = this.call("nextHop", ipv4Number(address)) >>> 0;
    return ipv4Text(Uint8Array.of(hop >>> 24, hop >>> 16, hop >>> 8, hop));
  }

  /** What the client has sent since the last call. */
  take(): Sent[] {
    this.work();
    return this.#sent.splice(0);
  }

  /** The one message that the client has sent since the last call, which must be of this type. */
  sent(type: keyof typeof DHCP): Sent {
    const [message, more] = this.take();
    assert(message && !more, `${message ? "several messages" : "no message"} where one ${type} was expected`);
    assert.equal(message.type, DHCP[type]);
    return message;
  }

  /** Nothing was sent since the last call. */
  silent(): void {
    assert.deepEqual(this.take(), []);
  }

  /** Answers a message as a server does. @param type DHCP.offer, ack or nak */
  reply(to: Sent, type: number, changes: Changes = {}): void {
    const nak = type === DHCP.nak;
    const from = changes.from ?? SERVER;
    const options = new Map<number, readonly number[]>([
      [53, [type]],
      [54, addresses(from.ip)],
      ...(nak
        ? []
        : ([
            [51, u32(LEASE_SECONDS)],
            [1, addresses("255.255.255.0")],
            [3, addresses(SERVER.ip)],
            [6, addresses("10.0.0.53", "10.0.0.54")],
          ] as const)),
      ...(changes.options ?? []),
    ]);
    const data =
      changes.raw ??
      encodeDhcp({
        op: changes.op ?? 2,
        xid: changes.xid ?? to.xid,
        flags: to.flags,
        ciaddr: nak ? "0.0.0.0" : to.ciaddr,
        yiaddr: changes.yiaddr ?? (nak ? "0.0.0.0" : CLIENT.ip),
        chaddr: changes.chaddr ?? to.chaddr,
        options: [...options].filter(([, value]) => value.length > 0),
      });
    const toAll = to.ciaddr === "0.0.0.0" || nak;
    this.udp(from, changes.to ?? (toAll ? "255.255.255.255" : to.ciaddr), {
      sourcePort: 67,
      destinationPort: 68,
      data,
    });
    this.work();
  }

  /** Sends a datagram. */
  udp(
    from: { mac: string; ip: string },
    to: string,
    datagram: { sourcePort: number; destinationPort: number; data: Uint8Array },
  ): void {
    const payload = encodeUdp(datagram, from.ip, to);
    const packet = encodeIpv4({ source: from.ip, destination: to, protocol: PROTOCOL.udp, payload });
    this.send(from.mac, to === "255.255.255.255" ? BROADCAST : CLIENT.mac, ETHERTYPE.ipv4, packet);
  }

  /** Has the echo of the application answer. @returns the address that it answered from, undefined when it did not */
  echo(ip: string = CLIENT.ip): string | undefined {
    this.echoes = [];
    this.udp(SERVER, ip, { sourcePort: 4000, destinationPort: 7, data: Uint8Array.of(1, 2, 3) });
    this.work();
    return this.echoes[0]?.source;
  }

  /** Another station says something about an address, or asks for it. */
  arp(packet: Partial<ArpPacket> & { operation: number; spa: string; tpa: string }): void {
    const from = packet.sha ?? OTHER.mac;
    this.send(from, BROADCAST, ETHERTYPE.arp, encodeArp({ sha: from, tha: NOBODY, ...packet }));
    this.work();
  }

  /** Asks the client to end, and lets it. */
  stop(): void {
    this.host.event(EVENT_STOP);
    this.work();
    this.advance(2000);
  }

  protected override receive(frame: EthernetFrame): void {
    if (frame.type === ETHERTYPE.arp) {
      const arp = decodeArp(frame.payload);
      this.arps.push(arp);
      if (this.answersArp && arp.operation === 1 && arp.tpa === SERVER.ip && arp.spa !== arp.tpa) {
        const reply = { operation: 2, sha: SERVER.mac, spa: SERVER.ip, tha: arp.sha, tpa: arp.spa };
        this.send(SERVER.mac, arp.sha, ETHERTYPE.arp, encodeArp(reply));
      }
      return;
    }
    const packet = decodeIpv4(frame.payload);
    if (packet.protocol !== PROTOCOL.udp) return;
    const datagram = decodeUdp(packet.payload, packet.source, packet.destination);
    if (datagram.sourcePort === 7) {
      this.echoes.push({ source: packet.source, data: datagram.data });
      return;
    }
    assert.deepEqual([datagram.sourcePort, datagram.destinationPort], [68, 67]);
    assert.equal(frame.destination === BROADCAST, packet.destination === "255.255.255.255");
    const { source, destination } = packet;
    const at = Number(this.host.now) / 1e9;
    this.#sent.push({ ...decodeDhcp(datagram.data), source, destination, mac: frame.destination, at });
  }
}
