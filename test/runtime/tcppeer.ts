/** The other end of a guest's TCP connection, for tests in which nothing is lost: it has no timers and sends what it is told to. */
import assert from "node:assert/strict";
import type { SimulatedNetwork } from "../support/network.ts";
import {
  decodeEthernet,
  decodeIpv4,
  decodeTcp,
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIpv4,
  encodeTcp,
  PROTOCOL,
  TCP_FLAG,
} from "../support/packets.ts";
import type { SimulatedTender } from "../support/tender.ts";

/** Of the guest's windows: the one that it offers. */
const SHIFT = 7;

/** One end of a connection. */
export interface End {
  readonly mac: string;
  readonly ip: string;
  readonly port: number;
}

/** Tells a guest of a station, so that it need not ask. */
export function greet(tender: SimulatedTender, network: SimulatedNetwork, self: End, guest: End): void {
  const payload = encodeArp({ operation: 1, sha: self.mac, spa: self.ip, tha: "00:00:00:00:00:00", tpa: guest.ip });
  network.send(encodeEthernet({ destination: guest.mac, source: self.mac, type: ETHERTYPE.arp, payload }));
  tender.settle();
  network.take();
}

export class TcpPeer {
  private readonly waiting: Uint8Array[] = [];
  private sequence = 1000;
  private acknowledgment = 0;
  /** Segments with data that came back, and their octets. */
  segments = 0;
  octets = 0;
  /** What the guest takes. */
  window = 0;
  /** The guest's latest timestamp. */
  private echo = 0;

  /** @param self this end; @param guest the other one; @param stamps whether segments have timestamps */
  constructor(
    private readonly network: SimulatedNetwork,
    private readonly self: End,
    private readonly guest: End,
    private readonly stamps = false,
  ) {}

  /** Writes a segment, to be put on the line by `flush`. */
  send(flags: number, data = new Uint8Array(0)): void {
    const { self, guest } = this;
    const options = {
      ...(flags & TCP_FLAG.syn ? { mss: 1460, windowScale: 7 } : {}),
      ...(this.stamps ? { timestamps: [1, this.echo] as const } : {}),
    };
    const segment = {
      ...{ sourcePort: self.port, destinationPort: guest.port, flags, window: 65535, options, data },
      ...{ sequence: this.sequence, acknowledgment: this.acknowledgment },
    };
    const payload = encodeTcp(segment, self.ip, guest.ip);
    const packet = encodeIpv4({ source: self.ip, destination: guest.ip, protocol: PROTOCOL.tcp, payload });
    this.waiting.push(
      encodeEthernet({ destination: guest.mac, source: self.mac, type: ETHERTYPE.ipv4, payload: packet }),
    );
    this.sequence += data.length + (flags & TCP_FLAG.syn ? 1 : 0);
  }

  /** Puts what was sent on the line, in order or the last first. */
  flush(backwards = false): void {
    const frames = this.waiting.splice(0);
    for (const each of backwards ? frames.reverse() : frames) this.network.send(each);
  }

  /** Takes what the guest has sent, which must be in order and no reset. */
  take(): void {
    for (const frame of this.network.take()) {
      const packet = decodeIpv4(decodeEthernet(frame).payload);
      const { flags, sequence, data, window, options } = decodeTcp(packet.payload, this.guest.ip, this.self.ip);
      assert.equal(flags & TCP_FLAG.rst, 0);
      this.echo = options.timestamps?.[0] ?? 0;
      this.window = flags & TCP_FLAG.syn ? window : window << SHIFT;
      if (flags & TCP_FLAG.syn) this.acknowledgment = sequence + 1;
      else assert.equal(sequence, this.acknowledgment);
      this.acknowledgment += data.length;
      this.octets += data.length;
      if (data.length > 0) this.segments++;
    }
  }
}
