/**
 * Static strings as an image carries them: asc puts them into memory as they are used, with a header of 20 octets and two
 * octets a character, and a data segment or two around each. Most have characters of one octet. These are carried one
 * behind the other, two octets and the characters each, and written to their places as the first thing `start` does:
 *
 *     u8 how far the string lies behind the one before, in units of 16 octets
 *     u8 its characters, and those, an octet each
 *
 * or, where there are no characters, u8 how far to go in units of 4096 octets; none at all is the end. This stands where
 * the heap begins, and gives way to it.
 */
import type binaryen from "binaryen";
import type { Editor } from "./binaryen.ts";
import { ALIGNMENT, replaceSegments, type Segment, segmentsOf } from "./data.ts";
import { PAGE, withPages } from "./sections.ts";
import { HEADER, staticObjects } from "./statics.ts";
import { type Info, Tree } from "./tree.ts";

/** The end of an object's header: u32 class id, u32 octets. */
const HEAD = 8;
/** Class id of String. */
const STRING = 2;
/** So many of them are the unit of far steps. */
const FAR = 256;
/** Octets before the characters of a text that is carried. */
export const TEXT_HEAD = 2;

/** The strings that are carried so, and where. */
export interface Texts {
  /** Address of what carries them. */
  readonly packed: number;
  readonly strings: readonly Text[];
  /** Numbers in the code that may be addresses of them: those to which there is none are left out. */
  readonly used: readonly number[];
}

interface Text {
  /** Address of its first character. */
  readonly address: number;
  /** UTF-16 characters below 256. */
  readonly characters: Uint8Array;
}

/** Adds what writes the strings to their places. @returns those it counts on, or undefined when there are none */
export function addUnpacking(module: binaryen.Module, instance: typeof binaryen): Texts | undefined {
  const strings = findStrings(module);
  const used = numbersIn(module, instance);
  const start = module.getExport("start");
  const base = module.getGlobal("~lib/memory/__heap_base");
  const first = strings[0];
  if (!first || !start || !base) return undefined;
  const { value: packed } = instance.getExpressionInfo(instance.getGlobalInfo(base).init) as unknown as {
    value: number;
  };
  const { i32, none } = instance;
  const { local } = module;
  const [from, to, at, count, step] = [0, 1, 2, 3, 4].map((index) => ({
    get: () => local.get(index, i32),
    set: (value: number) => local.set(index, value),
    tee: (value: number) => local.tee(index, value, i32),
    add: (value: number) => local.set(index, module.i32.add(local.get(index, i32), value)),
  })) as [Local, Local, Local, Local, Local];
  const number = (value: number) => module.i32.const(value);
  const character = module.block(null, [
    module.i32.store16(HEAD, 2, at.get(), module.i32.load8_u(0, 1, from.get())),
    at.add(number(2)),
    from.add(number(1)),
    module.br("character", count.tee(module.i32.sub(count.get(), number(1)))),
  ]);
  const string = module.block(null, [
    to.add(module.i32.shl(step.get(), number(Math.log2(ALIGNMENT)))),
    at.set(to.get()),
    module.i32.store(0, 4, to.get(), number(STRING)),
    module.i32.store(4, 4, to.get(), module.i32.shl(count.get(), number(1))),
    module.loop("character", character),
    module.br("next"),
  ]);
  const next = module.block(null, [
    step.set(module.i32.load8_u(0, 1, from.get())),
    count.set(module.i32.load8_u(1, 1, from.get())),
    from.add(number(2)),
    module.if(count.get(), string),
    to.add(module.i32.shl(step.get(), number(Math.log2(ALIGNMENT * FAR)))),
    module.br("next", step.get()),
  ]);
  const body = module.block(null, [
    from.set(number(packed)),
    to.set(number(first.address - HEAD)),
    module.loop("next", next),
    module.memory.fill(number(packed), number(0), module.i32.sub(from.get(), number(packed))),
  ]);
  module.addFunction("unpackTexts", none, none, [i32, i32, i32, i32, i32], body);
  const entry = module.getFunction(instance.getExportInfo(start).value);
  const { body: rest } = instance.getFunctionInfo(entry);
  const unpacked = module.block(null, [module.call("unpackTexts", [], none), rest], instance.i64);
  (instance as Editor).Function.setBody(entry, unpacked);
  return { packed, strings, used };
}

