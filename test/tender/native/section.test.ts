/** Native sections that are not what they should be: one line, status 65, nothing is run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { XXH64_SIZE, xxh64 } from "../../../compiler/native/xxh64.ts";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { guest, image, section } from "../wat.ts";
import { compileC, imageWith, sectionName } from "./guest.ts";

const elf = compileC("protection.c");
const path = file("section.wasm");
const argument = { name: "case", short: "", type: "string", default: "", doc: "What to do." } as const;

// Where fields lie in ELF files of 64 bits (gABI 4.1).
const HEADER = { type: 16, machine: 18, entry: 24, programHeaders: 32, sections: 40, programSize: 54, count: 56 };
const SECTION_COUNT = 60;
const SEGMENT = { type: 0, flags: 4, offset: 8, address: 16, fileSize: 32, memorySize: 40 };
const SEGMENT_SIZE = 56;

function run(bytes: Uint8Array) {
  writeFileSync(path, bytes);
  return spawnSync(nativeTender, [path], { encoding: "utf8" });
}

function refused(bytes: Uint8Array, message: RegExp): void {
  const { status, signal, stdout, stderr } = run(bytes);
  assert.match(stderr, message);
  assert.match(
    stderr,
    /^tender: [^\n]+; (build it anew: fata build --native DIR|add one: fata build --native=\w+ DIR)\n$/,
  );
  assert.equal(status ?? signal, 65, stderr);
  assert.equal(stdout, "");
}

/** The ELF file with some of it written over. */
function changed(change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(elf);
  change(new DataView(copy.buffer));
  return imageWith(copy);
}

/** The same, of a program header. */
function segment(index: number, field: number, value: bigint): Uint8Array {
  return changed((view) => {
    const at = Number(view.getBigUint64(HEADER.programHeaders, true)) + index * SEGMENT_SIZE + field;
    if (field < SEGMENT.offset) view.setUint32(at, Number(value), true);
    else view.setBigUint64(at, value, true);
  });
}

test("the file as it is runs", () => {
  assert.equal(run(imageWith(elf)).status, 7);
});

test("no section, another hash, another place, two of them", () => {
  const good = Buffer.from(imageWith(elf));
  const wasm = image(guest({}));
  const native = good.subarray(wasm.length);
  refused(wasm, /it has no native section for/);
  refused(Buffer.concat([wasm, section("other", new Uint8Array(3)), native]), /is stale: the wasm has changed since/);
  refused(Buffer.concat([good, section("other", new Uint8Array(3))]), /its native sections are not the last ones/);
  refused(Buffer.concat([good, native]), /more than one native section/);
  refused(Buffer.concat([wasm, section(sectionName(), new Uint8Array(XXH64_SIZE - 1))]), /is truncated/);
  // One for another processor may stand before it.
  assert.equal(run(Buffer.concat([wasm, section("native.other", new Uint8Array(3)), native])).status, 7);
});

test("the tender and the compiler hash alike, whatever the length", () => {
  for (let length = 0; length < 32; length++) {
    const wasm = Buffer.concat([image(guest({})), section("other", Buffer.alloc(length, "fata"))]);
    const native = section(sectionName(), Buffer.concat([xxh64(wasm), elf]));
    assert.equal(run(Buffer.concat([wasm, native])).status, 7, `${wasm.length} octets`);
  }
});

test("no ELF file, another kind of it, another machine", () => {
  refused(imageWith(Buffer.alloc(64)), /holds no ELF file/);
  refused(imageWith(Buffer.alloc(0)), /is truncated/);
  refused(
    changed((v) => v.setUint8(4, 1)),
    /holds no ELF file/,
  );
  refused(
    changed((v) => v.setUint8(5, 2)),
    /holds no ELF file/,
  );
  refused(
    changed((v) => v.setUint16(HEADER.type, 3, true)),
    /holds no ELF file/,
  );
  refused(
    changed((v) => v.setUint16(HEADER.machine, 40, true)),
    /is for machine 40; expected \d+/,
  );
});

test("every truncation", () => {
  for (let length = 0; length < elf.length; length += length < 300 ? 7 : 61)
    refused(imageWith(elf.subarray(0, length)), /is truncated/);
});

