/** A WebAssembly program that tries each instruction an image may have, at its edges. */
import { assemble, imports } from "../../tender/wat.ts";

/** Something to compute from the globals $a and $b. */
export interface Trial {
  /** The operator, or what is tried. */
  readonly name: string;
  /** An expression of type i64. */
  readonly body: string;
  /** Values of $a and $b. */
  readonly operands: readonly (readonly [bigint, bigint])[];
}

/** First and last page of memory; addresses from PAGES * 65536 on are out of bounds. */
const PAGES = 2;
const MAXIMUM_PAGES = 5;
const END = BigInt(PAGES) * 65536n;

const none = [[0n, 0n]] as const;

// ---- Numbers -------------------------------------------------------------------------------------------------------

const bits32 = (value: number) => BigInt(new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0);
const bits64 = (value: number) => new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n;

const whole32 = [0, 1, 2, 3, 7, 31, 32, 33, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x12345678, 0x7fffffff, 0x80000000]
  .flatMap((value) => [BigInt(value), BigInt(-value >>> 0)])
  .concat(0x9abcdef0n, 0xfffffffen);
const whole64 = [...whole32, 63n, 64n, 65n, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x123456789abcdef0n]
  .flatMap((value) => [value, BigInt.asUintN(64, -value)])
  .concat(0x8000_0000_0000_0000n, 0x8000_0000_0000_0001n);

const sizes = [
  ...[0, 0.3, 0.5, 0.49999997, 0.49999999999999994, 0.7, 1, 1.5, 2.5, 3.5, 1e-30, 127.5, 4194303.5, 8388607.5, 8388609],
  ...[2147483647, 2147483647.5, 2147483648, 2147483648.5, 2147483649, 4294967295, 4294967295.5, 4294967296],
  ...[2 ** 51 + 0.5, 2 ** 52 - 0.5, 2 ** 52 + 1, 2 ** 53, 2 ** 63, 2 ** 63 + 2 ** 11, 2 ** 64, 2 ** 64 - 2 ** 11],
  ...[3.4028234663852886e38, 1.401298464324817e-45, 1.1754943508222875e-38, 5e-324, 1.7976931348623157e308, Infinity],
];
const real = [...sizes, ...sizes.map((value) => -value), NaN];
/** The last two are signalling NaNs. */
const real32 = [...new Set(real.map(bits32)), 0x7fa00001n, 0xff800001n];
const real64 = [...real.map(bits64), 0x7ff0000000000001n, 0xfff4000000000000n];

const operandsOf = { i32: whole32, i64: whole64, f32: real32, f64: real64 };
type Type = keyof typeof operandsOf;

/** How $a and $b become a value of a type, and a value an i64. The bits of a NaN are not fixed: any becomes the same. */
const taken = {
  i32: (name: string) => `(i32.wrap_i64 (global.get ${name}))`,
  i64: (name: string) => `(global.get ${name})`,
  f32: (name: string) => `(f32.reinterpret_i32 (i32.wrap_i64 (global.get ${name})))`,
  f64: (name: string) => `(f64.reinterpret_i64 (global.get ${name}))`,
};
const given = {
  i32: (value: string) => `(i64.extend_i32_u ${value})`,
  i64: (value: string) => value,
  f32: (value: string) => `(call $bits32 ${value})`,
  f64: (value: string) => `(call $bits64 ${value})`,
};

function unary(operators: string, from: Type, to: Type): Trial[] {
  const operands = operandsOf[from].map((a) => [a, 0n] as const);
  return words(operators).map((name) => ({ name, body: given[to](`(${name} ${taken[from]("$a")})`), operands }));
}

function binary(operators: string, from: Type, to: Type): Trial[] {
  const operands = operandsOf[from].flatMap((a) => operandsOf[from].map((b) => [a, b] as const));
  return words(operators).map((word) => {
    const name = `${from}.${word}`;
    return { name, body: given[to](`(${name} ${taken[from]("$a")} ${taken[from]("$b")})`), operands };
  });
}

function numbers(): Trial[] {
  const arithmetic = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
  const order = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
  const floating = "add sub mul div min max copysign";
  const rounding = "abs neg ceil floor trunc nearest sqrt";
  const prefixed = (type: Type, names: string) =>
    words(names)
      .map((name) => `${type}.${name}`)
      .join(" ");
  return [
    ...(["i32", "i64"] as const).flatMap((type) => [
      ...binary(arithmetic, type, type),
      ...binary(order, type, "i32"),
      ...unary(prefixed(type, "clz ctz popcnt extend8_s extend16_s"), type, type),
      ...unary(`${type}.eqz`, type, "i32"),
      ...(["f32", "f64"] as const).flatMap((from) => [
        ...unary(prefixed(type, `trunc_${from}_s trunc_${from}_u trunc_sat_${from}_s trunc_sat_${from}_u`), from, type),
        ...unary(prefixed(from, `convert_${type}_s convert_${type}_u`), type, from),
      ]),
    ]),
    ...(["f32", "f64"] as const).flatMap((type) => [
      ...binary(floating, type, type),
      ...binary("eq ne lt gt le ge", type, "i32"),
      ...unary(prefixed(type, rounding), type, type),
    ]),
    ...unary("i64.extend32_s", "i64", "i64"),
    ...unary("i32.wrap_i64", "i64", "i32"),
    ...unary("i64.extend_i32_s i64.extend_i32_u", "i32", "i64"),
    ...unary("f32.demote_f64", "f64", "f32"),
    ...unary("f64.promote_f32", "f32", "f64"),
    ...unary("f32.reinterpret_i32", "i32", "f32"),
    ...unary("f64.reinterpret_i64", "i64", "f64"),
  ];
}

