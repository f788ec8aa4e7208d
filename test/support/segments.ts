/** TCP segments as tests write and read them, as packets.ts has the other protocols' packets. */
import { internetChecksum, ipv4Number } from "./packets.ts";

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** The sum of FLAG's. */
  readonly flags: number;
  readonly window: number;
  readonly options: TcpOptions;
  readonly data: Uint8Array;
}

export interface TcpOptions {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly sackPermitted?: boolean;
  /** TSval and TSecr. */
  readonly timestamps?: readonly [number, number];
  /** Left and right edges. */
  readonly sack?: readonly (readonly [number, number])[];
}

/** Fields that can be wrong on purpose. */
export interface TcpWrongs {
  /** In octets. */
  readonly headerLength?: number;
  readonly checksum?: number;
  /** The options' octets, in place of what `options` says; padded with End of Option List. */
  readonly rawOptions?: Uint8Array;
}

/** @param source IPv4 address, for the pseudo header; @param destination likewise */
export function encodeTcp(segment: TcpSegment & TcpWrongs, source: string, destination: string): Uint8Array {
  const options = segment.rawOptions ?? encodeOptions(segment.options);
  const headerLength = 20 + Math.ceil(options.length / 4) * 4;
  const bytes = Buffer.alloc(headerLength + segment.data.length);
  bytes.writeUInt16BE(segment.sourcePort, 0);
  bytes.writeUInt16BE(segment.destinationPort, 2);
  bytes.writeUInt32BE(segment.sequence, 4);
  bytes.writeUInt32BE(segment.acknowledgment, 8);
  bytes.writeUInt8((segment.headerLength ?? headerLength) << 2, 12);
  bytes.writeUInt8(segment.flags, 13);
  bytes.writeUInt16BE(segment.window, 14);
  bytes.set(options, 20);
  bytes.set(segment.data, headerLength);
  bytes.writeUInt16BE(segment.checksum ?? tcpChecksum(bytes, source, destination), 16);
  return Uint8Array.from(bytes);
}

/** Reads a segment that must be sound. */
export function decodeTcp(octets: Uint8Array, source: string, destination: string): TcpSegment {
  const bytes = Buffer.from(octets);
  const headerLength = (bytes.readUInt8(12) >> 4) * 4;
  if (headerLength < 20 || headerLength > bytes.length) throw new Error("wrong TCP data offset");
  if (tcpChecksum(bytes, source, destination) !== 0) throw new Error("wrong TCP checksum");
  return {
    sourcePort: bytes.readUInt16BE(0),
    destinationPort: bytes.readUInt16BE(2),
    sequence: bytes.readUInt32BE(4),
    acknowledgment: bytes.readUInt32BE(8),
    flags: bytes.readUInt8(13),
    window: bytes.readUInt16BE(14),
    options: decodeOptions(bytes.subarray(20, headerLength)),
    data: Uint8Array.from(bytes.subarray(headerLength)),
  };
}

function tcpChecksum(bytes: Uint8Array, source: string, destination: string): number {
  const pseudo = Buffer.alloc(12);
  pseudo.writeUInt32BE(ipv4Number(source), 0);
  pseudo.writeUInt32BE(ipv4Number(destination), 4);
  pseudo.writeUInt16BE(6, 8);
  pseudo.writeUInt16BE(bytes.length, 10);
  return internetChecksum(Buffer.concat([pseudo, bytes]));
}

function encodeOptions(options: TcpOptions): Buffer {
  const parts: Buffer[] = [];
  const put = (kind: number, ...content: Buffer[]): void => {
    const length = 2 + content.reduce((total, part) => total + part.length, 0);
    parts.push(Buffer.from([kind, length]), ...content);
  };
  if (options.mss !== undefined) put(2, Buffer.from([options.mss >> 8, options.mss & 255]));
  if (options.windowScale !== undefined) put(3, Buffer.from([options.windowScale]));
  if (options.sackPermitted) put(4);
  if (options.timestamps) put(8, ...options.timestamps.map(word));
  if (options.sack) put(5, ...options.sack.flat().map(word));
  return Buffer.concat(parts);
}

function decodeOptions(bytes: Buffer): TcpOptions {
  const options: { -readonly [K in keyof TcpOptions]: TcpOptions[K] } = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    if (bytes[at] === 1) {
      at++;
      continue;
    }
    const length = bytes.readUInt8(at + 1);
    if (length < 2 || at + length > bytes.length) throw new Error("wrong length of a TCP option");
    const content = bytes.subarray(at + 2, at + length);
    const words = Array.from({ length: content.length >> 2 }, (_, i) => content.readUInt32BE(i * 4));
    switch (bytes[at]) {
      case 2:
        options.mss = content.readUInt16BE();
        break;
      case 3:
        options.windowScale = content.readUInt8();
        break;
      case 4:
        options.sackPermitted = true;
        break;
      case 5:
        options.sack = words.flatMap((left, i) => (i % 2 === 0 ? [[left, words[i + 1] as number] as const] : []));
        break;
      case 8:
        options.timestamps = [words[0] as number, words[1] as number];
    }
    at += length;
  }
  return options;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