interface Local {
  get(): number;
  set(value: number): number;
  tee(value: number): number;
  add(value: number): number;
}

/** The strings that can be carried, by address: asc writes each object as a segment of its own. */
function findStrings(module: binaryen.Module): Text[] {
  const strings: Text[] = [];
  for (const { address, classId, content } of staticObjects(module)) {
    if (classId !== STRING || content.byteLength === 0 || content.byteLength > 510) continue;
    const characters = new Uint16Array(content);
    if (characters.every((code) => code < 256)) strings.push({ address, characters: Uint8Array.from(characters) });
  }
  return strings.sort((a, b) => a.address - b.address);
}

/** Carries the strings as `addUnpacking` counts on it. */
export function packTexts(wasm: Uint8Array, sourceMap: string, texts: Texts): { wasm: Uint8Array; sourceMap: string } {
  const { packed, strings } = texts;
  const left = segmentsOf(wasm).filter(({ address, content }) => {
    const end = address + content.length;
    return !strings.some((text) => text.address - HEADER <= address && end <= endOf(text));
  });
  const octets: number[] = [];
  let at = strings[0]?.address ?? 0;
  const used = new Set([...texts.used, ...wordsIn(left)]);
  for (const text of strings) {
    const { address, characters } = text;
    if (!used.has(address)) continue;
    let units = (address - at) / ALIGNMENT;
    for (; units >= FAR; units -= FAR * far(units)) octets.push(far(units), 0);
    octets.push(units, characters.length, ...characters);
    at = address;
  }
  octets.push(0, 0);
  const segment: Segment = { address: packed, content: Uint8Array.from(octets) };
  const result = replaceSegments(wasm, sourceMap, [...left, segment]);
  return { ...result, wasm: withPages(result.wasm, Math.ceil((packed + octets.length) / PAGE)) };
}

/** Numbers that the code and the globals hold. asc keeps the strings of every module that it has read, also of those that nothing is used of. */
function numbersIn(module: binaryen.Module, instance: typeof binaryen): number[] {
  const numbers = new Set<number>();
  const tree = new Tree(instance);
  const add = (info: Info): void => {
    if (info.id === instance.ConstId && typeof info["value"] === "number") numbers.add(info["value"]);
    // Constant addresses may stand in an access's offset.
    if (info["offset"] !== undefined) numbers.add(info["offset"] as number);
  };
  tree.each(module, (_, info) => add(info));
  for (let i = 0; i < module.getNumGlobals(); i++) {
    const { init } = instance.getGlobalInfo(module.getGlobalByIndex(i));
    if (init) add(tree.info(init));
  }
  return [...numbers];
}

/** The words of data, which may be addresses as well. */
function wordsIn(data: readonly Segment[]): number[] {
  return data.flatMap(({ address, content }) => {
    // Binaryen leaves out zeros, and so a part of the first word and of the last.
    const whole = Buffer.concat([new Uint8Array(address & 3), content, new Uint8Array(3)]);
    return Array.from({ length: Math.floor(whole.length / 4) }, (_, index) => whole.readUInt32LE(4 * index));
  });
}

/** How far a string's place reaches: it is followed by zeros. */
function endOf({ address, characters }: Text): number {
  return Math.ceil((address + 2 * characters.length + HEADER) / ALIGNMENT) * ALIGNMENT - HEADER;
}

function far(units: number): number {
  return Math.min(Math.floor(units / FAR), 255);
}

/** The texts that a segment carries; none when it carries something else. */
export function textsIn(content: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 2 <= content.length; ) {
    const [step = 0, count = 0] = content.subarray(at, at + 2);
    at += 2 + count;
    if (count > 0) texts.push(Buffer.from(content.subarray(at - count, at)).toString("latin1"));
    else if (step === 0) return at === content.length ? texts : [];
  }
  return [];
}
