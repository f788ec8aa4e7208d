/** Expressions as Binaryen holds them, and what each holds. */
import type binaryen from "binaryen";

type Expression = binaryen.ExpressionRef;

/** What an expression holds, by its kind's name: the kinds that asc and Binaryen make with the features of asconfig.json. */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  Block: ["children"],
  If: ["condition", "ifTrue", "ifFalse"],
  Loop: ["body"],
  Break: ["condition", "value"],
  Switch: ["condition", "value"],
  Call: ["operands"],
  CallIndirect: ["target", "operands"],
  LocalGet: [],
  LocalSet: ["value"],
  GlobalGet: [],
  GlobalSet: ["value"],
  Load: ["ptr"],
  Store: ["ptr", "value"],
  Const: [],
  Unary: ["value"],
  Binary: ["left", "right"],
  Select: ["condition", "ifTrue", "ifFalse"],
  Drop: ["value"],
  Return: ["value"],
  MemorySize: [],
  MemoryGrow: ["delta"],
  MemoryCopy: ["dest", "source", "size"],
  MemoryFill: ["dest", "value", "size"],
  Nop: [],
  Unreachable: [],
};

/** An expression as Binaryen tells it: the fields depend on its kind. */
export type Info = Readonly<Record<string, unknown>> & { readonly id: number };

/** Reads expressions. */
export class Tree {
  private readonly kinds = new Map<number, string>();

  constructor(private readonly instance: typeof binaryen) {
    const ids = instance as unknown as Record<string, number>;
    for (const name of Object.keys(CHILDREN)) this.kinds.set(ids[`${name}Id`] ?? -1, name);
  }

  /** Binaryen tells nothing more of kinds that hold nothing. */
  info(expression: Expression): Info {
    const id = this.instance.getExpressionId(expression);
    const kind = this.kinds.get(id);
    if (kind === undefined) throw new Error(`Binaryen has made an expression of a kind that is not known, ${id}`);
    if (kind === "Nop" || kind === "Unreachable") return { id };
    return this.instance.getExpressionInfo(expression) as unknown as Info;
  }

  /** The name of its kind. */
  kind(info: Info): string | undefined {
    return this.kinds.get(info.id);
  }

  kindOf(expression: Expression): string | undefined {
    return this.kind(this.info(expression));
  }

  /** What an expression holds. */
  childrenOf(expression: Expression): Expression[] {
    return this.heldBy(this.info(expression));
  }

  private heldBy(info: Info): Expression[] {
    const fields = CHILDREN[this.kind(info) ?? ""] ?? [];
    return fields.flatMap((field) => (info[field] ?? []) as Expression | Expression[]).filter((child) => child !== 0);
  }

  /** Tells of each expression of all functions. */
  each(module: binaryen.Module, told: (expression: Expression, info: Info) => void): void {
    const pending: Expression[] = [];
    for (let i = 0; i < module.getNumFunctions(); i++)
      pending.push(this.instance.getFunctionInfo(module.getFunctionByIndex(i)).body);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next === 0) continue;
      const info = this.info(next);
      told(next, info);
      pending.push(...this.heldBy(info));
    }
  }
}
