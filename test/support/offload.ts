/**
 * What a kernel does with frames that a guest leaves to it, and with those that it has put together: checksums, segments of
 * TCP, datagrams of UDP. Written apart from the library's code, which is tested with it.
 */
import { internetChecksum } from "./packets.ts";

export const GSO = { none: 0, tcp4: 1, tcp6: 4, udp: 5 } as const;
const NEEDS_CSUM = 1;
const ETHERNET = 14;
const [TCP, UDP] = [6, 17];
const UDP_HEADER = 8;
/** Flags of TCP that only the last segment of many has, and that only the first one has. */
const [FIN, PSH, CWR] = [1, 8, 128];

/** A virtio_net_hdr. */
export interface VnetHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly headers: number;
  readonly size: number;
  readonly start: number;
  readonly offset: number;
}

export const PLAIN: VnetHeader = { flags: 0, gsoType: GSO.none, headers: 0, size: 0, start: 0, offset: 0 };

export function encodeVnet(h: VnetHeader): Uint8Array {
  const bytes = Buffer.alloc(10);
  bytes.set([h.flags, h.gsoType]);
  [h.headers, h.size, h.start, h.offset].forEach((value, i) => {
    bytes.writeUInt16LE(value, 2 + 2 * i);
  });
  return bytes;
}

export function decodeVnet(bytes: Uint8Array): VnetHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [flags = 0, gsoType = 0] = view;
  const [headers = 0, size = 0, start = 0, offset = 0] = [2, 4, 6, 8].map((at) => view.readUInt16LE(at));
  return { flags, gsoType, headers, size, start, offset };
}

/** Where things are in a frame of TCP or UDP over IP. */
interface Place {
  readonly version: 4 | 6;
  readonly protocol: number;
  readonly transport: number;
  readonly payload: number;
  /** Octets of the frame without an Ethernet padding. */
  readonly end: number;
  /** Where the checksum stands, from the transport header on. */
  readonly checksum: number;
}

/** Undefined for what is none, or is not as long as it says. */
function placeOf(frame: Buffer): Place | undefined {
  const type = frame.length < ETHERNET + 20 + UDP_HEADER ? 0 : frame.readUInt16BE(12);
  const version = type === 0x0800 ? 4 : type === 0x86dd ? 6 : undefined;
  if (version === undefined) return undefined;
  const protocol = frame[ETHERNET + (version === 4 ? 9 : 6)] ?? 0;
  if (protocol !== TCP && protocol !== UDP) return undefined;
  const transport = ETHERNET + (version === 4 ? ((frame[ETHERNET] ?? 0) & 15) * 4 : 40);
  const end =
    version === 4 ? ETHERNET + frame.readUInt16BE(ETHERNET + 2) : transport + frame.readUInt16BE(ETHERNET + 4);
  const header = protocol === TCP ? ((frame[transport + 12] ?? 0) >> 4) * 4 : UDP_HEADER;
  const payload = transport + header;
  if (transport < ETHERNET + 20 || header < UDP_HEADER || payload > end || end > frame.length) return undefined;
  return { version, protocol, transport, payload, end, checksum: protocol === TCP ? 16 : 6 };
}

/** The sum of the pseudo header and `length` octets of transport header and data. */
function pseudoSum(frame: Buffer, place: Place, length: number): number {
  const addresses = place.version === 4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(length, 0);
  rest.writeUInt32BE(place.protocol, 4);
  return ~internetChecksum(Buffer.concat([addresses, rest])) & 0xffff;
}

/** Fills in the checksum over `start` to the end, at `start + offset`, where the pseudo header's sum stands. */
function fillIn(frame: Buffer, start: number, offset: number): void {
  frame.writeUInt16BE(internetChecksum(frame.subarray(start)) || 0xffff, start + offset);
}

/** Writes the lengths of IP and UDP for the frame's own length, and IPv4's checksum. */
function writeLengths(frame: Buffer, place: Place): void {
  const length = frame.length - place.transport;
  if (place.protocol === UDP) frame.writeUInt16BE(length, place.transport + 4);
  if (place.version === 6) {
    frame.writeUInt16BE(length, ETHERNET + 4);
    return;
  }
  frame.writeUInt16BE(frame.length - ETHERNET, ETHERNET + 2);
  frame.writeUInt16BE(0, ETHERNET + 10);
  frame.writeUInt16BE(internetChecksum(frame.subarray(ETHERNET, place.transport)), ETHERNET + 10);
}

