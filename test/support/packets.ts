/**
 * Packets as tests write and read them: plain and slow, straight from the RFCs' drawings, and without a line in common
 * with runtime/wire, for which this is the oracle. Fields that can be wrong on purpose are optional.
 */

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806 } as const;
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;
export const BROADCAST = "ff:ff:ff:ff:ff:ff";

/** RFC 1071, computed as it is defined. */
export function internetChecksum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    total += ((bytes[i] as number) << 8) + (bytes[i + 1] ?? 0);
    if (total > 0xffff) total -= 0xffff;
  }
  return ~total & 0xffff;
}

/** The octets of an address such as `02:00:00:00:00:01`. */
export function macOctets(text: string): number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}

export function macText(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** An address as the runtime keeps it. */
export function macNumber(octets: Iterable<number>): bigint {
  return BigInt(`0x${Buffer.from([...octets].reverse()).toString("hex")}`);
}

/** The octets of an address such as `10.0.0.1`. */
function ipv4Octets(text: string): number[] {
  return text.split(".").map(Number);
}

export function ipv4Text(octets: Uint8Array): string {
  return [...octets].join(".");
}

/** An address as the runtime keeps it. */
export function ipv4Number(text: string): number {
  return Buffer.from(ipv4Octets(text)).readUInt32BE();
}

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];
const at32 = (bytes: Uint8Array, offset: number): number => at16(bytes, offset) * 0x10000 + at16(bytes, offset + 2);
const at16 = (bytes: Uint8Array, offset: number): number => (at8(bytes, offset) << 8) | at8(bytes, offset + 1);
function at8(bytes: Uint8Array, offset: number): number {
  const octet = bytes[offset];
  if (octet === undefined) throw new RangeError(`octet ${offset} of ${bytes.length}`);
  return octet;
}

// ---- Ethernet ------------------------------------------------------------------------------------------------------

export interface EthernetFrame {
  readonly destination: string;
  readonly source: string;
  readonly type: number;
  readonly payload: Uint8Array;
}

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const header = [...macOctets(frame.destination), ...macOctets(frame.source), ...u16(frame.type)];
  return Uint8Array.from([...header, ...frame.payload]);
}

export function decodeEthernet(bytes: Uint8Array): EthernetFrame {
  return {
    destination: macText(bytes.subarray(0, 6)),
    source: macText(bytes.subarray(6, 12)),
    type: at16(bytes, 12),
    payload: bytes.subarray(14),
  };
}

// ---- ARP -----------------------------------------------------------------------------------------------------------

export interface ArpPacket {
  readonly operation: number;
  readonly sha: string;
  readonly spa: string;
  readonly tha: string;
  readonly tpa: string;
  readonly hrd?: number;
  readonly pro?: number;
  readonly hln?: number;
  readonly pln?: number;
}

export function encodeArp(packet: ArpPacket): Uint8Array {
  const { operation, sha, spa, tha, tpa, hrd = 1, pro = 0x0800, hln = 6, pln = 4 } = packet;
  return Uint8Array.from([
    ...u16(hrd),
    ...u16(pro),
    hln,
    pln,
    ...u16(operation),
    ...macOctets(sha),
    ...ipv4Octets(spa),
    ...macOctets(tha),
    ...ipv4Octets(tpa),
  ]);
}

export function decodeArp(bytes: Uint8Array): ArpPacket {
  return {
    operation: at16(bytes, 6),
    sha: macText(bytes.subarray(8, 14)),
    spa: ipv4Text(bytes.subarray(14, 18)),
    tha: macText(bytes.subarray(18, 24)),
    tpa: ipv4Text(bytes.subarray(24, 28)),
  };
}

// ---- IPv4 ----------------------------------------------------------------------------------------------------------

export interface Ipv4Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly timeToLive?: number;
  readonly identification?: number;
  /** Flags and fragment offset. */
  readonly fragment?: number;
  /** A multiple of four octets. */
  readonly options?: Uint8Array;
  readonly version?: number;
  readonly headerLength?: number;
  readonly totalLength?: number;
  readonly checksum?: number;
}

export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const options = packet.options ?? new Uint8Array();
  const headerLength = packet.headerLength ?? 20 + options.length;
  const header = Uint8Array.from([
    ((packet.version ?? 4) << 4) | (headerLength >> 2),
    0,
    ...u16(packet.totalLength ?? 20 + options.length + packet.payload.length),
    ...u16(packet.identification ?? 0),
    ...u16(packet.fragment ?? 0),
    packet.timeToLive ?? 64,
    packet.protocol,
    0,
    0,
    ...ipv4Octets(packet.source),
    ...ipv4Octets(packet.destination),
    ...options,
  ]);
  header.set(u16(packet.checksum ?? internetChecksum(header)), 10);
  return Uint8Array.from([...header, ...packet.payload]);
}

