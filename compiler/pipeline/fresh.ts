/**
 * asc writes zeros to the fields of a new object, which memory the collector has just filled with zeros, and asks whether
 * there is an object at all. Binaryen cannot know better; here both are taken away. It makes up 4 % of an image.
 */
import type binaryen from "binaryen";
import type { Editor } from "./binaryen.ts";
import { type Info, Tree } from "./tree.ts";

type Expression = binaryen.ExpressionRef;

/** The function that makes objects: zeroed, and never 0. */
const NEW = "~lib/rt/tcms/__new";

/** Removes what is done twice to new objects. To be called between two optimisations. */
export function trustNew(module: binaryen.Module, instance: typeof binaryen): void {
  new FreshObjects(module, instance as Editor).run();
}

class FreshObjects {
  private readonly tree: Tree;

  constructor(
    private readonly module: binaryen.Module,
    private readonly instance: Editor,
  ) {
    this.tree = new Tree(instance);
  }

  run(): void {
    for (let i = 0; i < this.module.getNumFunctions(); i++) {
      const { body } = this.instance.getFunctionInfo(this.module.getFunctionByIndex(i));
      if (body) this.visit(body);
    }
  }

  /** Finds the blocks in an expression. */
  private visit(expression: Expression): void {
    if (this.tree.kindOf(expression) === "Block") this.tidy(expression);
    for (const child of this.tree.childrenOf(expression)) this.visit(child);
  }

  /** Tidies what stands in a block, one expression behind the other. */
  private tidy(block: Expression): void {
    const { Block } = this.instance;
    for (let i = 0; i < Block.getNumChildren(block); i++) {
      const local = this.made(block, i);
      if (local !== undefined) this.removeZeros(block, i + 1, local);
    }
  }

  /** The local that is set to a new object at a place, which is made the only thing that happens there. */
  private made(block: Expression, index: number): number | undefined {
    const { Block } = this.instance;
    const statement = Block.getChildAt(block, index);
    const info = this.tree.info(statement);
    const kind = this.tree.kind(info);
    if (kind === "LocalSet") return this.isNew(info["value"] as Expression) ? (info["index"] as number) : undefined;
    if (kind === "Store") {
      // The first store may hold the making of the object.
      const tee = this.newTee(info["ptr"] as Expression);
      if (tee === undefined) return undefined;
      this.instance.Store.setPtr(statement, this.module.local.get(tee.index, this.instance.i32));
      Block.insertChildAt(block, index, this.module.local.set(tee.index, tee.value));
      return tee.index;
    }
    if (kind !== "If" || info["ifFalse"]) return undefined;
    // if (!(local = __new())) ...
    const condition = this.tree.info(info["condition"] as Expression);
    if (this.tree.kind(condition) !== "Unary" || condition["op"] !== this.instance.EqZInt32) return undefined;
    const tee = this.newTee(condition["value"] as Expression);
    if (tee === undefined) return undefined;
    Block.setChildAt(block, index, this.module.local.set(tee.index, tee.value));
    return tee.index;
  }

  private newTee(expression: Expression): { index: number; value: Expression } | undefined {
    const info = this.tree.info(expression);
    const value = info["value"] as Expression;
    if (this.tree.kind(info) !== "LocalSet" || !this.isNew(value)) return undefined;
    return { index: info["index"] as number, value };
  }

  private isNew(expression: Expression): boolean {
    const info = this.tree.info(expression);
    return this.tree.kind(info) === "Call" && info["target"] === NEW;
  }

  /** Removes stores of zero to an object from a place on, until somebody else may know it. */
  private removeZeros(block: Expression, from: number, local: number): void {
    const { Block } = this.instance;
    const written = new Set<number>();
    for (let i = from; i < Block.getNumChildren(block); i++) {
      const statement = Block.getChildAt(block, i);
      const info = this.tree.info(statement);
      const value = info["value"] as Expression;
      if (this.asksForNone(info, local)) {
        Block.setChildAt(block, i, this.module.nop());
        continue;
      }
      if (this.tree.kind(info) !== "Store" || !this.isLocal(info["ptr"] as Expression, local)) {
        if (this.mentions(statement, local)) return;
        continue;
      }
      if (this.mentions(value, local)) return;
      const octets = Array.from({ length: info["bytes"] as number }, (_, n) => (info["offset"] as number) + n);
      if (this.isZero(value) && !octets.some((octet) => written.has(octet)))
        Block.setChildAt(block, i, this.module.nop());
      else for (const octet of octets) written.add(octet);
    }
  }

  /** Whether this happens only where there is no object: if (!local) ... */
  private asksForNone(info: Info, local: number): boolean {
    if (this.tree.kind(info) !== "If" || info["ifFalse"]) return false;
    const condition = this.tree.info(info["condition"] as Expression);
    const negated = this.tree.kind(condition) === "Unary" && condition["op"] === this.instance.EqZInt32;
    return negated && this.isLocal(condition["value"] as Expression, local);
  }

  private isLocal(expression: Expression, local: number): boolean {
    return this.tree.kindOf(expression) === "LocalGet" && this.tree.info(expression)["index"] === local;
  }

  private isZero(expression: Expression): boolean {
    if (this.tree.kindOf(expression) !== "Const") return false;
    const value = this.tree.info(expression)["value"];
    if (typeof value === "object") return Object.values(value as object).every((part) => part === 0);
    return Object.is(value, 0) || value === 0n;
  }

  /** Whether an expression reads or sets a local. */
  private mentions(expression: Expression, local: number): boolean {
    const kind = this.tree.kindOf(expression);
    if ((kind === "LocalGet" || kind === "LocalSet") && this.tree.info(expression)["index"] === local) return true;
    return this.tree.childrenOf(expression).some((child) => this.mentions(child, local));
  }
}
