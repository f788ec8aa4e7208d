/** What Binaryen has and its own declarations leave out, or have under other names. */
import type binaryen from "binaryen";

type Expression = binaryen.ExpressionRef;

/** Binaryen, with what changes expressions where they are. */
export type Editor = typeof binaryen & {
  readonly Function: { setBody(func: binaryen.FunctionRef, body: Expression): void };
  readonly Block: {
    getNumChildren(block: Expression): number;
    getChildAt(block: Expression, index: number): Expression;
    setChildAt(block: Expression, index: number, child: Expression): void;
    insertChildAt(block: Expression, index: number, child: Expression): void;
  };
  readonly Call: {
    setTarget(call: Expression, target: string): void;
    removeOperandAt(call: Expression, index: number): void;
    setOperandAt(call: Expression, index: number, operand: Expression): void;
  };
  readonly Store: { setPtr(store: Expression, ptr: Expression): void };
};

/** A module, with its data. */
export type DataModule = binaryen.Module & {
  getNumDataSegments(): number;
  getDataSegmentInfo(segment: binaryen.DataSegmentRef): { offset: number; data: ArrayBuffer; passive: boolean };
};
