/**
 * Random AssemblyScript functions that call `pause` at all kinds of places: in operands, conditions, loops, cases, arguments,
 * methods and what overrides them. They end (each loop and call takes fuel) and say what they have found out.
 */
import { Random } from "../../support/random.ts";

const types = ["i32", "u32", "i64", "u64", "f32", "f64", "bool", "u8"] as const;
type Type = (typeof types)[number];

interface Variable {
  readonly name: string;
  readonly type: Type;
  /** A loop's counter, which is only read. */
  readonly counts: boolean;
}

interface Function {
  readonly name: string;
  readonly result: Type;
  readonly parameters: readonly Type[];
}

const FUNCTIONS = 4;
const RUNS_EACH = 3;
/** How deep expressions and statements are nested. */
const [EXPRESSION_DEPTH, STATEMENT_DEPTH] = [3, 2];

const opening = `
import { collectSoon } from "fata/sched/collect";
import { Fiber, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { consoleWrite } from "fata/sys/console";

let every: i32 = 0;
let calls: i32 = 0;
let waits: i32 = 0;
let fuel: i32 = 0;
let depth: i32 = 0;
let global: i32 = 5;
/** What was freed by mistake is written over. */
let other: StaticArray<i32> | null = null;

function pause(): i32 {
  calls++;
  if (every && calls % every == 0) {
    waits++;
    collectSoon();
    yieldNow();
    other = StaticArray.fromArray<i32>([-1, -1, -1, -1]);
  }
  return calls;
}
function tame(x: f64): f64 { return abs(x) < 1e9 ? x : 3.5; }
function whole(x: f64): u32 { return abs(x) < 1e9 ? <u32>abs(x) : 1; }
function text(n: i32): string { const a = n.toString(); return a + pause().toString(); }
class Box {
  constructor(public value: i32, public next: Box | null = null) {}
  get(a: i32): i32 { return this.value ^ a; }
}
class Late extends Box {
  get(a: i32): i32 {
    const next = this.next;
    const sum = pause() * a + super.get(pause());
    if (!next || depth > 5) return sum;
    depth++;
    const rest = next.get(a + 1);
    depth--;
    return sum - rest + this.value;
  }
}
function say(result: string): void {
  consoleWrite(result + " " + global.toString() + " " + calls.toString() + "\\n");
}
`;

const closing = `
export function start(now: u64, wall: u64): u64 {
  every = <i32>parseInt(stringArgument("every", "0"), 10);
  return boot(new Job(), now, wall);
}
export { event, step } from "fata/sched/loop";
`;

/** The text of an image that, with `--every=N`, waits at each Nth call of `pause`, and tells at last how often it did. */
export function waitingProgram(seed: number): string {
  return new Program(seed).text();
}

class Program {
  private readonly random: Random;
  private readonly functions: Function[] = [];
  private variables: Variable[] = [];
  private result: Type = "i32";
  private names = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  text(): string {
    const functions = Array.from({ length: FUNCTIONS }, (_, index) => this.function(`f${index}`));
    const runs = this.functions.flatMap(({ name, result, parameters }) =>
      Array.from({ length: RUNS_EACH }, () => {
        const given = parameters.map((type) => this.constant(type)).join(", ");
        const call = `${name}(${given})`;
        return `fuel = 200; depth = 0; say((${result === "bool" ? `<i32>${call}` : call}).toString());`;
      }),
    );
    const end = `consoleWrite("waits " + waits.toString() + "\\n");`;
    return `${opening}${functions.join("")}class Job extends Fiber { run(): void {\n${runs.join("\n")}\n${end}\n} }${closing}`;
  }

  private function(name: string): string {
    const parameters = this.some(4, () => this.pick(types));
    this.variables = parameters.map((type, index) => ({ name: `p${index}`, type, counts: false }));
    this.result = this.pick(types);
    const none = this.constant(this.result);
    const declared = parameters.map((type, index) => `p${index}: ${type}`).join(", ");
    const body = this.some(5, () => this.statement(STATEMENT_DEPTH, false)).join("");
    const again = parameters.map((type) => this.expression(type, 1)).join(", ");
    const last = this.expression(this.result, EXPRESSION_DEPTH);
    this.functions.push({ name, result: this.result, parameters });
    return `function ${name}(${declared}): ${this.result} {
if (--fuel < 0) return ${none};
let near: Box = new Box(7), far: Box = new Late(9, near);
${body}
if (depth < 3) { depth++; const r = ${name}(${again}); depth--; if (${this.expression("bool", 1)}) return r; }
return ${last};
}\n`;
  }

  private block(depth: number, inLoop: boolean): string {
    const outer = this.variables.length;
    const text = this.some(3, () => this.statement(depth, inLoop)).join("");
    this.variables.length = outer;
    return `{\n${text}}`;
  }

