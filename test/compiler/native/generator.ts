/**
 * Random programs: valid wasm that ends, whose results do not depend on a NaN's sign or payload. Each has an exported
 * function `run N` (i64 to i64); `hash` tells what it has left in memory and in globals, `reset` makes all as before.
 */
import { Random } from "../../support/random.ts";

type Type = "i32" | "i64" | "f32" | "f64";
const types: readonly Type[] = ["i32", "i64", "f32", "f64"];

interface Function {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly result: Type;
}

/** Loops and calls that a run may take before it ends with a trap. */
const FUEL = 400;
const FUNCTIONS_A_PROGRAM = 4;
const TABLE_SIZE = 64;
const NULLS = 2;
/** How often memory's initial content, of 8 bytes, lies in it. */
const REPEATS = 64;
/** How deep expressions and statements are nested. */
const DEPTH = 4;

const words = (text: string) => text.split(" ");
const integerBinary = words("add sub mul and or xor shl shr_s shr_u rotl rotr div_s div_u rem_s rem_u");
const integerUnary = words("clz ctz popcnt extend8_s extend16_s");
const integerCompare = words("eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u");
const floatBinary = words("add sub mul div min max copysign");
const floatUnary = words("abs neg ceil floor trunc nearest sqrt");
const floatCompare = words("eq ne lt gt le ge");

/** Operators that make one type of another. Those that reinterpret show a NaN's bits: they are made apart. */
const conversions: Readonly<Record<Type, readonly (readonly [operator: string, source: Type])[]>> = {
  i32: [
    ["i32.wrap_i64", "i64"],
    ...(["f32", "f64"] as const).flatMap((source) =>
      words("s u").map((sign) => [`i32.trunc_sat_${source}_${sign}`, source] as const),
    ),
    ["i32.trunc_f64_s", "f64"],
    ["i64.eqz", "i64"],
  ],
  i64: [
    ["i64.extend_i32_s", "i32"],
    ["i64.extend_i32_u", "i32"],
    ["i64.trunc_sat_f32_s", "f32"],
    ["i64.trunc_sat_f64_u", "f64"],
    ["i64.trunc_f32_u", "f32"],
  ],
  f32: [
    ["f32.demote_f64", "f64"],
    ...(["i32", "i64"] as const).flatMap((source) =>
      words("s u").map((sign) => [`f32.convert_${source}_${sign}`, source] as const),
    ),
    ["f32.reinterpret_i32", "i32"],
  ],
  f64: [
    ["f64.promote_f32", "f32"],
    ...(["i32", "i64"] as const).flatMap((source) =>
      words("s u").map((sign) => [`f64.convert_${source}_${sign}`, source] as const),
    ),
    ["f64.reinterpret_i64", "i64"],
  ],
};

const narrow: Readonly<Record<Type, readonly string[]>> = {
  i32: words("8 16"),
  i64: words("8 16 32"),
  f32: [],
  f64: [],
};

const constants: Readonly<Record<Type, readonly string[]>> = {
  i32: words("0 1 -1 2 7 31 0x7fffffff 0x80000000 0xffff 65536 0x12345678"),
  i64: words("0 1 -1 3 63 0x7fffffffffffffff 0x8000000000000000 0xffffffff 0x123456789abcdef"),
  f32: words("0 -0 1 -1 0.5 1.5 -2.5 1e10 3.4e38 1e-45 inf -inf nan 4294967296 8388607.5"),
  f64: words("0 -0 1 -1 0.5 1.5 -2.5 1e10 1.7e308 5e-324 inf -inf nan 18446744073709551616 4503599627370495.5"),
};

/** A module of programs. The same seed gives the same text. */
export function generateModule(seed: number, programs: number): string {
  return new Generator(new Random(seed)).module(programs);
}

