/**
 * AssemblyScript's memory manager (rt/tlsf) and garbage collector (rt/tcms), patched so that objects stay alive which only
 * suspended fibers hold. runtime/sched/frames.ts visits each word of a suspended fiber's frames; here it learns whether
 * a word points into an object. The patches replace named places of asc's own files and fail when those have changed.
 */

type Patch = readonly [anchor: string, replacement: string];

/** The runtime library modules to replace, from asc's originals. */
export function patchedRuntime(original: Readonly<Record<string, string>>): Record<string, string> {
  originals ??= Object.fromEntries(Object.keys(patches).map((name) => [name, original[name] ?? ""]));
  const patched: Record<string, string> = {};
  for (const [name, list] of Object.entries(patches)) {
    let text = originals[name] ?? "";
    for (const [anchor, replacement] of list) {
      if (text.split(anchor).length !== 2) throw new Error(`${name} of asc has changed: cannot find "${anchor}" once`);
      text = text.replace(anchor, () => replacement);
    }
    patched[name] = text;
  }
  return patched;
}

/** asc's own texts: its table of library files is ours to write to, so they are kept from the first build. */
let originals: Record<string, string> | undefined;

const OUT_OF_MEMORY = "__out_of_memory()";

/**
 * The map of object starts: one bit for each 16 bytes of memory. A collection must not allocate (it may be running
 * because memory is at its limit), so room for the map is taken whenever memory grows, from the end of what is new,
 * for twice the memory there then is: growing page by page does not leave a map behind each time.
 */
const startsMap = `import { FIBER_AREA } from "fata/sched/area";

// @ts-ignore: decorator
@global @unsafe
export function __out_of_memory(): void { throw new Error("out of memory"); }

// @ts-ignore: decorator
@lazy let starts: usize = 0;
// @ts-ignore: decorator
@lazy let startsCover: u64 = 0;
// @ts-ignore: decorator
@lazy let tight: bool = false;

// @ts-ignore: decorator
@global @unsafe
export function __starts_map(): usize { return starts; }

// @ts-ignore: decorator
@global @unsafe
export function __memory_tight(): bool { return tight; }

// @ts-ignore: decorator
@lazy let free: usize = 0;

/** Bytes of all free blocks. */
// @ts-ignore: decorator
@global @unsafe
export function __memory_free(): usize { return free; }

function reserveStarts(end: u64): u64 {
  if (end <= startsCover) return end;
  startsCover = min<u64>(end << 1, 1 << 32);
  let start = end - (startsCover >> 7);
  starts = <usize>start;
  return start;
}

/** Pages for growing by \`pages\` and for the map that this may call for. */
function withStarts(pagesBefore: i32, pages: i32): i32 {
  let after = pagesBefore + pages;
  return <u64>after << 16 <= startsCover ? pages : pages + (after >> 5) + 1;
}
`;

/** For what is large and comes from outside, such as the contents of a disk. */
const growing = `
/** Makes memory grow so that a block of \`size\` bytes can be had. */
// @ts-ignore: decorator
@global @unsafe
export function __grow_memory(size: usize): bool {
  if (size > BLOCK_MAXSIZE) return false;
  // A block is searched for among those of a class of sizes that is larger by up to a sixteenth.
  if (!ROOT) initialize();
  let pagesBefore = memory.size();
  let pages = <i32>((size + (size >> 4) + 0x1ffff) >> 16);
  if (memory.grow(withStarts(pagesBefore, pages)) < 0) return false;
  addMemory(ROOT, <usize>pagesBefore << 16, reserveStarts(<u64>memory.size() << 16));
  return true;
}
`;

