/**
 * Objects in static data, below the heap. The collector never frees them, but what they hold it must see: an array
 * literal may be static and only a suspended fiber may refer to it. So the compiler, which knows where they are, has
 * each one's members visited at every collection.
 */
import type binaryen from "binaryen";
import type { DataModule, Editor } from "./binaryen.ts";
import { ALIGNMENT } from "./data.ts";

/** The header before an object: u32 bytes of the block behind it, two u32 collector, u32 class id, u32 size. */
export const HEADER = 20;
const BLOCK_HEADER = 4;
/** Class ids below this hold no references: Object, ArrayBuffer, String. */
const FIRST_CLASS = 3;

/** What Binaryen tells of an expression, as far as its kind has it. */
interface Visit {
  readonly children: readonly number[];
  readonly operands: readonly number[];
  readonly condition: number;
  readonly value: number;
  readonly name: string;
}

export interface StaticObject {
  /** Behind its header. */
  readonly address: number;
  readonly classId: number;
  readonly content: ArrayBuffer;
}

/** Fills in `__visit_statics` of compiler/pipeline/collector.ts. */
export function fillStatics(module: binaryen.Module, instance: typeof binaryen): void {
  const name = "~lib/rt/tcms/__visit_statics";
  const visitMembers = "~lib/rt/__visit_members";
  if (!module.getFunction(name) || !module.getFunction(visitMembers)) return;
  const { none } = instance;
  const calls = staticObjects(module)
    .filter(({ classId }) => classId >= FIRST_CLASS)
    .map(({ address }) => module.call(visitMembers, [module.i32.const(address), module.i32.const(0)], none));
  module.removeFunction(name);
  module.addFunction(name, none, none, [], module.block(null, calls, none));
  forgetConstants(module, instance);
}

/**
 * Takes the static objects out of those that asc has visited as globals. They are visited already, and strings hold nothing: a
 * constant text that nobody uses is not to be in the image because the collector looks at it.
 */
function forgetConstants(module: binaryen.Module, instance: typeof binaryen): void {
  const found = module.getFunction("~lib/rt/__visit_globals");
  const { body } = found ? instance.getFunctionInfo(found) : { body: 0 };
  if (!body || instance.getExpressionId(body) !== instance.BlockId) return;
  const info = (expression: number) => instance.getExpressionInfo(expression) as unknown as Visit;
  const isConstant = (expression: number | undefined): boolean => {
    const id = expression && instance.getExpressionId(expression);
    if (!expression || id === instance.ConstId) return id === instance.ConstId;
    return id === instance.GlobalGetId && !instance.getGlobalInfo(module.getGlobal(info(expression).name)).mutable;
  };
  for (const [index, child] of info(body).children.entries()) {
    // __visit(object), or: if (local = object) __visit(local)
    const id = instance.getExpressionId(child);
    const object =
      id === instance.CallId ? info(child).operands[0] : id === instance.IfId ? teed(info(child).condition) : undefined;
    if (isConstant(object)) (instance as Editor).Block.setChildAt(body, index, module.nop());
  }

  function teed(tee: number): number | undefined {
    return instance.getExpressionId(tee) === instance.LocalSetId ? info(tee).value : undefined;
  }
}

/**
 * asc writes each static object as a data segment of its own. What a program gives to `memory.data` is one too: it is
 * told by the place and the header, of which asc fills in the block's size and leaves the collector's words zero.
 */
export function staticObjects(binaryenModule: binaryen.Module): StaticObject[] {
  const module = binaryenModule as DataModule;
  const objects: StaticObject[] = [];
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    const { offset, data, passive } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    if (passive || data.byteLength < HEADER || (offset + HEADER) % ALIGNMENT !== 0) continue;
    const [block = 0, next, previous, classId = 0, size = 0] = new Uint32Array(data, 0, HEADER / 4);
    if (block + BLOCK_HEADER !== data.byteLength || next || previous) continue;
    if (HEADER + size > data.byteLength) continue;
    objects.push({ address: offset + HEADER, classId, content: data.slice(HEADER, HEADER + size) });
  }
  return objects;
}
