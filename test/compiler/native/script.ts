/**
 * Reads the scripts of WebAssembly's specification tests (*.wast): modules, and what calls of them give.
 * https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */
import assert from "node:assert/strict";
import type wabtInit from "wabt";

type Wabt = Awaited<ReturnType<typeof wabtInit>>;

/** What a call is to give: the bits of its results, the words for a trap, or anything. */
export type Expected = readonly (bigint | "nan")[] | string | undefined;

/** A call of a module's export, in order. */
export interface Call {
  readonly line: number;
  readonly name: string;
  /** The bits of its arguments. */
  readonly args: readonly bigint[];
  readonly expected: Expected;
}

export interface ScriptModule {
  readonly line: number;
  readonly text: string;
  readonly calls: Call[];
}

/**
 * Puts the modules of a script that are nothing but exported functions, which call none, into one: there may be a
 * hundred of them, and each module takes a run of wasm2c.
 */
function withoutSmall(modules: readonly ScriptModule[]): ScriptModule[] {
  const small = modules.flatMap((module) => {
    const functions = renamedFunctions(module);
    return functions ? [{ ...module, functions }] : [];
  });
  const lines = new Set(small.map(({ line }) => line));
  const calls = small.flatMap((module) =>
    module.calls.map((call) => ({ ...call, name: `${module.line} ${call.name}` })),
  );
  const text = `(module ${small.flatMap(({ functions }) => functions).join("\n")})`;
  return [{ line: small[0]?.line ?? 0, text, calls }, ...modules.filter(({ line }) => !lines.has(line))];
}

/** A module's functions, with its line before the names of exports; undefined where it has more than that. */
function renamedFunctions({ line, text }: ScriptModule): string[] | undefined {
  const fields = parse(text)[0]?.items?.slice(1) ?? [];
  if (/\bcall\b/.test(text)) return undefined;
  const functions = fields.map(({ start, end, items }) => {
    const [word, exported] = items ?? [];
    const name = exported?.items?.[1];
    const plain = word?.word === "func" && exported?.items?.[0]?.word === "export" && name;
    return plain ? `${text.slice(start, name.start)}"${line} ${text.slice(name.start + 1, end)}` : undefined;
  });
  return functions.every((one) => one !== undefined) ? functions : undefined;
}

export interface Script {
  readonly modules: readonly ScriptModule[];
  /** Forms that are not run here, and how many: another module is called, say. */
  readonly left: ReadonlyMap<string, number>;
}

interface Node {
  readonly start: number;
  readonly end: number;
  /** What is in parentheses; undefined for a word or a string. */
  readonly items?: readonly Node[];
  /** A word, or the bytes of a string as Latin-1. */
  readonly word: string;
  readonly isString: boolean;
}

const TOKEN = /\s+|;;[^\n]*|"(?:[^"\\]|\\.)*"|[()]|[^\s()";]+/y;

/** The forms of a text. Comments in `(; ;)` may be nested. */
function parse(text: string): Node[] {
  const stack: { start: number; items: Node[] }[] = [{ start: 0, items: [] }];
  const top = () => stack.at(-1) ?? assert.fail("a parenthesis closes nothing");
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("(;", at)) {
      at = endOfComment(text, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(text) ?? assert.fail(`no token at ${text.slice(at, at + 20)}`);
    const end = at + token.length;
    if (token === "(") stack.push({ start: at, items: [] });
    else if (token === ")") {
      const { start, items } = stack.pop() ?? assert.fail();
      top().items.push({ start, end, items, word: "", isString: false });
    } else if (token.startsWith('"')) top().items.push({ start: at, end, word: bytesOf(token), isString: true });
    else if (!/^(\s|;;)/.test(token)) top().items.push({ start: at, end, word: token, isString: false });
    at = end;
  }
  assert.equal(stack.length, 1, "a parenthesis is open");
  return top().items;
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const two = text.slice(at, at + 2);
    depth += two === "(;" ? 1 : two === ";)" ? -1 : 0;
    at += two === "(;" || two === ";)" ? 2 : 1;
    if (depth === 0) return at;
  }
  assert.fail("a comment is open");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "'": "'", "\\": "\\" };

/** The bytes of a string, one a character. */
function bytesOf(token: string): string {
  const utf8 = Buffer.from(token.slice(1, -1)).toString("latin1");
  return utf8.replace(/\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|(.))/g, (_, unicode, hex, plain) => {
    if (unicode) return Buffer.from(String.fromCodePoint(Number.parseInt(unicode, 16))).toString("latin1");
    return hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[plain] ?? assert.fail(plain));
  });
}

