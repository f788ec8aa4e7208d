/** Native sections that are not what they should be: one line, status 65, nothing is run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { guest, image, section } from "../wat.ts";
import { compileC, imageWith, sectionName } from "./guest.ts";

const elf = compileC("protection.c");
const path = file("section.wasm");

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
  refused(Buffer.concat([wasm, section(sectionName(), new Uint8Array(31))]), /is truncated/);
  // One for another processor may stand before it.
  assert.equal(run(Buffer.concat([wasm, section("native.other", new Uint8Array(3)), native])).status, 7);
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