  private statement(depth: number, inLoop: boolean): string {
    const simple = (): string => this.simple(inLoop);
    if (depth === 0) return simple();
    const inner = (loop = inLoop): string => this.block(depth - 1, loop);
    const condition = (): string => this.expression("bool", 2);
    return this.pick([
      simple,
      simple,
      () => `if (${condition()}) ${inner()}\n`,
      () => `if (${condition()}) ${inner()} else ${inner()}\n`,
      () => `while (--fuel > 0 && ${condition()}) ${inner(true)}\n`,
      () => `do ${inner(true)} while (--fuel > 0 && pause() % 3 != 0 && ${condition()});\n`,
      () => this.counting(() => inner(true)),
      () => {
        const cases = [0, 1, 2].map((n) => `case ${n}: ${inner()}${this.pick(["", " break;"])}\n`);
        cases.splice(this.random.below(4), 0, `default: ${inner()}\n`);
        return `switch (${this.expression("i32", 2)} & 3) {\n${cases.join("")}}\n`;
      },
    ])();
  }

  private counting(body: () => string): string {
    const name = `v${++this.names}`;
    this.variables.push({ name, type: "i32", counts: true });
    const text = `for (let ${name} = 0; ${name} < 3 + (pause() & 1) && --fuel > 0; ${name}++) ${body()}\n`;
    this.variables.pop();
    return text;
  }

  private simple(inLoop: boolean): string {
    const declare = (): string => {
      const type = this.pick(types);
      const name = `v${++this.names}`;
      const text = `let ${name}: ${type} = ${this.expression(type, EXPRESSION_DEPTH)};\n`;
      this.variables.push({ name, type, counts: false });
      return text;
    };
    const assign = (): string => {
      const known = this.variables.filter(({ counts }) => !counts);
      if (known.length === 0) return declare();
      const { name, type } = this.pick(known);
      return `${name} = ${this.expression(type, EXPRESSION_DEPTH)};\n`;
    };
    const condition = (): string => this.expression("bool", 1);
    return this.pick([
      declare,
      assign,
      assign,
      () => `global = ${this.expression("i32", 2)};\n`,
      () => `near = new Late(${this.expression("i32", 1)}, far);\n`,
      () => `far.value += ${this.expression("i32", 2)};\n`,
      () => `if (${condition()} && ${condition()}) return ${this.expression(this.result, 1)};\n`,
      () => (inLoop ? `if (${condition()}) ${this.pick(["break", "continue"])};\n` : assign()),
    ])();
  }

  private expression(type: Type, depth: number): string {
    if (depth === 0) return this.leaf(type);
    const of = (of: Type = type): string => this.expression(of, depth - 1);
    const called = this.functions.filter(({ result }) => result === type);
    return this.pick([
      () => this.leaf(type),
      () => `(${of("bool")} ? ${of()} : ${of()})`,
      () => this.converted(type, this.pick(types), depth - 1),
      () => {
        if (called.length === 0) return this.leaf(type);
        const { name, parameters } = this.pick(called);
        return `${name}(${parameters.map((parameter) => of(parameter)).join(", ")})`;
      },
      () => `<${type}>(${this.pick(["near", "far"])}.get(${of("i32")}) % 97)`,
      () => `<${type}>(text(${of("i32")}).length)`,
      () => this.combined(type, of),
      () => this.combined(type, of),
    ])();
  }

  private combined(type: Type, of: (type?: Type) => string): string {
    if (type === "bool") {
      const compared = this.pick(types);
      const comparison = `(${of(compared)} ${this.pick(["<", ">=", "=="])} ${of(compared)})`;
      return this.pick([comparison, `(${of()} && ${of()})`, `(${of()} || ${of()})`, `!${of()}`]);
    }
    if (type === "f32" || type === "f64") return `<${type}>tame(${of()} ${this.pick(["+", "-", "*"])} ${of()})`;
    return `<${type}>(${of()} ${this.pick(["+", "-", "*", "^", "&", "|"])} ${of()})`;
  }

  private converted(type: Type, from: Type, depth: number): string {
    const text = this.expression(from, depth);
    return from.startsWith("f") ? `<${type}>whole(${text})` : `<${type}>(${text})`;
  }

  private leaf(type: Type): string {
    const known = this.variables.filter((variable) => variable.type === type);
    return this.pick([
      () => `<${type}>pause()`,
      () => (type === "i32" ? "(global += pause())" : this.constant(type)),
      () => (known.length > 0 ? this.pick(known).name : this.constant(type)),
      () => (known.length > 0 ? this.pick(known).name : `<${type}>pause()`),
    ])();
  }

  private constant(type: Type): string {
    return `<${type}>${this.random.below(type === "bool" ? 2 : 200)}`;
  }

  private some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.random.below(most) }, make);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)] as T;
  }
}
