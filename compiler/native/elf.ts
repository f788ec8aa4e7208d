/** ELF files of native images: reading, checking, and the small symbol table that they keep. */
import { IMAGE, IMAGE_END, SEGMENT_ALIGN } from "./layout.ts";

/** A part of the file that is loaded. */
export interface Segment {
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface NativeFunction {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

export interface Elf {
  readonly machine: number;
  readonly entry: number;
  readonly segments: readonly Segment[];
  /** The functions of its symbol table, by address. */
  readonly functions: readonly NativeFunction[];
}

/** Flags of a segment. */
const EXECUTE = 1;
const WRITE = 2;
const READ = 4;

// Sizes and numbers of the System V ABI (gABI 4.1, chapters 4 and 5), 64 bits.
const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
/** Longer names are cut: a file that nobody trusts is not to be searched to its end for each symbol. */
const NAME_MAX = 4096;
const IDENTITY = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1];
const ET_EXEC = 2;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const STT_FUNC = 2;
const SHN_ABS = 0xfff1;

/**
 * Reads an executable ELF file of 64 bits, little-endian.
 * @throws Error when it is none, or reaches past its end
 */
export function readElf(bytes: Uint8Array): Elf {
  if (bytes.length < HEADER_SIZE || IDENTITY.some((byte, at) => bytes[at] !== byte))
    throw new Error("no ELF file of 64 bits");
  const view = viewOf(bytes);
  if (view.getUint16(16, true) !== ET_EXEC) throw new Error("the ELF file is no executable");
  const segments = headers(view, 32, 54, 56, PROGRAM_HEADER_SIZE)
    .filter((at) => view.getUint32(at, true) === PT_LOAD)
    .map((at) => ({
      flags: view.getUint32(at + 4, true),
      offset: long(view, at + 8),
      address: long(view, at + 16),
      fileSize: long(view, at + 32),
      memorySize: long(view, at + 40),
    }));
  for (const { offset, fileSize } of segments)
    if (offset + fileSize > bytes.length) throw new Error("a segment of the ELF file reaches past its end");
  return {
    machine: view.getUint16(18, true),
    entry: long(view, 24),
    segments,
    functions: readFunctions(bytes, view).sort((a, b) => a.address - b.address),
  };
}

function readFunctions(bytes: Uint8Array, view: DataView): NativeFunction[] {
  const sections = headers(view, 40, 58, 60, SECTION_HEADER_SIZE).map((at) => ({
    type: view.getUint32(at + 4, true),
    offset: long(view, at + 24),
    size: long(view, at + 32),
    link: view.getUint32(at + 40, true),
  }));
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const strings = table && sections[table.link];
  if (!strings) return [];
  const functions: NativeFunction[] = [];
  for (let at = table.offset; at < table.offset + table.size; at += SYMBOL_SIZE) {
    if (((view.getUint8(at + 4) ?? 0) & 15) !== STT_FUNC) continue;
    const start = strings.offset + view.getUint32(at, true);
    const rest = bytes.subarray(start, start + NAME_MAX);
    const end = rest.indexOf(0);
    const name = new TextDecoder().decode(end < 0 ? rest : rest.subarray(0, end));
    functions.push({ name, address: long(view, at + 8), size: long(view, at + 16) });
  }
  return functions;
}

/**
 * Checks that an ELF file is a native image (docs/native-abi.md): a loader would refuse another.
 * @throws Error that says what is wrong
 */
export function checkNative({ machine, entry, segments }: Elf, wanted: number): void {
  if (machine !== wanted) throw new Error(`the ELF file is for machine ${machine}; expected ${wanted}`);
  let end = IMAGE;
  for (const { flags, address, fileSize, memorySize } of segments) {
    const where = `the segment at 0x${address.toString(16)}`;
    if (address % SEGMENT_ALIGN !== 0) throw new Error(`${where} does not begin at 64 KiB`);
    if (address < end) throw new Error(`${where} overlaps another, or lies below the image`);
    if (fileSize > memorySize) throw new Error(`${where} is smaller in memory than in the file`);
    if (flags & WRITE && flags & EXECUTE) throw new Error(`${where} is writable and executable`);
    end = address + memorySize;
  }
  if (end > IMAGE_END) throw new Error("the native image is larger than its place");
  const holder = segments.find(({ address, fileSize }) => entry >= address && entry < address + fileSize);
  if (holder?.flags !== READ) throw new Error("the ELF file's entry is not in a read-only segment");
}

/**
 * Takes all out of a linked ELF file that is not loaded, but the functions' names.
 * @param name gives each symbol the name that it is to have, if any
 */
export function packNative(linked: Uint8Array, name: (symbol: string) => string | undefined): Uint8Array {
  const { segments, functions: linkedFunctions } = readElf(linked);
  const functions = linkedFunctions.flatMap((symbol) => {
    const known = name(symbol.name);
    return known === undefined ? [] : [{ ...symbol, name: known }];
  });
  const loaded = Math.max(...segments.map(({ offset, fileSize }) => offset + fileSize));
  const symbols = Buffer.alloc(SYMBOL_SIZE * (functions.length + 1));
  const names = new StringTable();
  for (const [index, { name: text, address, size }] of functions.entries()) {
    const at = SYMBOL_SIZE * (index + 1);
    symbols.writeUInt32LE(names.add(text), at);
    symbols.writeUInt8(STT_FUNC, at + 4);
    symbols.writeUInt16LE(SHN_ABS, at + 6);
    symbols.writeBigUInt64LE(BigInt(address), at + 8);
    symbols.writeBigUInt64LE(BigInt(size), at + 16);
  }
  const sectionNames = new StringTable();
  const symbolsAt = Math.ceil(loaded / 8) * 8;
  const namesAt = symbolsAt + symbols.length;
  const sectionNamesAt = namesAt + names.bytes.length;
  // The index of the first symbol that is not local: past the last one.
  const locals = functions.length + 1;
  const sections = [
    { name: "", type: 0, offset: 0, size: 0, link: 0, info: 0, align: 0, entry: 0 },
    {
      name: ".symtab",
      type: SHT_SYMTAB,
      offset: symbolsAt,
      size: symbols.length,
      link: 2,
      info: locals,
      align: 8,
      entry: SYMBOL_SIZE,
    },
    {
      name: ".strtab",
      type: SHT_STRTAB,
      offset: namesAt,
      size: names.bytes.length,
      link: 0,
      info: 0,
      align: 1,
      entry: 0,
    },
    { name: ".shstrtab", type: SHT_STRTAB, offset: sectionNamesAt, size: 0, link: 0, info: 0, align: 1, entry: 0 },
  ].map((section) => ({ ...section, nameAt: sectionNames.add(section.name) }));
  const table = Buffer.alloc(SECTION_HEADER_SIZE * sections.length);
  for (const [index, section] of sections.entries()) {
    const at = SECTION_HEADER_SIZE * index;
    const size = section.name === ".shstrtab" ? sectionNames.bytes.length : section.size;
    table.writeUInt32LE(section.nameAt, at);
    table.writeUInt32LE(section.type, at + 4);
    table.writeBigUInt64LE(BigInt(section.offset), at + 24);
    table.writeBigUInt64LE(BigInt(size), at + 32);
    table.writeUInt32LE(section.link, at + 40);
    table.writeUInt32LE(section.info, at + 44);
    table.writeBigUInt64LE(BigInt(section.align), at + 48);
    table.writeBigUInt64LE(BigInt(section.entry), at + 56);
  }
  const tableAt = Math.ceil((sectionNamesAt + sectionNames.bytes.length) / 8) * 8;
  const packed = Buffer.alloc(tableAt + table.length);
  packed.set(linked.subarray(0, loaded));
  packed.set(symbols, symbolsAt);
  packed.set(names.bytes, namesAt);
  packed.set(sectionNames.bytes, sectionNamesAt);
  packed.set(table, tableAt);
  packed.writeBigUInt64LE(BigInt(tableAt), 40);
  packed.writeUInt16LE(sections.length, 60);
  packed.writeUInt16LE(sections.length - 1, 62);
  return packed;
}

/** Strings with a zero behind each; the first is empty. */
class StringTable {
  bytes = Buffer.alloc(1);
  private readonly places = new Map([["", 0]]);

  /** @returns where the string lies */
  add(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const at = this.bytes.length;
    this.places.set(text, at);
    this.bytes = Buffer.concat([this.bytes, Buffer.from(text), Buffer.alloc(1)]);
    return at;
  }
}

/** Where the entries of a table of headers begin. The table's place, entry size and length are at these offsets. */
function headers(view: DataView, placeAt: number, sizeAt: number, countAt: number, size: number): number[] {
  const count = view.getUint16(countAt, true);
  if (count === 0) return [];
  const place = long(view, placeAt);
  if (view.getUint16(sizeAt, true) !== size || place + count * size > view.byteLength)
    throw new Error("a table of the ELF file reaches past its end");
  return Array.from({ length: count }, (_, index) => place + index * size);
}

function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
