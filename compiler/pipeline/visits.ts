/**
 * How the collector gets to what an object holds. asc writes a function for each class that visits one field behind the other;
 * most are nothing but that, and a loop over a mask of the fields' places does it for all of them, in half of the code.
 */
import type binaryen from "binaryen";
import type { Editor } from "./binaryen.ts";
import { Tree } from "./tree.ts";

const VISIT = "~lib/rt/tcms/__visit";
const VISIT_FIELDS = "visitFields";
/** Fields that a mask has places for, u32 words of the object. */
const PLACES = 32;
const WORD = 4;

/** Has classes share the loop. To be called before anything is optimised. */
export function shareVisits(module: binaryen.Module, instance: typeof binaryen): void {
  if (!module.getFunction(VISIT)) return;
  const { BlockId, CallId, LoadId, LocalGetId } = instance;
  const tree = new Tree(instance);
  const isLocal = (expression: unknown, index: number) => {
    const local = tree.info(expression as binaryen.ExpressionRef);
    return local.id === LocalGetId && local["index"] === index;
  };
  const known = new Map<string, number[] | undefined>();

  /** Offsets of the fields that a function visits, if it does nothing else. */
  const fieldsOf = (name: string): number[] | undefined => {
    if (known.has(name)) return known.get(name);
    known.set(name, undefined);
    const found = module.getFunction(name);
    const { body } = found ? instance.getFunctionInfo(found) : { body: 0 };
    if (!body) return undefined;
    const whole = tree.info(body);
    const statements = whole.id === BlockId ? (whole["children"] as binaryen.ExpressionRef[]) : [body];
    const fields: number[] = [];
    for (const statement of statements) {
      const call = tree.info(statement);
      if (call.id === instance.NopId) continue;
      const [of, cookie] = (call["operands"] ?? []) as [unknown, unknown];
      if (call.id !== CallId || of === undefined || cookie === undefined || !isLocal(cookie, 1)) return undefined;
      const load = tree.info(of as binaryen.ExpressionRef);
      if (call["target"] !== VISIT) {
        const more =
          isLocal(of, 0) && `${call["target"]}`.endsWith("~visit") ? fieldsOf(`${call["target"]}`) : undefined;
        if (!more) return undefined;
        fields.push(...more);
      } else if (load.id === LoadId && load["bytes"] === WORD && isLocal(load["ptr"], 0))
        fields.push(load["offset"] as number);
      else return undefined;
    }
    known.set(name, fields);
    return fields;
  };

  const names = Array.from({ length: module.getNumFunctions() }, (_, index) => {
    return instance.getFunctionInfo(module.getFunctionByIndex(index)).name;
  });
  const visits = names.filter((name) => name.endsWith("~visit"));
  const shared = visits.flatMap((name) => {
    const fields = fieldsOf(name);
    return fields && fields.length > 0 && fields.every((offset) => offset % WORD === 0) ? [{ name, fields }] : [];
  });
  if (shared.length === 0) return;
  const { i32, none } = instance;
  const { local } = module;
  for (const { name, fields } of shared) {
    const places = new Set(fields.map((offset) => offset / WORD));
    const calls: binaryen.ExpressionRef[] = [];
    while (places.size > 0) {
      const first = Math.floor(Math.min(...places) / PLACES) * PLACES;
      let mask = 0;
      for (const place of places) {
        if (place >= first + PLACES) continue;
        mask |= 1 << (place - first);
        places.delete(place);
      }
      const at = first ? module.i32.add(local.get(0, i32), module.i32.const(first * WORD)) : local.get(0, i32);
      calls.push(module.call(VISIT_FIELDS, [at, module.i32.const(mask), local.get(1, i32)], none));
    }
    (instance as Editor).Function.setBody(module.getFunction(name), module.block(null, calls));
  }
  // for (; mask; mask &= mask - 1) __visit(load(at + ctz(mask) * 4), cookie)
  const mask = () => local.get(1, i32);
  const place = module.i32.shl(module.i32.ctz(mask()), module.i32.const(Math.log2(WORD)));
  const loop = module.block(null, [
    module.call(VISIT, [module.i32.load(0, WORD, module.i32.add(local.get(0, i32), place)), local.get(2, i32)], none),
    module.br("next", local.tee(1, module.i32.and(mask(), module.i32.sub(mask(), module.i32.const(1))), i32)),
  ]);
  module.addFunction(VISIT_FIELDS, instance.createType([i32, i32, i32]), none, [], module.loop("next", loop));
}