class Generator {
  private readonly functions: Function[] = [];
  /** What the table holds behind the entries without a function. */
  private table: readonly Function[] = [];
  /** What the function that is being made can use. */
  private locals: readonly Type[] = [];
  private callable: readonly Function[] = [];
  private labels = 0;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  module(programs: number): string {
    const own = Array.from({ length: programs }, (_, program) =>
      Array.from({ length: FUNCTIONS_A_PROGRAM }, (_, index) => ({
        name: `$p${program}f${index}`,
        parameters: Array.from({ length: this.below(4) }, () => this.pick(types)),
        result: this.pick(types),
      })),
    );
    this.functions.push(...own.flat());
    this.table = Array.from({ length: TABLE_SIZE - NULLS }, () => this.pick(this.functions));
    const bodies = own.flatMap((functions, program) => [
      ...functions.map((one, index) => this.functionText(one, functions.slice(index + 1))),
      this.runner(program, functions[0]),
    ]);
    return `(module
      (memory 1 4) (data $initial "${"fata \\00\\ff\\80".repeat(REPEATS)}") (data $passive "0123456789abcdef")
      (table ${TABLE_SIZE} funcref) (elem (i32.const ${NULLS}) ${this.table.map(({ name }) => name).join(" ")})
      (global $fuel (mut i32) (i32.const 0))
      ${types.map((type) => `(global $${type} (mut ${type}) (${type}.const 0))`).join(" ")}
      ${FIXED}
      ${bodies.join("\n")})`;
  }

  private functionText(one: Function, callable: readonly Function[]): string {
    const own = Array.from({ length: 3 }, () => this.pick(types));
    this.locals = [...one.parameters, ...own];
    this.callable = callable;
    const statements = Array.from({ length: 3 + this.below(4) }, () => this.statement(DEPTH));
    return `(func ${one.name} ${one.parameters.map((type) => `(param ${type})`).join(" ")} (result ${one.result})
      ${own.map((type) => `(local ${type})`).join(" ")} (call $burn) ${statements.join("\n")} ${this.expression(one.result, DEPTH)})`;
  }

  /** Calls a program's first function with arguments that come from the run's own. */
  private runner(program: number, first: Function | undefined): string {
    const made: Readonly<Record<Type, string>> = {
      i32: "(i32.wrap_i64 (local.get 0))",
      i64: "(local.get 0)",
      f32: "(f32.convert_i64_s (local.get 0))",
      f64: "(f64.reinterpret_i64 (local.get 0))",
    };
    const call = `(call ${first?.name} ${first?.parameters.map((type) => made[type]).join(" ")})`;
    return `(func (export "run ${program}") (param i64) (result i64)
      (global.set $fuel (i32.const ${FUEL})) ${asInteger(first?.result ?? "i64", call)})`;
  }

  // ---- Expressions ---------------------------------------------------------------------------------------------------

  private expression(type: Type, depth: number): string {
    const makers: (() => string)[] = [() => this.leaf(type)];
    if (depth > 0) {
      makers.push(
        () => this.leaf(type),
        () => this.unary(type, depth - 1),
        () => this.binary(type, depth - 1),
        () => this.binary(type, depth - 1),
        () => this.conversion(type, depth - 1),
        () => this.load(type, depth - 1),
        () => this.choice(type, depth - 1),
        () => this.block(type, depth - 1),
        () => this.called(type, depth - 1),
      );
      if (type === "i32")
        makers.push(
          () => this.compare(depth - 1),
          () => this.memory(depth - 1),
        );
      const places = this.localsOf(type);
      if (places.length > 0) makers.push(() => `(local.tee ${this.pick(places)} ${this.expression(type, depth - 1)})`);
    }
    return this.pick(makers)();
  }

  private leaf(type: Type): string {
    const places = this.localsOf(type);
    if (places.length > 0 && this.below(3) > 0) return `(local.get ${this.pick(places)})`;
    if (this.below(4) === 0) return `(global.get $${type})`;
    return `(${type}.const ${this.pick(constants[type])})`;
  }

  private unary(type: Type, depth: number): string {
    const value = this.expression(type, depth);
    if (type === "i32" && this.below(6) === 0) return `(i32.eqz ${value})`;
    if (type === "i64" && this.below(6) === 0) return `(i64.extend32_s ${value})`;
    return `(${type}.${this.pick(type.startsWith("f") ? floatUnary : integerUnary)} ${value})`;
  }

  private binary(type: Type, depth: number): string {
    const isFloat = type.startsWith("f");
    const operator = this.pick(isFloat ? floatBinary : integerBinary);
    const left = this.expression(type, depth);
    const right = this.expression(type, depth);
    if (operator === "copysign") return `(${type}.copysign ${left} ${canonical(type, right)})`;
    // Most divisions go well.
    const isDivision = !isFloat && /^(div|rem)/.test(operator) && this.below(30) > 0;
    return `(${type}.${operator} ${left} ${isDivision ? `(${type}.or ${right} (${type}.const 1))` : right})`;
  }

