/**
 * Objects in static data, below the heap. The collector never frees them, but what they hold it must see: an array
 * literal may be static and only a suspended fiber may refer to it. So the compiler, which knows where they are, has
 * each one's members visited at every collection.
 */
import type binaryen from "binaryen";

/** The header before an object: u32 bytes of the block behind it, two u32 collector, u32 class id, u32 size. */
const HEADER = 20;
const BLOCK_HEADER = 4;
/** Objects begin at multiples of this. */
const ALIGNMENT = 16;
/** Class ids below this hold no references: Object, ArrayBuffer, String. */
const FIRST_CLASS = 3;

/** What Binaryen's own declarations have under other names. */
interface DataSegments {
  getNumDataSegments(): number;
  getDataSegmentInfo(segment: binaryen.DataSegmentRef): { offset: number; data: ArrayBuffer; passive: boolean };
}

/** Fills in `__visit_statics` of compiler/pipeline/collector.ts. */
export function fillStatics(module: binaryen.Module, instance: typeof binaryen): void {
  const name = "~lib/rt/tcms/__visit_statics";
  const visitMembers = "~lib/rt/__visit_members";
  if (!module.getFunction(name) || !module.getFunction(visitMembers)) return;
  const { none } = instance;
  const calls = staticObjects(module as binaryen.Module & DataSegments).map((address) =>
    module.call(visitMembers, [module.i32.const(address), module.i32.const(0)], none),
  );
  module.removeFunction(name);
  module.addFunction(name, none, none, [], module.block(null, calls, none));
}

/**
 * asc writes each static object as a data segment of its own. What a program gives to `memory.data` is one too: it is
 * told by the place and the header, of which asc fills in the block's size and leaves the collector's words zero.
 */
function staticObjects(module: binaryen.Module & DataSegments): number[] {
  const addresses: number[] = [];
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    const { offset, data, passive } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    if (passive || data.byteLength < HEADER || (offset + HEADER) % ALIGNMENT !== 0) continue;
    const [block = 0, next, previous, classId = 0, size = 0] = new Uint32Array(data, 0, HEADER / 4);
    if (block + BLOCK_HEADER !== data.byteLength || next || previous) continue;
    if (classId < FIRST_CLASS || HEADER + size > data.byteLength) continue;
    addresses.push(offset + HEADER);
  }
  return addresses;
}
