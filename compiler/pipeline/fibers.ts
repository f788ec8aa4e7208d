/**
 * Fibers: has each function that can wait return to the scheduler, and go on where it was when it is called again.
 *
 * `fiberSuspend` of runtime/sched/switch.ts sets `resumeAt` to another number than 0. Each function that called it, or called
 * one that did, sees that behind the call, puts a frame behind the ones before and returns. A frame is a word that is
 * the number of the call, and the locals whose values are used after any such call:
 *
 *     u32 number of the call, from 1 on in the order of the function's text
 *     locals, 4 or 8 octets each
 *
 * `fiberResume` has the function at the bottom called again with `resumeAt` set. A function that finds it so takes its frame
 * back, sets `resumeAt` to the number there and goes to the call, past everything else: into the loops, blocks and arms that
 * hold it. The last one calls `fiberSuspend` again, which sets `resumeAt` to 0, and all go on.
 *
 * This is what Binaryen's Asyncify does, which asks before each piece of a function whether it is to be run, and saves
 * the operands of calls as well: it cost a web server's image 4 kB more.
 */
import type binaryen from "binaryen";
import type { Editor } from "./binaryen.ts";
import { liveAfterCalls } from "./liveness.ts";
import { type Info, Tree } from "./tree.ts";

type Expression = binaryen.ExpressionRef;

const SWITCH = "~lib/fata/sched/switch";
/** What suspends the fiber that calls it. */
export const SUSPEND = `${SWITCH}/fiberSuspend`;
/** Where suspending ends: what calls this is not suspended itself. */
export const RESUME = `${SWITCH}/fiberResume`;
/** Globals: see above; the address where the next frame goes. */
const [RESUME_AT, FRAMES_END] = [`${SWITCH}/resumeAt`, `${SWITCH}/framesEnd`];
/** Octets of a word. */
const WORD = 4;
/** The label of what leaves a function with the number of a call. */
const LEAVE = "suspended";
/** From here on it is shorter to count the places that `br_table` knows from the first one. */
const FAR = 4;

/** Expressions that neither trap nor change anything. */
const VALUES: ReadonlySet<string> = new Set(["LocalGet", "GlobalGet", "Const"]);

/** Gives functions that can wait what they need for it. @param waiting their names */
export function makeResumable(module: binaryen.Module, instance: typeof binaryen, waiting: ReadonlySet<string>): void {
  for (const name of waiting) {
    if (name === SUSPEND || name === RESUME || !module.getFunction(name)) continue;
    // A call stands alone from then on, or is what a local is set to, and conditions are locals.
    module.runPassesOnFunction(name, ["flatten", "dce", "simplify-locals-nonesting", "merge-blocks", "vacuum"]);
    new Resumable(module, instance as Editor, name, waiting).make();
  }
}

/** What a function saves, behind the number of the call. */
interface Frame {
  readonly fields: readonly Field[];
  /** Octets, the number's included. */
  readonly size: number;
}

interface Field {
  readonly local: number;
  readonly kind: Kind;
  /** Octets from the beginning of the frame. */
  readonly at: number;
}

type Kind = "i32" | "i64" | "f32" | "f64";

class Resumable {
  private readonly tree: Tree;
  /** Calls met so far. */
  private calls = 0;
  private labels = 0;

  constructor(
    private readonly module: binaryen.Module,
    private readonly instance: Editor,
    private readonly name: string,
    private readonly waiting: ReadonlySet<string>,
  ) {
    this.tree = new Tree(instance);
  }

  make(): void {
    const { module, instance, tree } = this;
    const func = module.getFunction(this.name);
    const { body, params, results, vars } = instance.getFunctionInfo(func);
    const types = [...instance.expandType(params), ...vars];
    const kept = liveAfterCalls(tree, body, (call) => this.waits(call));
    const frame = this.layOut(kept, types);
    const whole = instance.getExpressionType(body);
    const done = whole === instance.none ? [module.return()] : [];
    const statements = this.list([
      whole === instance.none || whole === instance.unreachable ? body : module.return(body),
    ]);
    if (this.calls === 0) return;
    const number = module.block(LEAVE, [...statements, ...done], instance.i32);
    const all = [
      this.restore(frame),
      module.global.set(RESUME_AT, number),
      ...this.save(frame),
      ...(results === instance.none ? [] : [this.zero(results)]),
    ];
    instance.Function.setBody(func, module.block(null, all, results));
  }