  private compare(depth: number): string {
    const type = this.pick(types);
    const operator = this.pick(type.startsWith("f") ? floatCompare : integerCompare);
    return `(${type}.${operator} ${this.expression(type, depth)} ${this.expression(type, depth)})`;
  }

  private conversion(type: Type, depth: number): string {
    if (!type.startsWith("f") && this.below(4) === 0)
      return asInteger32Or64(type, this.expression(type === "i32" ? "f32" : "f64", depth));
    const [operator, source] = this.pick(conversions[type]);
    // A conversion that may trap is tried on small numbers mostly.
    const value = this.expression(source, depth);
    const small = /trunc_f/.test(operator) && this.below(12) > 0;
    return `(${operator} ${small ? `(${source}.min (${source}.abs ${canonical(source, value)}) (${source}.const 9))` : value})`;
  }

  /** An address within the first page, or anywhere. */
  private address(depth: number): string {
    const value = this.expression("i32", depth);
    return this.below(100) === 0 ? value : `(i32.and ${value} (i32.const 0x3ff))`;
  }

  private load(type: Type, depth: number): string {
    const [bits] = narrow[type].length > 0 && this.below(2) === 0 ? [this.pick(narrow[type])] : [];
    const operator = bits ? `load${bits}_${this.pick(["s", "u"])}` : "load";
    return `(${type}.${operator} ${this.offset()} ${this.address(depth)})`;
  }

  private offset(): string {
    return this.below(100) === 0 ? `offset=${this.pick([65536, 0x7fffffff, 0xffffffff])}` : `offset=${this.below(600)}`;
  }

  private choice(type: Type, depth: number): string {
    const [one, other] = [this.expression(type, depth), this.expression(type, depth)];
    const condition = this.expression("i32", depth);
    if (this.below(2) === 0) return `(select ${one} ${other} ${condition})`;
    return `(if (result ${type}) ${condition} (then ${one}) (else ${other}))`;
  }

  private block(type: Type, depth: number): string {
    const label = `$l${this.labels++}`;
    const left = `(br_if ${label} ${this.expression(type, depth)} ${this.expression("i32", depth)})`;
    return `(block ${label} (result ${type}) ${this.statement(depth)} (drop ${left}) ${this.expression(type, depth)})`;
  }

  private called(type: Type, depth: number): string {
    const indirect = this.below(2) === 0;
    const one = (indirect ? this.table : this.callable).filter(({ result }) => result === type);
    if (one.length === 0) return this.leaf(type);
    const callee = this.pick(one);
    const args = callee.parameters.map((parameter) => this.expression(parameter, depth - 1)).join(" ");
    if (!indirect) return `(call ${callee.name} ${args})`;
    const signature = `${callee.parameters.map((parameter) => `(param ${parameter})`).join(" ")} (result ${type})`;
    const fitting = NULLS + this.table.indexOf(callee);
    const index = this.below(30) === 0 ? this.pick([0, TABLE_SIZE, this.below(TABLE_SIZE)]) : fitting;
    const made = `(call_indirect ${signature} ${args} (i32.const ${index}))`;
    // Else calls that go round in circles would use up all fuel.
    return this.below(20) === 0
      ? made
      : `(if (result ${type}) (call $has_fuel) (then ${made}) (else ${this.leaf(type)}))`;
  }

  private memory(depth: number): string {
    return this.below(2) === 0
      ? "(memory.size)"
      : `(memory.grow (i32.and ${this.expression("i32", depth)} (i32.const 1)))`;
  }

  // ---- Statements ----------------------------------------------------------------------------------------------------

  private statement(depth: number): string {
    const makers: (() => string)[] = [() => this.set(depth), () => this.set(depth), () => this.store(depth)];
    if (depth > 0)
      makers.push(
        () =>
          `(if ${this.expression("i32", depth - 1)} (then ${this.statement(depth - 1)}) (else ${this.statement(depth - 1)}))`,
        () => this.loop(depth - 1),
        () => this.jump(depth - 1),
        () => this.bulk(depth - 1),
        () => `(drop ${this.expression(this.pick(types), depth - 1)})`,
      );
    return this.pick(makers)();
  }