/**
 * Finishes a frame as its header says. Throws where that cannot be.
 * @returns the frames that go over the wire
 */
export function finishFrame(header: VnetHeader, bytes: Uint8Array): Uint8Array[] {
  const frame = Buffer.from(bytes);
  if (header.gsoType !== GSO.none) return cut(header, frame);
  if (header.flags === 0) return [frame];
  if (header.flags !== NEEDS_CSUM || header.start + header.offset + 2 > frame.length)
    throw new Error(`a header that cannot be: ${JSON.stringify(header)}`);
  fillIn(frame, header.start, header.offset);
  return [frame];
}

function cut(header: VnetHeader, frame: Buffer): Uint8Array[] {
  const place = placeOf(frame);
  const wanted = { [GSO.tcp4]: [4, TCP], [GSO.tcp6]: [6, TCP], [GSO.udp]: [place?.version, UDP] }[header.gsoType];
  if (!place || place.version !== wanted?.[0] || place.protocol !== wanted[1])
    throw new Error(`no packet of kind ${header.gsoType}`);
  const { transport, payload, checksum } = place;
  const rest = frame.length - payload;
  if (header.flags !== NEEDS_CSUM || header.start !== transport || header.offset !== checksum || header.size === 0)
    throw new Error(`a header that cannot be: ${JSON.stringify(header)}`);
  if (header.headers !== payload || place.end !== frame.length) throw new Error("lengths that are wrong");
  if (frame.readUInt16BE(transport + checksum) !== pseudoSum(frame, place, frame.length - transport))
    throw new Error("the pseudo header's sum is wrong");
  const segments: Uint8Array[] = [];
  for (let at = 0; at < rest; at += header.size) {
    const data = frame.subarray(payload + at, Math.min(payload + at + header.size, frame.length));
    const segment = Buffer.concat([frame.subarray(0, payload), data]);
    if (place.version === 4) segment.writeUInt16BE((frame.readUInt16BE(18) + segments.length) & 0xffff, 18);
    if (place.protocol === TCP) {
      segment.writeUInt32BE((frame.readUInt32BE(transport + 4) + at) >>> 0, transport + 4);
      let flags = frame[transport + 13] ?? 0;
      if (at + header.size < rest) flags &= ~(FIN | PSH);
      if (at > 0) flags &= ~CWR;
      segment[transport + 13] = flags;
    }
    writeLengths(segment, place);
    segment.writeUInt16BE(pseudoSum(segment, place, segment.length - transport), transport + checksum);
    fillIn(segment, transport, checksum);
    segments.push(segment);
  }
  return segments;
}

/** A frame with its header. */
export interface Offloaded {
  readonly header: VnetHeader;
  readonly frame: Uint8Array;
}

/** The frame with its checksum left to the reader; as it is where it has none that is right. */
export function leaveChecksum(bytes: Uint8Array): Offloaded {
  const frame = Buffer.from(bytes);
  const place = placeOf(frame);
  if (!place || !isSound(frame, place)) return { header: PLAIN, frame };
  const { transport: start, checksum: offset } = place;
  frame.writeUInt16BE(pseudoSum(frame, place, frame.length - start), start + offset);
  return { header: { ...PLAIN, flags: NEEDS_CSUM, start, offset }, frame };
}

/** Whether a packet is whole, without an Ethernet padding, and its checksums are there and right. */
function isSound(frame: Buffer, place: Place): boolean {
  const { version, protocol, transport, end, checksum } = place;
  if (end !== frame.length) return false;
  if (version === 4 && (frame.readUInt16BE(20) & 0x3fff) !== 0) return false;
  if (version === 4 && internetChecksum(frame.subarray(ETHERNET, transport)) !== 0) return false;
  const given = frame.readUInt16BE(transport + checksum);
  if (protocol === UDP && (given === 0 || frame.readUInt16BE(transport + 4) !== end - transport)) return false;
  const sum = Buffer.alloc(2);
  sum.writeUInt16BE(pseudoSum(frame, place, end - transport));
  return internetChecksum(Buffer.concat([sum, frame.subarray(transport)])) === 0;
}

