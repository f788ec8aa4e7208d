/** DHCP messages as tests write and read them, straight from RFC 2131 and without a line in common with runtime/wire. */
import { ipv4Text, macOctets, macText } from "./packets.ts";

export const DHCP = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const;

/** Options by code; each value that stands here more than once is sent in as many parts. */
export type DhcpOptions = readonly (readonly [code: number, value: readonly number[]])[];

export interface DhcpMessage {
  /** 1 from a client, 2 from a server. */
  readonly op: number;
  readonly xid: number;
  readonly secs?: number;
  readonly flags?: number;
  readonly ciaddr?: string;
  readonly yiaddr?: string;
  readonly siaddr?: string;
  readonly giaddr?: string;
  readonly chaddr: string;
  readonly options: DhcpOptions;
  /** Octets of the fields in place of zeros. */
  readonly sname?: readonly number[];
  readonly file?: readonly number[];
  readonly cookie?: readonly number[];
  /** Whether the options end with "end"; true by default. */
  readonly ended?: boolean;
}

const address = (text = "0.0.0.0"): number[] => text.split(".").map(Number);
/** The octets of an option's value that is an IPv4 address or several. */
export const addresses = (...texts: string[]): number[] => texts.flatMap((text) => address(text));
const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
/** The octets of a number. */
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];
const padded = (octets: readonly number[], length: number): number[] => [
  ...octets,
  ...new Array<number>(length - octets.length).fill(0),
];

/** Options as they stand in a field. */
export function encodeOptions(options: DhcpOptions): number[] {
  return options.flatMap(([code, value]) => [code, value.length, ...value]);
}

export function encodeDhcp(message: DhcpMessage): Uint8Array {
  return Uint8Array.from([
    ...[message.op, 1, 6, 0],
    ...u32(message.xid),
    ...u16(message.secs ?? 0),
    ...u16(message.flags ?? 0),
    ...addresses(...[message.ciaddr, message.yiaddr, message.siaddr, message.giaddr].map((text) => text ?? "0.0.0.0")),
    ...padded(macOctets(message.chaddr), 16),
    ...padded(message.sname ?? [], 64),
    ...padded(message.file ?? [], 128),
    ...(message.cookie ?? [99, 130, 83, 99]),
    ...encodeOptions(message.options),
    ...((message.ended ?? true) ? [255] : []),
  ]);
}

/** A message as it was read: options by code, their parts put together. */
export interface DecodedDhcp extends Required<Omit<DhcpMessage, "options" | "sname" | "file" | "cookie" | "ended">> {
  readonly type: number;
  readonly options: ReadonlyMap<number, readonly number[]>;
}

/** Reads a message that must be sound, and long enough for relays of BOOTP. */
export function decodeDhcp(bytes: Uint8Array): DecodedDhcp {
  if (bytes.length < 300) throw new Error(`a message of ${bytes.length} octets`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(1) !== 0x0106) throw new Error("not of Ethernet");
  if (view.getUint32(236) !== 0x63825363) throw new Error("no magic cookie");
  const options = new Map<number, readonly number[]>();
  let at = 240;
  for (;;) {
    const code = view.getUint8(at++);
    if (code === 255) break;
    if (code === 0) continue;
    const length = view.getUint8(at++);
    if (at + length > bytes.length) throw new Error(`option ${code} is too long`);
    options.set(code, [...(options.get(code) ?? []), ...bytes.subarray(at, at + length)]);
    at += length;
  }
  const text = (offset: number): string => ipv4Text(bytes.subarray(offset, offset + 4));
  return {
    op: view.getUint8(0),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: text(12),
    yiaddr: text(16),
    siaddr: text(20),
    giaddr: text(24),
    chaddr: macText(bytes.subarray(28, 34)),
    type: options.get(53)?.[0] ?? 0,
    options,
  };
}