  private layOut(locals: readonly number[], types: readonly binaryen.Type[]): Frame {
    let size = WORD;
    const fields = locals.map((local) => {
      const kind = this.kindOf(types[local]);
      const at = size;
      size += kind.endsWith("64") ? 2 * WORD : WORD;
      return { local, kind, at };
    });
    return { fields, size };
  }

  /** Takes the frame back, when the fiber goes on. */
  private restore({ fields, size }: Frame): Expression {
    const { module } = this;
    return module.if(
      this.resumeAt(),
      module.block(null, [
        module.global.set(FRAMES_END, module.i32.sub(this.framesEnd(), module.i32.const(size))),
        module.global.set(RESUME_AT, module.i32.load(0, WORD, this.framesEnd())),
        ...fields.map(({ local, kind, at }) => module.local.set(local, module[kind].load(at, WORD, this.framesEnd()))),
      ]),
    );
  }

  private save({ fields, size }: Frame): Expression[] {
    const { module } = this;
    return [
      module.i32.store(0, WORD, this.framesEnd(), this.resumeAt()),
      ...fields.map(({ local, kind, at }) =>
        module[kind].store(at, WORD, this.framesEnd(), module.local.get(local, this.instance[kind])),
      ),
      module.global.set(FRAMES_END, module.i32.add(this.framesEnd(), module.i32.const(size))),
    ];
  }

  /** Expressions one behind the other. Where the fiber goes on, what lies before the one that holds the place is skipped. */
  private list(expressions: readonly Expression[]): Expression[] {
    const { module } = this;
    const places = expressions.flatMap((expression, index) => (this.holdsWait(expression) ? [index] : []));
    const [first, ...others] = places;
    if (first === undefined) return [...expressions];
    const before = expressions.slice(0, first);
    const start = this.calls + 1;
    const parts = places.map((place, n) => {
      const made = this.expression(expressions[place] as Expression);
      return { label: this.label(), last: this.calls, all: [made, ...expressions.slice(place + 1, places[n + 1])] };
    });
    if (others.length === 0) {
      const label = this.label();
      const skipped = before.length === 0 ? [] : [module.block(label, [module.br(label, this.resumeAt()), ...before])];
      return [...skipped, ...(parts[0]?.all ?? [])];
    }
    const normal = before.length === 0 ? (parts[0]?.label ?? "") : this.label();
    const jump = this.jump(start, normal, parts);
    let all = before.length === 0 ? [jump] : [module.block(normal, [jump]), ...before];
    for (const part of parts) all = [module.block(part.label, all), ...part.all];
    return all;
  }

  /** Goes to the part that the number lies in; numbers begin with `start`. */
  private jump(start: number, normal: string, parts: readonly { label: string; last: number }[]): Expression {
    const { module } = this;
    const labels = Array<string>(start).fill(normal);
    for (const { label, last } of parts) while (labels.length <= last) labels.push(label);
    if (start >= FAR)
      return module.switch(labels.slice(start), normal, module.i32.sub(this.resumeAt(), module.i32.const(start)));
    const rest = parts.at(-1)?.label ?? normal;
    return module.switch(labels.slice(0, labels.indexOf(rest)), rest, this.resumeAt());
  }