/**
 * Puts frames together as a kernel does for a reader that takes segments: TCP's that follow each other, and UDP's of one
 * size. What `cut` makes of the result is what it was made of.
 * @param kinds those of GSO that the reader takes
 */
export function coalesce(frames: readonly Uint8Array[], kinds: ReadonlySet<number>): Offloaded[] {
  const result: Offloaded[] = [];
  for (let at = 0; at < frames.length; ) {
    const run = [Buffer.from(frames[at] as Uint8Array)];
    while (at + run.length < frames.length && follows(run, Buffer.from(frames[at + run.length] as Uint8Array), kinds))
      run.push(Buffer.from(frames[at + run.length] as Uint8Array));
    result.push(run.length > 1 ? join(run) : { header: PLAIN, frame: run[0] as Buffer });
    at += run.length;
  }
  return result;
}

function kindOf({ version, protocol }: Place): number {
  return protocol === UDP ? GSO.udp : version === 4 ? GSO.tcp4 : GSO.tcp6;
}

/** Whether `next` can be put behind the frames of a run. */
function follows(run: readonly Buffer[], next: Buffer, kinds: ReadonlySet<number>): boolean {
  const [first, last] = [run[0] as Buffer, run.at(-1) as Buffer];
  const [place, before, after] = [placeOf(first), placeOf(last), placeOf(next)];
  if (!place || !before || !after || !kinds.has(kindOf(place))) return false;
  if (!isSound(last, before) || !isSound(next, after)) return false;
  const size = first.length - place.payload;
  const added = next.length - after.payload;
  // Only the last one may be shorter.
  if (last.length !== first.length || added === 0 || added > size) return false;
  if (run.length * size + added + place.payload > 65535) return false;
  return alike(cutHeaders(first, place, run.length), next.subarray(0, after.payload), place);
}

/** The headers that the index-th segment has when the first one is `first`. */
function cutHeaders(first: Buffer, place: Place, index: number): Buffer {
  const headers = Buffer.from(first.subarray(0, place.payload));
  const { transport, payload } = place;
  if (place.version === 4) headers.writeUInt16BE((first.readUInt16BE(18) + index) & 0xffff, 18);
  if (place.protocol === TCP)
    headers.writeUInt32BE((first.readUInt32BE(transport + 4) + index * (first.length - payload)) >>> 0, transport + 4);
  return headers;
}

/** Whether headers are the same, apart from lengths, checksums and PSH. */
function alike(a: Buffer, b: Buffer, place: Place): boolean {
  const { version, protocol, transport, checksum } = place;
  const blank = (bytes: Buffer) => {
    const copy = Buffer.from(bytes).fill(0, transport + checksum, transport + checksum + 2);
    if (version === 4) copy.fill(0, 24, 26).fill(0, 16, 18);
    else copy.fill(0, 18, 20);
    if (protocol === UDP) copy.fill(0, transport + 4, transport + 6);
    else copy[transport + 13] = (copy[transport + 13] ?? 0) & ~PSH;
    return copy;
  };
  return a.length === b.length && blank(a).equals(blank(b));
}

function join(run: readonly Buffer[]): Offloaded {
  const first = run[0] as Buffer;
  const place = placeOf(first) as Place;
  const { transport, payload, checksum } = place;
  const data = run.map((frame) => frame.subarray(payload));
  const frame = Buffer.concat([first.subarray(0, payload), ...data]);
  const flags = transport + 13;
  if (place.protocol === TCP) frame[flags] = run.reduce((all, one) => all | (one[flags] ?? 0), 0);
  writeLengths(frame, place);
  frame.writeUInt16BE(pseudoSum(frame, place, frame.length - transport), transport + checksum);
  const size = first.length - payload;
  const header = {
    flags: NEEDS_CSUM,
    gsoType: kindOf(place),
    headers: payload,
    size,
    start: transport,
    offset: checksum,
  };
  return { header, frame };
}
