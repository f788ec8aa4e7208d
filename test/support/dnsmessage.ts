/** DNS responses as tests read them: strictly, every octet accounted for, names and data as text. */

/** A record as it came. */
export interface Answered {
  /** In the case in which it came, without a dot at the end. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** As a master file has it, without dots at the ends of names; of types that are not known here, hexadecimal digits. */
  readonly data: string;
}

export interface Edns {
  readonly size: number;
  readonly code: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly { readonly code: number; readonly data: Uint8Array }[];
}

export interface Message {
  readonly id: number;
  readonly flags: number;
  /** With the bits that EDNS adds. */
  readonly code: number;
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | undefined;
  readonly answers: readonly Answered[];
  readonly authorities: readonly Answered[];
  readonly additionals: readonly Answered[];
  readonly edns: Edns | undefined;
}

export const FLAG = { qr: 0x8000, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const;

/** Types whose data begin with names, after so many octets; as RFC 1035 has them, and some that came later. */
const NAMES: Readonly<Record<number, readonly [before: number, names: number]>> = {
  2: [0, 1], // NS
  5: [0, 1], // CNAME
  6: [0, 2], // SOA
  12: [0, 1], // PTR
  15: [2, 1], // MX
  33: [6, 1], // SRV
  39: [0, 1], // DNAME
};
/** Types in whose data no name may be compressed (RFC 3597, 4). */
const WHOLE = [33, 39];

/** @throws Error when it is no sound message */
export function decodeMessage(bytes: Uint8Array): Message {
  return new Decoder(bytes).message();
}

class Decoder {
  #at = 0;
  readonly #view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  message(): Message {
    const [id = 0, flags = 0, questions = 0, ...counts] = Array.from({ length: 6 }, () => this.#u16());
    if (questions > 1) throw new Error(`${questions} questions`);
    const question = questions ? { name: this.#name(), type: this.#u16(), class: this.#u16() } : undefined;
    let edns: Edns | undefined;
    const [answers = [], authorities = [], additionals = []] = counts.map((count, section) => {
      const records: Answered[] = [];
      for (let i = 0; i < count; i++) {
        if (section === 2 && this.bytes[this.#at] === 0 && this.#view.getUint16(this.#at + 1) === 41) {
          if (edns) throw new Error("two records of EDNS");
          edns = this.#edns();
        } else records.push(this.#record());
      }
      return records;
    });
    if (this.#at !== this.bytes.length) throw new Error(`${this.bytes.length - this.#at} octets behind the message`);
    const code = (flags & 15) | ((edns?.code ?? 0) << 4);
    return { id, flags, code, question, answers, authorities, additionals, edns };
  }

  #edns(): Edns {
    this.#at += 3;
    const [size, code, version, flags] = [this.#u16(), this.#u8(), this.#u8(), this.#u16()];
    if (flags & 0x7fff) throw new Error(`flags of EDNS ${flags}`);
    const length = this.#u16();
    const end = this.#at + length;
    const options: { code: number; data: Uint8Array }[] = [];
    while (this.#at < end) {
      const [option, size] = [this.#u16(), this.#u16()];
      options.push({ code: option, data: this.#octets(size) });
    }
    if (this.#at !== end) throw new Error("an option reaches too far");
    return { size, code, version, dnssecOk: (flags & 0x8000) !== 0, options };
  }

  #record(): Answered {
    const name = this.#name();
    const [type, klass, high, low, length] = [this.#u16(), this.#u16(), this.#u16(), this.#u16(), this.#u16()];
    const end = this.#at + length;
    if (end > this.bytes.length) throw new Error("a record reaches past the message");
    const data = this.#data(type, end);
    if (this.#at !== end) throw new Error(`data of type ${type} do not end where they should`);
    return { name, type, class: klass, ttl: high * 65536 + low, data };
  }

  #data(type: number, end: number): string {
    if (type === 1) return [...this.#octets(4)].join(".");
    const [before, names] = NAMES[type] ?? [0, 0];
    const parts: (string | number)[] = [];
    for (let i = 0; i < before; i += 2) parts.push(this.#u16());
    for (let i = 0; i < names; i++) parts.push(this.#name(!WHOLE.includes(type)));
    if (type === 6) while (this.#at < end) parts.push(this.#u16() * 65536 + this.#u16());
    if (parts.length) return parts.join(" ");
    return Buffer.from(this.#octets(end - this.#at)).toString("hex");
  }

  /** A name, whose pointers lead back, each before the one that led there. */
  #name(compressed = true): string {
    const labels: string[] = [];
    let [at, start] = [this.#at, this.#at];
    let end = 0;
    let octets = 1;
    for (;;) {
      const length = this.#view.getUint8(at);
      if (length >= 192) {
        if (!compressed) throw new Error("a pointer where there may be none");
        const target = this.#view.getUint16(at) & 0x3fff;
        if (target >= start) throw new Error(`a pointer at ${at} leads to ${target}`);
        end ||= at + 2;
        at = start = target;
        if (target < 12) throw new Error("a pointer into the header");
        continue;
      }
      if (length > 63) throw new Error(`a label of type ${length}`);
      at += 1;
      if (length === 0) break;
      labels.push(Buffer.from(this.bytes.subarray(at, at + length)).toString("latin1"));
      at += length;
      octets += 1 + length;
    }
    if (octets > 255) throw new Error(`a name of ${octets} octets`);
    this.#at = end || at;
    return labels.join(".");
  }

  #u8(): number {
    return this.#view.getUint8(this.#at++);
  }

  #u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2);
  }

  #octets(length: number): Uint8Array {
    if (this.#at + length > this.bytes.length) throw new Error("octets past the message");
    this.#at += length;
    return this.bytes.slice(this.#at - length, this.#at);
  }
}