  private set(depth: number): string {
    const at = this.below(this.locals.length + 1);
    const type = this.locals[at];
    if (type) return `(local.set ${at} ${this.expression(type, depth - 1)})`;
    const global = this.pick(types);
    return `(global.set $${global} ${this.expression(global, depth - 1)})`;
  }

  private store(depth: number): string {
    const type = this.pick(types);
    const bits = narrow[type].length > 0 && this.below(2) === 0 ? this.pick(narrow[type]) : "";
    const value = canonical(type, this.expression(type, depth - 1));
    return `(${type}.store${bits} ${this.offset()} ${this.address(depth - 1)} ${value})`;
  }

  private loop(depth: number): string {
    const label = `$l${this.labels++}`;
    const again = `(br_if ${label} (i32.and ${this.expression("i32", depth)} (call $has_fuel)))`;
    return `(loop ${label} (call $burn) ${this.statement(depth)} ${this.statement(depth)} ${again})`;
  }

  private jump(depth: number): string {
    const [outer, inner] = [`$l${this.labels++}`, `$l${this.labels++}`];
    const jump = `(br_table ${inner} ${outer} ${inner} ${this.expression("i32", depth)})`;
    return `(block ${outer} (block ${inner} ${jump}) ${this.statement(depth)})`;
  }

  private bulk(depth: number): string {
    const [to, from, length] = [this.address(depth), this.address(depth), this.address(depth)];
    const kind = this.below(3);
    if (kind === 0) return `(memory.fill ${to} ${from} ${length})`;
    if (kind === 1) return `(memory.copy ${to} ${from} ${length})`;
    return `(memory.init $passive ${to} (i32.const ${this.below(12)}) (i32.const ${this.below(6)}))`;
  }

  // ---- Chance --------------------------------------------------------------------------------------------------------

  private localsOf(type: Type): number[] {
    return this.locals.flatMap((local, index) => (local === type ? [index] : []));
  }

  private below(limit: number): number {
    return this.random.below(limit);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** The same NaN for each: what is stored or reinterpreted shows its bits. */
function canonical(type: Type, value: string): string {
  return type.startsWith("f") ? `(call $canonical_${type} ${value})` : value;
}

function asInteger32Or64(type: Type, float: string): string {
  return type === "i32"
    ? `(i32.reinterpret_f32 ${canonical("f32", float)})`
    : `(i64.reinterpret_f64 ${canonical("f64", float)})`;
}

/** A value's bits as an i64. */
function asInteger(type: Type, value: string): string {
  if (type === "i64") return value;
  if (type === "f64") return asInteger32Or64("i64", value);
  return `(i64.extend_i32_u ${type === "i32" ? value : asInteger32Or64("i32", value)})`;
}

/** Functions that each module has. */
const FIXED = `
  (func $burn
    (if (i32.eqz (global.get $fuel)) (then unreachable))
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))))
  (func $has_fuel (result i32) (i32.gt_u (global.get $fuel) (i32.const ${FUEL / 4})))
  (func $canonical_f32 (param f32) (result f32)
    (select (local.get 0) (f32.const nan) (f32.eq (local.get 0) (local.get 0))))
  (func $canonical_f64 (param f64) (result f64)
    (select (local.get 0) (f64.const nan) (f64.eq (local.get 0) (local.get 0))))
  (func (export "reset")
    (memory.fill (i32.const 0) (i32.const 0) (i32.shl (memory.size) (i32.const 16)))
    (memory.init $initial (i32.const 100) (i32.const 0) (i32.const ${8 * REPEATS}))
    ${types.map((type) => `(global.set $${type} (${type}.const 0))`).join(" ")})
  (func (export "hash") (result i64) (local $hash i64) (local $at i32)
    (local.set $hash (i64.extend_i32_u (memory.size)))
    ${types
      .map(
        (type) => `(local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 0x100000001b3))
        ${asInteger(type, `(global.get $${type})`)}))`,
      )
      .join("\n")}
    (loop $next
      (local.set $hash (i64.xor (i64.mul (local.get $hash) (i64.const 0x100000001b3)) (i64.load (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 65536))))
    (local.get $hash))`;