  /** An expression that holds a place to go on at, made so that one gets there. */
  private expression(expression: Expression): Expression {
    const { module, tree } = this;
    const info = tree.info(expression);
    switch (tree.kind(info)) {
      case "Block":
        return module.block(info["name"] as string | null, this.list(info["children"] as Expression[]));
      case "Loop":
        return module.loop(info["name"] as string, this.one(info["body"] as Expression));
      case "If":
        return this.choice(info);
      case "Call":
      case "LocalSet":
      case "Drop": {
        if (!this.standsAlone(expression)) throw new Error(`${this.name} waits within an expression`);
        this.calls++;
        const leave = module.br(LEAVE, this.resumeAt(), module.i32.const(this.calls));
        return module.block(null, [expression, module.drop(leave)]);
      }
      default:
        throw new Error(`${this.name} waits in an expression that is not known, ${tree.kind(info)}`);
    }
  }

  private one(expression: Expression): Expression {
    return this.module.block(null, this.list([expression]));
  }

  private choice(info: Info): Expression {
    const { module } = this;
    const { i32 } = module;
    const [condition, ifTrue, ifFalse] = ["condition", "ifTrue", "ifFalse"].map((field) => info[field] as Expression);
    if (!condition || !ifTrue) throw new Error("an if without a condition");
    if (!this.isCondition(condition)) throw new Error(`${this.name} computes something in a condition around a wait`);
    if (!ifFalse || !this.holdsWait(ifFalse))
      return module.if(i32.or(condition, this.resumeAt()), this.one(ifTrue), ifFalse || undefined);
    if (!this.holdsWait(ifTrue))
      return module.if(i32.or(i32.eqz(condition), this.resumeAt()), this.one(ifFalse), ifTrue);
    const made = this.one(ifTrue);
    const isTrue = i32.le_u(this.resumeAt(), i32.const(this.calls));
    return module.if(module.select(this.resumeAt(), isTrue, condition), made, this.one(ifFalse));
  }

  private holdsWait(expression: Expression): boolean {
    return this.waits(expression) || this.tree.childrenOf(expression).some((child) => this.holdsWait(child));
  }

  /**
   * Whether it is a call, or what a local is set to by one, of values that are there already: it is run again where the
   * fiber goes on, without the locals that are not used afterwards, so it may do nothing else.
   */
  private standsAlone(expression: Expression): boolean {
    const { tree } = this;
    const info = tree.info(expression);
    if (tree.kind(info) !== "Call") return this.standsAlone(info["value"] as Expression);
    return this.waits(expression) && tree.childrenOf(expression).every((operand) => this.isValue(operand));
  }

  /** Whether it only gives a value, whatever locals hold. */
  private isValue(expression: Expression): boolean {
    return VALUES.has(this.tree.kindOf(expression) ?? "");
  }

  /** Whether it is a value or asks whether one is 0, as Binaryen writes an `if` of which it has turned the arms round. */
  private isCondition(expression: Expression): boolean {
    const info = this.tree.info(expression);
    const asksForZero = this.tree.kind(info) === "Unary" && info["op"] === this.instance.EqZInt32;
    return this.isValue(asksForZero ? (info["value"] as Expression) : expression);
  }

  private waits(expression: Expression): boolean {
    const info = this.tree.info(expression);
    return this.tree.kind(info) === "Call" && this.waiting.has(info["target"] as string);
  }

  private label(): string {
    return `resume${++this.labels}`;
  }

  private resumeAt(): Expression {
    return this.module.global.get(RESUME_AT, this.instance.i32);
  }

  private framesEnd(): Expression {
    return this.module.global.get(FRAMES_END, this.instance.i32);
  }

  private kindOf(type: binaryen.Type | undefined): Kind {
    const { i32, i64, f32, f64 } = this.instance;
    const kinds: readonly (readonly [binaryen.Type, Kind])[] = [
      [i32, "i32"],
      [i64, "i64"],
      [f32, "f32"],
      [f64, "f64"],
    ];
    const found = kinds.find(([known]) => known === type);
    if (!found) throw new Error(`${this.name} waits and has a value of a type that cannot be saved`);
    return found[1];
  }

  /** What a function returns that is not done: nobody looks at it. */
  private zero(type: binaryen.Type): Expression {
    const { module } = this;
    const kind = this.kindOf(type);
    return kind === "i64" ? module.i64.const(0n) : module[kind].const(0);
  }
}