// ---- Traps whose value nobody uses, or which the C compiler can foresee ---------------------------------------------

function unused(): Trial[] {
  const expressions = [
    "(i32.div_s (i32.const -2147483648) (i32.const -1))",
    "(i32.rem_s (i32.const -2147483648) (i32.const -1))",
    "(i32.div_u (i32.const 1) (i32.const 0))",
    "(i64.rem_u (i64.const 1) (i64.const 0))",
    "(i32.trunc_f64_s (f64.const nan))",
    "(i64.trunc_f32_u (f32.const -1))",
    "(i32.load (i32.const -4))",
    "(f64.load offset=4294967295 (i32.const 0))",
    "(i64.load8_u (i32.const 131072))",
  ];
  const dropped = expressions.map((text) => ({ name: text, body: `(drop ${text}) (i64.const 5)`, operands: none }));
  const infinite = { name: "recursion", body: "(call $recursion (global.get $a))", operands: none };
  return [...dropped, infinite, { name: "unreachable", body: "unreachable", operands: none }];
}

// ---- Memory --------------------------------------------------------------------------------------------------------

const addresses = [0n, 1n, 65535n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0xffff_fff8n].concat(
  Array.from({ length: 10 }, (_, index) => END - 9n + BigInt(index)),
);

function memory(): Trial[] {
  const operands = addresses.map((address) => [address, 0x8182_8384_8586_8788n] as const);
  const offsets = [0, 3, 131064, 2147483647, 4294967295];
  const loads = words(
    "i32.load8_s i32.load8_u i32.load16_s i32.load16_u i32.load i64.load8_s i64.load8_u i64.load16_s i64.load16_u " +
      "i64.load32_s i64.load32_u i64.load f32.load f64.load",
  );
  const stores = words(
    "i32.store8 i32.store16 i32.store i64.store8 i64.store16 i64.store32 i64.store f32.store f64.store",
  );
  return offsets.flatMap((offset) => [
    ...loads.map((name) => {
      const body = given[typeOf(name)](`(${name} offset=${offset} ${taken.i32("$a")})`);
      return { name: `${name} offset=${offset}`, body, operands };
    }),
    ...stores.map((name) => {
      const body = `(${name} offset=${offset} ${taken.i32("$a")} ${taken[typeOf(name)]("$b")})
        (i64.load offset=${offset} (i32.and ${taken.i32("$a")} (i32.const 0xfff8)))`;
      return { name: `${name} offset=${offset}`, body, operands };
    }),
  ]);
}

/** $a is a target and, from bit 32 on, a source; $b a length and, from bit 32 on, a byte. */
function bulk(): Trial[] {
  const low = (name: string) => `(i32.wrap_i64 (global.get ${name}))`;
  const high = (name: string) => `(i32.wrap_i64 (i64.shr_u (global.get ${name}) (i64.const 32)))`;
  const places = [0n, 1n, 3n, 40n, 100n, END - 64n, END - 1n, END, END + 1n, 0xffff_fff0n];
  const lengths = [0n, 1n, 2n, 7n, 8n, 9n, 15n, 16n, 17n, 31n, 33n, 47n, 64n, 65n, 200n, 0xffff_ffffn];
  const operands = places.flatMap((to) =>
    places.flatMap((from) => lengths.map((length) => [to | (from << 32n), length | (0xa5n << 32n)] as const)),
  );
  const short = operands.filter(([, b]) => b % 2n === 1n);
  return [
    { name: "memory.copy", body: `(memory.copy ${low("$a")} ${high("$a")} ${low("$b")}) (call $sum)`, operands },
    { name: "memory.fill", body: `(memory.fill ${low("$a")} ${high("$b")} ${low("$b")}) (call $sum)`, operands: short },
    { name: "memory.init", body: `(memory.init $text ${low("$a")} ${high("$a")} ${low("$b")}) (call $sum)`, operands },
    { name: "data.drop", body: "(data.drop $text) (i64.const 0)", operands: none },
    {
      name: "memory.init dropped",
      body: `(memory.init $text ${low("$a")} ${high("$a")} ${low("$b")}) (call $sum)`,
      operands: short,
    },
  ];
}

