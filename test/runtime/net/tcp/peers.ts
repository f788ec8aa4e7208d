/** Many peers of host.as.ts, a connection each: they send what they are told to, and are asked what came. */
import { compileGuest } from "../../../support/guest.ts";
import type { SimulatedNetwork } from "../../../support/network.ts";
import {
  BROADCAST,
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
} from "../../../support/packets.ts";
import type { SimulatedTender } from "../../../support/tender.ts";

const image = await compileGuest(import.meta.url, "host.as.ts");
/** As an application is built: what was allocated before is used again by optimised code. */
export const releaseImage = await compileGuest(import.meta.url, "host.as.ts", { mode: "release" });

const HOST = { mac: "02:00:00:00:00:02", ip: "10.0.0.2" } as const;
const PEER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" } as const;
const { syn, ack, psh } = TCP_FLAG;

type Segment = ReturnType<typeof decodeTcp>;

/** Each connection's peer has a port of its own; its numbers count from 0. */
export class Peers {
  readonly host: SimulatedTender;
  private readonly cable: SimulatedNetwork;
  /** What came for each port, and was not asked for. */
  private readonly came = new Map<number, Segment[]>();

  constructor(guest = image) {
    this.host = guest.instantiate();
    this.cable = this.host.network("service");
    this.host.start();
    this.greet();
    this.take(0);
  }

  /** Lets time pass. The host, which has forgotten the peers' station by then, hears of it again. */
  wait(ms: number): void {
    this.host.advance(ms);
    this.greet();
  }

  private greet(): void {
    const payload = encodeArp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: HOST.ip });
    this.cable.send(encodeEthernet({ destination: BROADCAST, source: PEER.mac, type: ETHERTYPE.arp, payload }));
  }

  count(name: string): number {
    const read = this.host.exports[name];
    if (!read) throw new Error(`host.as.ts does not export ${name}`);
    return Number(read());
  }

  /** Sends a segment. */
  send(
    port: number,
    to: number,
    sequence: number,
    acknowledgment: number,
    flags: number,
    data: Uint8Array = new Uint8Array(),
    window = 65535,
  ): void {
    const segment = { sourcePort: port, destinationPort: to, sequence, acknowledgment, flags, window, data };
    const payload = encodeTcp(segment, PEER.ip, HOST.ip);
    const packet = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: PROTOCOL.tcp, payload });
    const frame = { destination: HOST.mac, source: PEER.mac, type: ETHERTYPE.ipv4, payload: packet };
    this.cable.send(encodeEthernet(frame));
  }

  /** Lets the host work, and takes what it has sent to a port. */
  take(port: number): Segment[] {
    this.host.settle();
    for (const frame of this.cable.take().map(decodeEthernet)) {
      if (frame.type !== ETHERTYPE.ipv4) continue;
      const packet = decodeIpv4(frame.payload);
      const segment = decodeTcp(packet.payload, packet.source, packet.destination);
      this.came.set(segment.destinationPort, [...(this.came.get(segment.destinationPort) ?? []), segment]);
    }
    const segments = this.came.get(port) ?? [];
    this.came.delete(port);
    return segments;
  }

  /** Opens a connection. @returns the host's initial sequence number */
  open(port: number, to: number): number {
    this.send(port, to, 0, 0, syn);
    const iss = this.take(port)[0]?.sequence;
    if (iss === undefined) throw new Error(`the host did not answer the SYN from port ${port}`);
    this.send(port, to, 1, iss + 1, ack);
    this.take(port);
    return iss;
  }

  /** Has octets echoed on a connection in which nothing was sent before. @returns whether they came back */
  echoes(port: number, iss: number, data: Uint8Array): boolean {
    this.send(port, 7, 1, iss + 1, ack | psh, data);
    const answer = this.take(port).find((segment) => segment.data.length > 0);
    return answer !== undefined && Buffer.compare(answer.data, data) === 0;
  }
}