/** What is said of a call. Older scripts have an own word for each kind of NaN. */
const verdicts: Readonly<Record<string, (results: readonly Node[], floats: Floats) => Expected>> = {
  invoke: () => undefined,
  assert_return: (results, floats) => results.map((result) => bitsOf(result, floats)),
  assert_return_nan: () => ["nan"],
  assert_return_canonical_nan: () => ["nan"],
  assert_return_arithmetic_nan: () => ["nan"],
  assert_trap: ([words]) => words?.word ?? "",
  assert_exhaustion: ([words]) => words?.word ?? "",
};

/** Reads a script. */
export function readScript(wabt: Wabt, text: string): Script {
  const forms = parse(text);
  const floats = readFloats(wabt, forms);
  const modules: ScriptModule[] = [];
  const left = new Map<string, number>();
  let name: string | undefined;
  let line = 1;
  let counted = 0;
  for (const form of forms) {
    line += text.slice(counted, form.start).split("\n").length - 1;
    counted = form.start;
    const [head, ...rest] = form.items ?? [];
    const word = head?.word ?? "";
    if (word === "module") {
      name = rest[0]?.word;
      modules.push({ line, text: text.slice(form.start, form.end), calls: [] });
      continue;
    }
    const call = readCall(word, word === "invoke" ? [form] : rest, name, floats);
    if (typeof call === "string") left.set(call, (left.get(call) ?? 0) + 1);
    else modules.at(-1)?.calls.push({ line, ...call });
  }
  return { modules: withoutSmall(modules), left };
}

/**
 * Reads what is said of a call.
 * @param module the name of the last module, if it has one
 * @returns why it is left out, else the call
 */
function readCall(
  word: string,
  [action, ...results]: readonly Node[],
  module: string | undefined,
  floats: Floats,
): Omit<Call, "line"> | string {
  const verdict = verdicts[word];
  if (!verdict) return word;
  const [verb, first, ...rest] = action?.items ?? [];
  if (verb?.word !== "invoke") return `${word} of ${verb?.word}`;
  if (!first?.isString && first?.word !== module) return "a call of another module";
  const [name, ...args] = first?.isString ? [first, ...rest] : rest;
  if (![...args, ...(word === "assert_return" ? results : [])].every(isNumber)) return "values other than numbers";
  return {
    name: Buffer.from(name?.word ?? "", "latin1").toString(),
    args: args.map((arg) => BigInt(bitsOf(arg, floats))),
    expected: verdict(results, floats),
  };
}

function isNumber({ items }: Node): boolean {
  return items?.length === 2 && /^[if](32|64)\.const$/.test(items[0]?.word ?? "") && items[1]?.items === undefined;
}

/** A number as it stands in scripts. */
function bitsOf({ items }: Node, floats: Floats): bigint | "nan" {
  const [type, value] = items ?? [];
  const word = value?.word ?? "";
  if (/nan:(canonical|arithmetic)$/.test(word)) return "nan";
  if (type?.word.startsWith("f")) return floats.get(`${type.word} ${word}`) ?? assert.fail(word);
  const digits = BigInt(word.replace(/^[+-]/, "").replaceAll("_", ""));
  return BigInt.asUintN(type?.word === "i32.const" ? 32 : 64, word.startsWith("-") ? -digits : digits);
}

/** The bits of each `f32.const 1.5` or the like. */
type Floats = ReadonlyMap<string, bigint>;

/** All floats of calls and results, read by wabt: they may be hexadecimal, and are to be rounded once. */
function readFloats(wabt: Wabt, forms: readonly Node[]): Floats {
  const words = new Set<string>();
  const collect = (node: Node) => {
    if (isNumber(node)) words.add(node.items?.map(({ word }) => word).join(" ") ?? "");
    else node.items?.forEach(collect);
  };
  forms.filter(({ items }) => items?.[0]?.word !== "module").forEach(collect);
  const known = new Map<string, bigint>();
  for (const [type, size] of [
    ["f32", 4],
    ["f64", 8],
  ] as const) {
    const floats = [...words].filter((word) => word.startsWith(type) && !/nan:(canonical|arithmetic)/.test(word));
    const globals = floats.map((word) => `(global ${type} (${word}))`);
    const { buffer } = wabt.parseWat("floats", `(module ${globals.join(" ")})`).toBinary({});
    // The globals are the last section, an entry each: type, mutability, opcode, value, end.
    const entries = Buffer.from(buffer).subarray(buffer.length - floats.length * (size + 4));
    for (const [index, word] of floats.entries()) {
      const at = index * (size + 4) + 3;
      known.set(word, size === 4 ? BigInt(entries.readUInt32LE(at)) : entries.readBigUInt64LE(at));
    }
  }
  return known;
}