/** The last trials: they change the size of memory. */
function growth(): Trial[] {
  const deltas = [0n, 1n, 0xffff_ffffn, 65536n, 4n, 2n, 1n, 0n].map((delta) => [delta, 0n] as const);
  const grown = [END, END + 65528n, 5n * 65536n - 8n, 5n * 65536n - 7n].map((address) => [address, 0n] as const);
  return [
    { name: "memory.size before", body: "(i64.extend_i32_u (memory.size))", operands: none },
    { name: "memory.grow", body: given.i32(`(memory.grow ${taken.i32("$a")})`), operands: deltas },
    { name: "memory.size after", body: "(i64.extend_i32_u (memory.size))", operands: none },
    { name: "i64.load of new pages", body: `(i64.load ${taken.i32("$a")})`, operands: grown },
    {
      name: "memory.fill of new pages",
      body: `(memory.fill (i32.const 131072) (i32.const 7) (i32.const 196608))
      (i64.load (i32.const 327672))`,
      operands: none,
    },
  ];
}

// ---- Calls ---------------------------------------------------------------------------------------------------------

function calls(): Trial[] {
  const operands = [0n, 1n, 2n, 3n, 4n, 5n, 0x7fff_ffffn, 0xffff_ffffn].map((index) => [index, 9n] as const);
  const branches = [0n, 1n, 2n, 3n, 0x8000_0000n, 0xffff_ffffn].map((index) => [index, 0n] as const);
  const indirect = (type: string, rest: string) =>
    given.i32(`(call_indirect $others (type ${type}) ${rest} ${taken.i32("$a")})`);
  return [
    { name: "call_indirect ()", body: indirect("$none", ""), operands },
    { name: "call_indirect (i32)", body: indirect("$one", "(i32.const 6)"), operands },
    {
      name: "br_table",
      operands: branches,
      body: `(block $c (block $b (block $a
        (br_table $a $b $c ${taken.i32("$a")})) (return (i64.const 10))) (return (i64.const 20))) (i64.const 30)`,
    },
    { name: "select", body: `(select (i64.const 1) (global.get $b) ${taken.i32("$a")})`, operands },
  ];
}

// ---- The program ---------------------------------------------------------------------------------------------------

export const trials: readonly Trial[] = [...numbers(), ...unused(), ...memory(), ...bulk(), ...calls(), ...growth()];

/** `event` chooses a trial by its index, `start` does it with $a and $b. */
export function makeProgram(): Uint8Array {
  const functions = trials.map(({ body }, index) => `(func $trial${index} (result i64) ${body})`);
  const names = trials.map((_, index) => `$trial${index}`).join(" ");
  return assemble(`(module ${imports}
    (type $trial (func (result i64)))
    (type $none (func (result i32)))
    (type $one (func (param i32) (result i32)))
    (memory (export "memory") ${PAGES} ${MAXIMUM_PAGES})
    (data (i32.const 0) "0123456789abcdefghijklmnopqrstuvwxyz\\00\\ff\\80\\7f")
    (data (i32.const ${END - 8n}) "\\f1\\f2\\f3\\f4\\f5\\f6\\f7\\f8")
    (data $text "The quick brown fox jumps over the lazy dog and then it does it once more from the start.")
    (global $a (mut i64) (i64.const 0))
    (global $b (mut i64) (i64.const 0))
    (global $index (mut i32) (i32.const 0))
    (table $trials ${trials.length} funcref)
    (elem (table $trials) (i32.const 0) func ${names})
    (table $others 5 funcref)
    (elem (table $others) (i32.const 0) func $seven $double $third)
    (func $seven (result i32) (i32.const 7))
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func $third (result i32) (i32.wrap_i64 (global.get $b)))
    (func $recursion (param i64) (result i64) (call $recursion (i64.add (local.get 0) (i64.const 1))))
    (func $bits32 (param f32) (result i64)
      (select (i64.extend_i32_u (i32.reinterpret_f32 (local.get 0))) (i64.const 0x7fc00000)
        (f32.eq (local.get 0) (local.get 0))))
    (func $bits64 (param f64) (result i64)
      (select (i64.reinterpret_f64 (local.get 0)) (i64.const 0x7ff8000000000000)
        (f64.eq (local.get 0) (local.get 0))))
    (func $sum (result i64) (local $at i32) (local $sum i64)
      (loop $next
        (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))
          (i64.add (i64.load8_u (local.get $at)) (i64.load8_u offset=${END - 256n} (local.get $at)))))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 256))))
      (local.get $sum))
    ${functions.join("\n")}
    (func (export "start") (param i64 i64) (result i64)
      (global.set $a (local.get 0)) (global.set $b (local.get 1))
      (call_indirect $trials (type $trial) (global.get $index)))
    (func (export "step") (param i64 i64) (result i64) (i64.const 0))
    (func (export "event") (param i32) (global.set $index (local.get 0))))`);
}

function typeOf(instruction: string): Type {
  return instruction.slice(0, 3) as Type;
}

function words(text: string): string[] {
  return text.split(" ");
}