test("segments: writable and executable, overlapping, outside, not aligned, larger than the file", () => {
  refused(segment(0, SEGMENT.flags, 7n), /writable and executable/);
  refused(segment(1, SEGMENT.address, 0x200000n), /overlaps another/);
  refused(segment(0, SEGMENT.memorySize, 0x10001n), /overlaps another/);
  for (const address of [0n, 0x100000n, 0x10000000n, 0x1000000000n, 0xffffffffffff0000n])
    refused(segment(0, SEGMENT.address, address), /outside its place/);
  refused(segment(0, SEGMENT.address, 0x201000n), /not at 64 KiB/);
  for (const size of [0x10000000n, 0xffffffffffffffffn])
    refused(segment(2, SEGMENT.memorySize, size), /outside its place/);
  refused(segment(0, SEGMENT.memorySize, 0n), /of no size/);
  refused(segment(0, SEGMENT.fileSize, 0xffffffffffffffffn), /is truncated: the segment/);
  refused(segment(0, SEGMENT.offset, 0xffffffffffffffffn), /is truncated: the segment/);
  for (const type of [2n, 3n, 7n]) refused(segment(0, SEGMENT.type, type), /needs a dynamic linker/);
});

test("headers and entries", () => {
  refused(
    changed((v) => v.setUint16(HEADER.programSize, 57, true)),
    /program headers of a wrong size/,
  );
  refused(
    changed((v) => v.setUint16(HEADER.count, 65535, true)),
    /the program headers go on/,
  );
  refused(
    changed((v) => v.setBigUint64(HEADER.programHeaders, 2n ** 64n - 1n, true)),
    /the program headers go on/,
  );
  refused(
    changed((v) => v.setUint16(HEADER.count, 0, true)),
    /an entry outside its constants/,
  );
  for (const entry of [0n, 0x200000n, 0x220000n, 0x21fff0n, 2n ** 64n - 8n])
    refused(
      changed((v) => v.setBigUint64(HEADER.entry, entry, true)),
      /an entry outside its constants/,
    );
  refused(
    changed((v) => v.setBigUint64(HEADER.entry, 0x210001n, true)),
    /an entry that is none|an entry outside/,
  );
  refused(
    changed((v) => v.setUint16(SECTION_COUNT, 65535, true)),
    /the section headers go on/,
  );
  refused(
    changed((v) => v.setBigUint64(HEADER.sections, 2n ** 64n - 1n, true)),
    /the section headers go on/,
  );
});

test("segments: at the last place, one byte beyond it, too many, without access", () => {
  const last = (address: bigint, size: bigint) =>
    changed((v) => {
      const at = Number(v.getBigUint64(HEADER.programHeaders, true)) + 2 * SEGMENT_SIZE;
      v.setBigUint64(at + SEGMENT.address, address, true);
      v.setBigUint64(at + SEGMENT.memorySize, size, true);
    });
  assert.equal(run(last(0x0fef0000n, 0x10000n)).status, 7);
  refused(last(0x0fef0000n, 0x10001n), /outside its place/);
  refused(last(0x0ff00000n, 0x1000n), /outside its place/);
  assert.equal(run(segment(2, SEGMENT.flags, 0n)).status, 7, "data that nobody reads");
  refused(segment(0, SEGMENT.flags, 4n), /an entry outside its code/);
  refused(segment(1, SEGMENT.flags, 6n), /an entry outside its constants/);

  // Nine segments, as one program header nine times.
  const view = new DataView(elf.buffer, elf.byteOffset);
  const at = Number(view.getBigUint64(HEADER.programHeaders, true));
  const headers = Array.from({ length: 9 }, (_, i) => {
    const header = Buffer.from(elf.subarray(at, at + SEGMENT_SIZE));
    header.writeBigUInt64LE(0x200000n + BigInt(i) * 0x100000n, SEGMENT.address);
    return header;
  });
  const many = Buffer.concat([elf, ...headers]);
  many.writeBigUInt64LE(BigInt(elf.length), HEADER.programHeaders);
  many.writeUInt16LE(9, HEADER.count);
  refused(imageWith(many), /has too many segments/);
});

/** Where the file has what is at an address. */
function offsetOf(view: DataView, address: bigint): number {
  const headers = Number(view.getBigUint64(HEADER.programHeaders, true));
  for (let i = 0; i < view.getUint16(HEADER.count, true); i++) {
    const header = headers + i * SEGMENT_SIZE;
    const from = view.getBigUint64(header + SEGMENT.address, true);
    if (address < from || address >= from + view.getBigUint64(header + SEGMENT.fileSize, true)) continue;
    return Number(view.getBigUint64(header + SEGMENT.offset, true) + address - from);
  }
  throw new Error(`the file has nothing at ${address}`);
}