const tlsf: readonly Patch[] = [
  [
    "let rootOffset = (__heap_base + AL_MASK) & ~AL_MASK;",
    "let rootOffset = (__heap_base + FIBER_AREA + AL_MASK) & ~AL_MASK;",
  ],
  ["if (size > BLOCK_MAXSIZE) throw new Error(E_ALLOCATION_TOO_LARGE);", `if (size > BLOCK_MAXSIZE) ${OUT_OF_MEMORY};`],
  ["if (DEBUG) assert(size >= BLOCK_MINSIZE); // must be valid\n", "free -= size;\n"],
  ["if (DEBUG) assert(size >= BLOCK_MINSIZE); // must be a valid size\n", "free += size;\n"],
  ["/** Grows memory to fit at least another block of the specified size. */", `${startsMap}${growing}\n`],
  [
    `let pagesWanted = max(pagesBefore, pagesNeeded); // double memory
  if (memory.grow(pagesWanted) < 0) {
    if (memory.grow(pagesNeeded) < 0) unreachable();
  }`,
    // Memory grows by a quarter, not to its double: a limit of 64 MiB must hold nearly 64 MiB. Near the limit it grows
    // by a large part of what is left.
    `let pagesWanted = max(pagesBefore >> 2, pagesNeeded);
  while (memory.grow(withStarts(pagesBefore, pagesWanted)) < 0) {
    tight = true;
    if (pagesWanted == pagesNeeded) ${OUT_OF_MEMORY};
    pagesWanted = max(pagesWanted >> 1, pagesNeeded);
  }`,
  ],
  [
    "addMemory(root, <usize>pagesBefore << 16, <u64>pagesAfter << 16);",
    "addMemory(root, <usize>pagesBefore << 16, reserveStarts(<u64>pagesAfter << 16));",
  ],
  [
    "let pagesNeeded = <i32>((((rootOffset + ROOT_SIZE) + 0xffff) & ~0xffff) >>> 16);",
    // First room for the heap, 16 KiB, and for the map, which is the longer the more static data there is.
    "let pagesNeeded = <i32>((((rootOffset + ROOT_SIZE + 0x4000 + (rootOffset >> 5)) + 0xffff) & ~0xffff) >>> 16);",
  ],
  [
    "if (pagesNeeded > pagesBefore && memory.grow(pagesNeeded - pagesBefore) < 0) unreachable();",
    `if (pagesNeeded > pagesBefore && memory.grow(pagesNeeded - pagesBefore) < 0) ${OUT_OF_MEMORY};`,
  ],
  [
    "addMemory(root, memStart, <u64>memory.size() << 16);",
    "addMemory(root, memStart, reserveStarts(<u64>memory.size() << 16));",
  ],
];

/** The object that a word points into. */
const objectBase = `
/** Bytes of all objects, those that nobody holds any more included. */
// @ts-ignore: decorator
@global @unsafe
export function __heap_used(): usize { return total; }

// @ts-ignore: decorator
@lazy let mapped: bool = false;

function mapStarts(space: Object): void {
  let map = __starts_map();
  for (let iter = space.next; iter != space; iter = iter.next) {
    let start = changetype<usize>(iter) + BLOCK_OVERHEAD;
    if (start < __heap_base) continue;
    let word = map + (start >> 10 << 3);
    store<u64>(word, load<u64>(word) | (<u64>1 << ((start >> 4) & 63)));
  }
}

/**
 * The object on the heap that \`word\` points into (anywhere from its header to its last byte), or 0. Optimised code
 * may hold such an interior pointer only. To be called during a collection.
 */
// @ts-ignore: decorator
@global @unsafe
export function __object_base(word: usize): usize {
  if (word < __heap_base || (word >>> 16) >= <usize>memory.size()) return 0;
  let map = __starts_map();
  if (!mapped) {
    mapped = true;
    memory.fill(map, 0, <usize>memory.size() << 9);
    mapStarts(fromSpace);
    mapStarts(toSpace);
    mapStarts(pinSpace);
  }
  let at = map + (word >> 10 << 3);
  let bits = load<u64>(at) & (<u64>-1 >> (63 - ((word >> 4) & 63)));
  while (!bits) {
    if (at == map) return 0;
    at -= 8;
    bits = load<u64>(at);
  }
  let start = ((at - map) << 7) + (<usize>(63 - clz(bits)) << 4);
  if (start < __heap_base) return 0;
  let base = start + OBJECT_OVERHEAD;
  return word < base + max<usize>(changetype<Object>(base - TOTAL_OVERHEAD).rtSize, 1) ? base : 0;
}

/** Whether the object at an address is held by anything. For Surveyor.survey only. */
// @ts-ignore: decorator
@global @unsafe
export function __is_held(ptr: usize): bool {
  return changetype<Object>(ptr - TOTAL_OVERHEAD).color != white;
}

/** Visits what static data holds: the compiler fills this in, see compiler/pipeline/statics.ts. */
// @ts-ignore: decorator
@global @unsafe
export function __visit_statics(): void {}
`;

