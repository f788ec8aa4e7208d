/** Frames of TCP and UDP flows, as a sender makes them. */
import { internetChecksum } from "./packets.ts";
import type { Random } from "./random.ts";

/** A frame of TCP or UDP with checksums, over IPv4 or IPv6. */
export function makeFrame(options: {
  readonly version: 4 | 6;
  readonly protocol: 6 | 17;
  readonly identification: number;
  readonly sequence: number;
  readonly flags?: number;
  readonly options?: Uint8Array;
  readonly data: Uint8Array;
}): Buffer {
  const { version, protocol, data } = options;
  const extra = options.options ?? new Uint8Array();
  const header = Buffer.alloc(protocol === 6 ? 20 + extra.length : 8);
  header.writeUInt16BE(4000, 0);
  header.writeUInt16BE(5000, 2);
  const length = header.length + data.length;
  if (protocol === 6) {
    header.writeUInt32BE(options.sequence >>> 0, 4);
    header.writeUInt32BE(77, 8);
    header.set([(header.length / 4) << 4, options.flags ?? 0x10, 1, 0], 12);
    header.set(extra, 20);
  } else header.writeUInt16BE(length, 4);
  const addresses = Buffer.from(
    version === 4
      ? [10, 0, 0, 1, 10, 0, 0, 2]
      : Array.from({ length: 32 }, (_, i) => (i === 15 || i === 31 ? i : 0xfd)),
  );
  const pseudo = Buffer.concat([addresses, Buffer.from([0, 0, length >> 8, length & 255, 0, 0, 0, protocol])]);
  const sum = internetChecksum(Buffer.concat([pseudo, header, data]));
  header.writeUInt16BE(sum || 0xffff, protocol === 6 ? 16 : 6);
  const ip = Buffer.alloc(version === 4 ? 20 : 40);
  if (version === 4) {
    ip.set([
      0x45,
      0,
      (20 + length) >> 8,
      (20 + length) & 255,
      options.identification >> 8,
      options.identification & 255,
    ]);
    ip.set([0x40, 0, 64, protocol], 6);
    ip.set(addresses, 12);
    ip.writeUInt16BE(internetChecksum(ip), 10);
  } else {
    ip.set([0x60, 0, 0, 0, length >> 8, length & 255, protocol, 64]);
    ip.set(addresses, 8);
  }
  const ethernet = Buffer.from([
    2,
    0,
    0,
    0,
    0,
    2,
    2,
    0,
    0,
    0,
    0,
    1,
    version === 4 ? 8 : 0x86,
    version === 4 ? 0 : 0xdd,
  ]);
  return Buffer.concat([ethernet, ip, header, data]);
}

/** A flow of segments as a sender makes them, at times with a gap or another size. */
export function flow(random: Random): Buffer[] {
  const version = random.chance(0.5) ? 4 : 6;
  const protocol = random.chance(0.6) ? 6 : 17;
  const size = 1 + random.below(1400);
  const options = protocol === 6 && random.chance(0.5) ? random.octets(12) : new Uint8Array();
  let identification = random.below(65536);
  let sequence = random.u32();
  return Array.from({ length: 1 + random.below(60) }, (_, i) => {
    const data = random.octets(random.chance(0.9) ? size : random.below(size));
    const flags = 0x10 | (random.chance(0.1) ? 8 : 0) | (i === 0 && random.chance(0.2) ? 128 : 0);
    const frame = makeFrame({ version, protocol, identification, sequence, flags, options, data });
    sequence += data.length + (random.chance(0.05) ? 1 : 0);
    identification = (identification + (random.chance(0.05) ? 2 : 1)) & 0xffff;
    return frame;
  });
}
