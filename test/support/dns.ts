/** DNS messages as tests write and read them, straight from RFC 1035 and without a line in common with runtime/wire. */

export const TYPE = { a: 1, ns: 2, cname: 5, soa: 6, txt: 16, aaaa: 28, opt: 41 } as const;
export const RCODE = { ok: 0, format: 1, failure: 2, name: 3, notImplemented: 4, refused: 5 } as const;

export interface DnsRecord {
  readonly name: string | readonly number[];
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly data: readonly number[];
}

export interface DnsMessage {
  readonly id: number;
  /** Flags and response code; a response with recursion by default. */
  readonly flags?: number;
  readonly question: string | readonly number[];
  readonly type?: number;
  readonly class?: number;
  readonly answers?: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
  readonly additionals?: readonly DnsRecord[];
  /** In place of the number of what is there. */
  readonly counts?: readonly [number, number, number, number];
}

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];

/** A name as octets, without pointers. */
export function nameOctets(name: string | readonly number[]): number[] {
  if (typeof name !== "string") return [...name];
  const labels = name.split(".").filter((label) => label !== "");
  return [...labels.flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]), 0];
}

/** A pointer to an offset. */
export const pointer = (offset: number): number[] => u16(0xc000 | offset);

export const a = (name: string | readonly number[], address: string, ttl = 300): DnsRecord => ({
  name,
  type: TYPE.a,
  ttl,
  data: address.split(".").map(Number),
});
export const cname = (name: string, target: string | readonly number[], ttl = 300): DnsRecord => ({
  name,
  type: TYPE.cname,
  ttl,
  data: nameOctets(target),
});
export const soa = (zone: string, minimum = 60, ttl = 3600): DnsRecord => ({
  name: zone,
  type: TYPE.soa,
  ttl,
  data: [...nameOctets(`ns.${zone}`), ...nameOctets(`admin.${zone}`), ...[1, 2, 3, 4, minimum].flatMap(u32)],
});
export const ns = (zone: string, server: string): DnsRecord => ({
  name: zone,
  type: TYPE.ns,
  data: nameOctets(server),
});

export function encodeDns(message: DnsMessage): Uint8Array {
  const sections = [message.answers ?? [], message.authorities ?? [], message.additionals ?? []];
  const counts = message.counts ?? [1, ...sections.map((records) => records.length)];
  return Uint8Array.from([
    ...u16(message.id),
    ...u16(message.flags ?? 0x8180),
    ...counts.flatMap(u16),
    ...nameOctets(message.question),
    ...u16(message.type ?? TYPE.a),
    ...u16(message.class ?? 1),
    ...sections
      .flat()
      .flatMap((record) => [
        ...nameOctets(record.name),
        ...u16(record.type),
        ...u16(record.class ?? 1),
        ...u32(record.ttl ?? 300),
        ...u16(record.data.length),
        ...record.data,
      ]),
  ]);
}

/** A question that must be sound: plain, recursion desired, one name without pointers, and nothing but EDNS behind it. */
export function decodeQuestion(bytes: Uint8Array): {
  id: number;
  name: string;
  type: number;
  edns: number | undefined;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(2) !== 0x0100) throw new Error(`flags ${view.getUint16(2).toString(16)}`);
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((offset) => view.getUint16(offset));
  if (questions !== 1 || answers !== 0 || authorities !== 0) throw new Error("more than a question");
  const labels: string[] = [];
  let at = 12;
  for (let length = view.getUint8(at++); length > 0; length = view.getUint8(at++)) {
    if (length > 63) throw new Error("a pointer in a question");
    labels.push(Buffer.from(bytes.subarray(at, at + length)).toString("latin1"));
    at += length;
  }
  const [type, internet] = [view.getUint16(at), view.getUint16(at + 2)];
  at += 4;
  if (internet !== 1) throw new Error("not of the Internet");
  let edns: number | undefined;
  if (additionals === 1) {
    if (view.getUint8(at) !== 0 || view.getUint16(at + 1) !== TYPE.opt) throw new Error("no EDNS");
    if (view.getUint32(at + 5) !== 0 || view.getUint16(at + 9) !== 0) throw new Error("EDNS with more than a size");
    edns = view.getUint16(at + 3);
    at += 11;
  }
  if (at !== bytes.length) throw new Error("octets behind the question");
  return { id: view.getUint16(0), name: labels.join("."), type, edns };
}
