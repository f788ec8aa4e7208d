/** Which locals of a function are still wanted at a place (live-variable analysis, backwards over the expressions). */
import type binaryen from "binaryen";
import type { Tree } from "./tree.ts";

type Expression = binaryen.ExpressionRef;
/** A set of locals: bit n stands for local n. */
type Locals = bigint;

/**
 * The locals whose values are used after one of some calls.
 * @param isPlace of a call, whether it is one of them
 */
export function liveAfterCalls(tree: Tree, body: Expression, isPlace: (call: Expression) => boolean): number[] {
  const analysis = new Liveness(tree, isPlace);
  analysis.before(body, 0n);
  const bits = [...analysis.found.toString(2)].reverse();
  return bits.flatMap((bit, local) => (bit === "1" ? [local] : []));
}

class Liveness {
  found: Locals = 0n;
  /** What is live where a branch goes to. */
  private readonly labels = new Map<string, Locals>();

  constructor(
    private readonly tree: Tree,
    private readonly isPlace: (call: Expression) => boolean,
  ) {}

  /** What is live before an expression, from what is live behind it. */
  before(expression: Expression, after: Locals): Locals {
    const { tree } = this;
    const info = tree.info(expression);
    const part = (field: string, live: Locals): Locals =>
      info[field] ? this.before(info[field] as Expression, live) : live;
    const label = (name: unknown): Locals => this.labels.get(name as string) ?? 0n;
    switch (tree.kind(info)) {
      case "Block":
        this.labels.set(info["name"] as string, after);
        return this.beforeAll(info["children"] as Expression[], after);
      case "Loop":
        // Going back may make more live at the end of the body: until nothing new is found.
        for (let live = 0n; ; ) {
          this.labels.set(info["name"] as string, live);
          const found = part("body", after);
          if (found === live) return live;
          live = found;
        }
      case "If":
        return part("condition", part("ifTrue", after) | part("ifFalse", after));
      case "Break":
        return part("value", part("condition", label(info["name"]) | (info["condition"] ? after : 0n)));
      case "Switch": {
        const targets = [...(info["names"] as string[]), info["defaultName"]];
        return part(
          "value",
          part(
            "condition",
            targets.map(label).reduce((all, live) => all | live, 0n),
          ),
        );
      }
      case "Return":
        return part("value", 0n);
      case "Unreachable":
        return 0n;
      case "LocalSet":
        return part("value", after & ~(1n << BigInt(info["index"] as number)));
      case "LocalGet":
        return after | (1n << BigInt(info["index"] as number));
      case "Call":
        if (this.isPlace(expression)) this.found |= after;
        return this.beforeAll(info["operands"] as Expression[], after);
      default:
        return this.beforeAll(tree.childrenOf(expression), after);
    }
  }

  private beforeAll(expressions: readonly Expression[], after: Locals): Locals {
    return expressions.reduceRight((live, expression) => this.before(expression, live), after);
  }
}
