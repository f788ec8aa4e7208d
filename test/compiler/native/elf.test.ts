/** What is no native image is refused; the layout is the same in TypeScript, C and the linker's script. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkNative, readElf } from "../../../compiler/native/elf.ts";
import { IMAGE, IMAGE_END, SEGMENT_ALIGN } from "../../../compiler/native/layout.ts";
import { XXH64_SIZE } from "../../../compiler/native/xxh64.ts";
import { readRepository } from "../../support/repository.ts";
import { assemble, guest } from "../../tender/wat.ts";
import { sectionOf, tested, translated } from "./machine.ts";

test("the layout is the same everywhere", () => {
  const header = readRepository("runtime/abi/native-abi.h");
  const numbers = new Map(
    [...header.matchAll(/^#define FATA_NATIVE_(\w+) (0x[0-9a-f]+)ull/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  assert.equal(numbers.get("IMAGE"), IMAGE);
  assert.equal(numbers.get("IMAGE_END"), IMAGE_END);
  assert.equal(numbers.get("SEGMENT_ALIGN"), SEGMENT_ALIGN);
  const script = readRepository("compiler/native/c/layout.ld");
  const hex = (value: number) => `0x${value.toString(16)}`;
  assert(script.includes(`. = ${hex(IMAGE)};`));
  assert(script.includes(`ASSERT(. <= ${hex(IMAGE_END)},`));
  assert.equal(script.split(`. = ALIGN(${hex(SEGMENT_ALIGN)});`).length, 3);
});

describe("an ELF file is refused", () => {
  const [architecture] = tested;
  assert(architecture);
  const { machine } = architecture;
  let elf: Buffer;
  before(async () => {
    elf = sectionOf(await translated(assemble(guest({})), [architecture]), architecture).subarray(XXH64_SIZE);
  });

  // Offsets in the header (64 bytes), behind which lie three program headers of 56 bytes (gABI 4.1).
  const header = (segment: number, field: number) => 64 + 56 * segment + field;
  const changes: readonly (readonly [string, (bytes: Buffer) => unknown, RegExp])[] = [
    ["that is none", (bytes) => bytes.fill(0, 0, 4), /no ELF file/],
    ["of 32 bits", (bytes) => bytes.writeUInt8(1, 4), /no ELF file of 64 bits/],
    ["that is no executable", (bytes) => bytes.writeUInt16LE(3, 16), /no executable/],
    ["for another machine", (bytes) => bytes.writeUInt16LE(8, 18), /for machine 8/],
    ["with an entry in its code", (bytes) => bytes.writeBigUInt64LE(0x200000n, 24), /entry/],
    ["with an entry outside", (bytes) => bytes.writeBigUInt64LE(0x900000n, 24), /entry/],
    ["with headers past its end", (bytes) => bytes.writeBigUInt64LE(1n << 40n, 32), /past its end/],
    ["with code that is writable", (bytes) => bytes.writeUInt32LE(7, header(0, 4)), /writable and executable/],
    ["with a segment past its end", (bytes) => bytes.writeBigUInt64LE(1n << 40n, header(1, 8)), /past its end/],
    ["with a segment off 64 KiB", (bytes) => bytes.writeBigUInt64LE(0x211000n, header(1, 16)), /64 KiB/],
    ["with segments that overlap", (bytes) => bytes.writeBigUInt64LE(0x200000n, header(1, 16)), /overlaps/],
    ["that begins too low", (bytes) => bytes.writeBigUInt64LE(0x100000n, header(0, 16)), /below the image/],
    ["that ends too high", (bytes) => bytes.writeBigUInt64LE(1n << 30n, header(2, 40)), /larger than its place/],
    ["with more bytes than memory", (bytes) => bytes.writeBigUInt64LE(1n, header(0, 40)), /smaller in memory/],
  ];
  for (const [what, change, message] of changes)
    test(what, () => {
      assert.doesNotThrow(() => checkNative(readElf(elf), machine));
      const bytes = Buffer.from(elf);
      change(bytes);
      assert.throws(() => checkNative(readElf(bytes), machine), message);
    });
});