/** Reads a packet that must be sound: throws when its checksum or its lengths are wrong. */
export function decodeIpv4(bytes: Uint8Array): Required<Omit<Ipv4Packet, "version" | "checksum">> {
  const headerLength = (at8(bytes, 0) & 15) * 4;
  const totalLength = at16(bytes, 2);
  if (at8(bytes, 0) >> 4 !== 4) throw new Error("not IPv4");
  if (headerLength < 20 || headerLength > totalLength || totalLength > bytes.length)
    throw new Error("wrong IPv4 length");
  if (internetChecksum(bytes.subarray(0, headerLength)) !== 0) throw new Error("wrong IPv4 header checksum");
  return {
    source: ipv4Text(bytes.subarray(12, 16)),
    destination: ipv4Text(bytes.subarray(16, 20)),
    protocol: at8(bytes, 9),
    payload: bytes.subarray(headerLength, totalLength),
    timeToLive: at8(bytes, 8),
    identification: at16(bytes, 4),
    fragment: at16(bytes, 6),
    options: bytes.subarray(20, headerLength),
    headerLength,
    totalLength,
  };
}

// ---- ICMP ----------------------------------------------------------------------------------------------------------

export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** The second word: identifier and sequence number of an echo. */
  readonly word: number;
  readonly data: Uint8Array;
  readonly checksum?: number;
}

export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const bytes = Uint8Array.from([message.type, message.code, 0, 0, ...u32(message.word), ...message.data]);
  bytes.set(u16(message.checksum ?? internetChecksum(bytes)), 2);
  return bytes;
}

/** Reads a message that must be sound. */
export function decodeIcmp(bytes: Uint8Array): Omit<IcmpMessage, "checksum"> {
  if (internetChecksum(bytes) !== 0) throw new Error("wrong ICMP checksum");
  const word = at32(bytes, 4);
  return { type: at8(bytes, 0), code: at8(bytes, 1), word, data: bytes.subarray(8) };
}

// ---- UDP -----------------------------------------------------------------------------------------------------------

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
  readonly length?: number;
  readonly checksum?: number;
}

/** @param source IPv4 address, for the pseudo header; @param destination likewise */
export function encodeUdp(datagram: UdpDatagram, source: string, destination: string): Uint8Array {
  const length = datagram.length ?? 8 + datagram.data.length;
  const ports = [...u16(datagram.sourcePort), ...u16(datagram.destinationPort)];
  const bytes = Uint8Array.from([...ports, ...u16(length), 0, 0, ...datagram.data]);
  const checksum = internetChecksum(
    Uint8Array.from([...pseudoHeader(source, destination, PROTOCOL.udp, length), ...bytes]),
  );
  bytes.set(u16(datagram.checksum ?? (checksum || 0xffff)), 6);
  return bytes;
}

/** Reads a datagram that must be sound. */
export function decodeUdp(bytes: Uint8Array, source: string, destination: string): Omit<UdpDatagram, "checksum"> {
  const length = at16(bytes, 4);
  if (length !== bytes.length) throw new Error("wrong UDP length");
  const summed = Uint8Array.from([...pseudoHeader(source, destination, PROTOCOL.udp, length), ...bytes]);
  if (at16(bytes, 6) !== 0 && internetChecksum(summed) !== 0) throw new Error("wrong UDP checksum");
  return { sourcePort: at16(bytes, 0), destinationPort: at16(bytes, 2), data: bytes.subarray(8), length };
}

function pseudoHeader(source: string, destination: string, protocol: number, length: number): number[] {
  return [...ipv4Octets(source), ...ipv4Octets(destination), 0, protocol, ...u16(length)];
}

// ---- TCP -----------------------------------------------------------------------------------------------------------

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** The options of a segment that are known here, in the order in which they are written. */
export interface TcpOptions {
  /** Maximum segment size (RFC 9293, 3.7.1). */
  readonly mss?: number;
  /** RFC 2018, 2. */
  readonly sackPermitted?: true;
  /** TSval and TSecr (RFC 7323, 3.2). */
  readonly timestamps?: readonly [value: number, echo: number];
  /** The shift count (RFC 7323, 2.2). */
  readonly windowScale?: number;
  /** Left and right edges (RFC 2018, 3). */
  readonly sack?: readonly (readonly [left: number, right: number])[];
}

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** The sum of some of TCP_FLAG. */
  readonly flags: number;
  /** As it is written, not scaled. */
  readonly window: number;
  readonly urgentPointer?: number;
  /** Octets to be written as they are, a multiple of four, are for tests of those that are wrong. */
  readonly options?: TcpOptions | Uint8Array;
  readonly data: Uint8Array;
  /** Of the header, in octets. */
  readonly dataOffset?: number;
  readonly checksum?: number;
}