const tcms: readonly Patch[] = [
  [
    "export function __new(size: usize, id: i32): usize {\n  if (size > OBJECT_MAXSIZE) throw new Error(E_ALLOCATION_TOO_LARGE);",
    `export function __new(size: usize, id: i32): usize {\n  if (size > OBJECT_MAXSIZE) ${OUT_OF_MEMORY};`,
  ],
  [
    // fresh.ts counts on zeros, and takes away the stores of those that asc writes.
    "total += obj.size;\n  return changetype<usize>(obj) + TOTAL_OVERHEAD;",
    `total += obj.size;
  memory.fill(changetype<usize>(obj) + TOTAL_OVERHEAD, 0, size);
  return changetype<usize>(obj) + TOTAL_OVERHEAD;`,
  ],
  ["// Garbage collector interface", `import { surveyAll } from "fata/sched/unheld";\n${objectBase}`],
  [
    // A suspended frame may hold the old block: it is left to the next collection.
    "total -= oldObj.size;\n  let newPtr = __realloc(oldPtr - OBJECT_OVERHEAD, OBJECT_OVERHEAD + size) + OBJECT_OVERHEAD;",
    `if (OBJECT_OVERHEAD + size > (oldObj.mmInfo & ~3)) {
    let freshPtr = __new(size, oldObj.rtId);
    memory.copy(freshPtr, oldPtr, min<usize>(size, oldObj.rtSize));
    return freshPtr;
  }
  total -= oldObj.size;
  let newPtr = __realloc(oldPtr - OBJECT_OVERHEAD, OBJECT_OVERHEAD + size) + OBJECT_OVERHEAD;`,
  ],
  ["// Sweep what's left in fromSpace", "surveyAll();"],
  ["__visit_globals(VISIT_SCAN);", "mapped = false;\n  __visit_globals(VISIT_SCAN);\n  __visit_statics();"],
];

/** Numbers as text digit by digit, as asc has it for shrink levels: its tables of digits cost 1.5 kB an image. */
const digits: readonly Patch[] = ["utoa32_dec", "utoa64_dec", "utoa32_hex", "utoa64_hex"].map((name) => {
  const bits = name.slice(4, 6);
  const table = name.endsWith("dec") ? `${name}_lut` : "utoa_hex_lut";
  const simple = `utoa_${name.slice(7)}_simple<u${bits}>(buffer, num, offset);`;
  return [`${simple}\n  } else {\n    ${table}(buffer, num, offset);`, `${simple}\n  } else {\n    ${simple}`];
});

const patches: Readonly<Record<string, readonly Patch[]>> = {
  "util/number": digits,
  "rt/tlsf": tlsf,
  "rt/tcms": tcms,
  // The memory manager's own assertions cost 1 kB an image; its tests are the stress tests of test/runtime/sched.
  "rt/common": [["@inline export const DEBUG = true;", "@inline export const DEBUG = false;"]],
  // An image's panic handler is named by asconfig.json, which asc resolves only in what is imported.
  "rt/index-minimal": [[`import "./tcms";`, `import "./tcms";\nimport "fata/sys/panic";`]],
};
