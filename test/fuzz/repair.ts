/** Gives a frame right checksums wherever its lengths allow, so that mutations reach what lies behind them. */
import { ETHERTYPE, internetChecksum, PROTOCOL } from "../support/packets.ts";

const IPV4 = 14;

export function repair(frame: Uint8Array): Uint8Array {
  const repaired = Buffer.from(frame);
  if (repaired.length < IPV4 + 20 || repaired.readUInt16BE(12) !== ETHERTYPE.ipv4) return frame;
  const ip = repaired.subarray(IPV4);
  const headerLength = (ip.readUInt8(0) & 15) * 4;
  const totalLength = ip.readUInt16BE(2);
  if (headerLength < 20 || headerLength > totalLength || totalLength > ip.length) return frame;
  put(ip, 10, ip.subarray(0, headerLength));
  const payload = ip.subarray(headerLength, totalLength);
  const protocol = ip.readUInt8(9);
  const pseudo = (protocol: number, length: number) => [...ip.subarray(12, 20), 0, protocol, length >> 8, length & 255];
  if (protocol === PROTOCOL.icmp && payload.length >= 4) put(payload, 2, payload);
  if (protocol === PROTOCOL.tcp && payload.length >= 20)
    put(payload, 16, payload, pseudo(PROTOCOL.tcp, payload.length));
  if (protocol === PROTOCOL.udp && payload.length >= 8) {
    const length = payload.readUInt16BE(4);
    if (length <= payload.length) put(payload, 6, payload.subarray(0, length), pseudo(PROTOCOL.udp, length));
  }
  return new Uint8Array(repaired);
}

/** Puts the checksum of `covered`, which includes the field itself, to `at`. */
function put(into: Buffer, at: number, covered: Uint8Array, before: readonly number[] = []): void {
  into.writeUInt16BE(0, at);
  into.writeUInt16BE(internetChecksum(Uint8Array.from([...before, ...covered])), at);
}