/** @param source IPv4 address, for the pseudo header; @param destination likewise */
export function encodeTcp(segment: TcpSegment, source: string, destination: string): Uint8Array {
  const { options = {}, urgentPointer = 0, data } = segment;
  const octets = options instanceof Uint8Array ? options : encodeTcpOptions(options);
  const header = [
    ...[...u16(segment.sourcePort), ...u16(segment.destinationPort)],
    ...[...u32(segment.sequence), ...u32(segment.acknowledgment)],
    ...[((segment.dataOffset ?? 20 + octets.length) / 4) << 4, segment.flags, ...u16(segment.window)],
    ...[0, 0, ...u16(urgentPointer)],
  ];
  const bytes = new Uint8Array(Buffer.concat([Uint8Array.from(header), octets, data]));
  const pseudo = pseudoHeader(source, destination, PROTOCOL.tcp, bytes.length);
  bytes.set(u16(segment.checksum ?? internetChecksum(Buffer.concat([Uint8Array.from(pseudo), bytes]))), 16);
  return bytes;
}

function encodeTcpOptions({ mss, sackPermitted, timestamps, windowScale, sack }: TcpOptions): Uint8Array {
  const octets: number[] = [];
  if (mss !== undefined) octets.push(2, 4, ...u16(mss));
  if (sackPermitted) octets.push(4, 2);
  if (timestamps) octets.push(8, 10, ...timestamps.flatMap(u32));
  if (windowScale !== undefined) octets.push(3, 3, windowScale);
  if (sack) octets.push(5, 2 + 8 * sack.length, ...sack.flat().flatMap(u32));
  while (octets.length % 4) octets.push(1);
  return Uint8Array.from(octets);
}

/** Reads a segment that must be sound: throws when its checksum, its lengths or the form of its options are wrong. */
export function decodeTcp(
  bytes: Uint8Array,
  source: string,
  destination: string,
): Required<Omit<TcpSegment, "checksum" | "options">> & { readonly options: TcpOptions } {
  const pseudo = pseudoHeader(source, destination, PROTOCOL.tcp, bytes.length);
  if (internetChecksum(Buffer.concat([Uint8Array.from(pseudo), bytes])) !== 0) throw new Error("wrong TCP checksum");
  const dataOffset = (at8(bytes, 12) >> 4) * 4;
  if (dataOffset < 20 || dataOffset > bytes.length) throw new Error("wrong TCP data offset");
  if (at8(bytes, 12) & 15) throw new Error("TCP's reserved bits are not zero");
  return {
    sourcePort: at16(bytes, 0),
    destinationPort: at16(bytes, 2),
    sequence: at32(bytes, 4),
    acknowledgment: at32(bytes, 8),
    flags: at8(bytes, 13),
    window: at16(bytes, 14),
    urgentPointer: at16(bytes, 18),
    options: decodeTcpOptions(bytes.subarray(20, dataOffset)),
    data: bytes.subarray(dataOffset),
    dataOffset,
  };
}

/** Lengths of the options by kind (RFC 9293, 3.2; 7323; 2018). */
const TCP_OPTION_LENGTHS: Readonly<Record<number, readonly number[]>> = {
  2: [4],
  3: [3],
  4: [2],
  5: [10, 18, 26, 34],
  8: [10],
};

function decodeTcpOptions(octets: Uint8Array): TcpOptions {
  let options: TcpOptions = {};
  for (let at = 0; at < octets.length; ) {
    const kind = at8(octets, at);
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = at8(octets, at + 1);
    if (!TCP_OPTION_LENGTHS[kind]?.includes(length)) throw new Error(`TCP option ${kind} of length ${length}`);
    if (kind === 2) options = { ...options, mss: at16(octets, at + 2) };
    if (kind === 3) options = { ...options, windowScale: at8(octets, at + 2) };
    if (kind === 4) options = { ...options, sackPermitted: true };
    if (kind === 8) options = { ...options, timestamps: [at32(octets, at + 2), at32(octets, at + 6)] };
    if (kind === 5) {
      const edge = (index: number) => at32(octets, at + 2 + 4 * index);
      const sack = Array.from({ length: (length - 2) / 8 }, (_, i) => [edge(2 * i), edge(2 * i + 1)] as const);
      options = { ...options, sack };
    }
    at += length;
  }
  return options;
}