test("an entry's magic, version and functions", () => {
  const entry = (offset: number, value: bigint, size: 4 | 8 = 8) =>
    changed((v) => {
      const at = offsetOf(v, v.getBigUint64(HEADER.entry, true)) + offset;
      if (size === 4) v.setUint32(at, Number(value), true);
      else v.setBigUint64(at, value, true);
    });
  refused(entry(0, 0n, 4), /an entry that is none/);
  for (const version of [0n, 99n, 0xffffffffn])
    refused(entry(4, version, 4), new RegExp(`speaks native ABI version ${version}, this tender version \\d+`));
  for (const field of [8, 16, 24, 32]) {
    // Nothing, the table, constants, data, linear memory, the tender itself, an address that wraps.
    for (const address of [0n, 0x100000n, 0x210000n, 0x220000n, 0x1000000000n, 0x20001000n, 2n ** 64n - 1n])
      refused(entry(field, address), /an entry outside its code/);
  }
  refused(
    changed((v) => v.setBigUint64(HEADER.entry, 0x210000n + BigInt(elf.length), true)),
    /an entry outside its constants/,
  );
});

const SECTION = { type: 4, offset: 24, size: 32, link: 40 };
const SECTION_SIZE = 64;

/** The ELF file with a field of a section header changed: 1, the symbols; 2, their strings. */
function sectionHeader(index: number, field: number, value: bigint): Uint8Array {
  return changed((v) => {
    const at = Number(v.getBigUint64(HEADER.sections, true)) + index * SECTION_SIZE + field;
    if (field === SECTION.type || field === SECTION.link) v.setUint32(at, Number(value), true);
    else v.setBigUint64(at, value, true);
  });
}

test("names: outside the file, without strings, without an end", () => {
  for (const index of [1, 2]) {
    for (const field of [SECTION.offset, SECTION.size]) {
      for (const value of [BigInt(elf.length + 1), 2n ** 63n, 2n ** 64n - 1n])
        refused(sectionHeader(index, field, value), /the names go on/);
    }
  }
  for (const link of [4n, 0xffffffffn]) refused(sectionHeader(1, SECTION.link, link), /names without strings|go on/);
  refused(sectionHeader(2, SECTION.size, 0n), /the names go on/);
  refused(sectionHeader(2, SECTION.size, 3n), /the names go on/);
  // No symbols at all are no fault.
  assert.equal(run(sectionHeader(1, SECTION.type, 1n)).status, 7);
  assert.equal(run(sectionHeader(1, SECTION.size, 0n)).status, 7);
});

test("symbols with hostile names, places and sizes: the trap is told in lines, and nothing else is read", () => {
  const view = new DataView(elf.buffer, elf.byteOffset);
  const headers = Number(view.getBigUint64(HEADER.sections, true));
  const symbols = Number(view.getBigUint64(headers + SECTION_SIZE + SECTION.offset, true));
  const count = Number(view.getBigUint64(headers + SECTION_SIZE + SECTION.size, true)) / 24;
  const strings = Number(view.getBigUint64(headers + 2 * SECTION_SIZE + SECTION.offset, true));
  const size = Number(view.getBigUint64(headers + 2 * SECTION_SIZE + SECTION.size, true));
  const trap = (change: (v: DataView, symbol: number) => void) => {
    const copy = Uint8Array.from(elf);
    for (let i = 0; i < count; i++) change(new DataView(copy.buffer), symbols + i * 24);
    writeFileSync(path, imageWith(copy, { arguments: [argument] }));
    const { status, stderr } = spawnSync(nativeTender, [path, "--case=zero page"], { encoding: "utf8" });
    assert.equal(status, 70, stderr);
    assert.match(stderr, /^tender: trap: .*0x0, which is not for it\n( {4}at [^\p{Cc}]+ \(0x[0-9a-f]+\)\n)*$/u);
  };
  trap((v, symbol) => v.setUint32(symbol, size, true));
  trap((v, symbol) => v.setUint32(symbol, 0xffffffff, true));
  trap((v, symbol) => v.setBigUint64(symbol + 16, 2n ** 64n - 1n, true));
  trap((v, symbol) => v.setBigUint64(symbol + 8, 2n ** 64n - 1n, true));
  // A terminal's commands, a line's end, what is no UTF-8.
  trap((v) => new Uint8Array(v.buffer, strings + 1, size - 2).fill(0x1b));
  trap((v) => new Uint8Array(v.buffer, strings + 1, size - 2).fill(0x0a));
  trap((v) => new Uint8Array(v.buffer, strings + 1, size - 2).fill(0xff));
});

test("every changed byte of the headers: refused, or it runs as far as it is held", () => {
  // 7: the guest's own; 70, 71: what the sandbox leaves broken code.
  const view = new DataView(elf.buffer, elf.byteOffset);
  const headers = 64 + view.getUint16(HEADER.count, true) * SEGMENT_SIZE;
  for (let at = 0; at < headers; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const { status, signal, stderr } = run(changed((v) => v.setUint8(at, v.getUint8(at) ^ flip)));
      assert.ok([7, 65, 70, 71].includes(status ?? 0), `byte ${at} ^ ${flip}: ${status ?? signal} ${stderr}`);
    }
  }
});
