/** Random work for a store and its model, the same for the same numbers. */
import fc from "fast-check";
import type { Change, Model, Store } from "./rwstore.ts";

const names = ["a", "b", "c", "d"];
const key = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => `/${part}`).join(""));
/** Lengths around those of chunks (1 KiB on small disks) and of frames. */
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 1023, 1024, 1025, 2048, 4000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
);

export type Step =
  | { readonly kind: "set"; readonly key: string; readonly length: number; readonly seed: number }
  | {
      readonly kind: "setPart";
      readonly key: string;
      readonly at: number;
      readonly length: number;
      readonly seed: number;
    }
  | { readonly kind: "remove"; readonly key: string }
  | { readonly kind: "rename"; readonly key: string; readonly other: string }
  | { readonly kind: "batch"; readonly changes: readonly { key: string; length: number | undefined; seed: number }[] }
  | { readonly kind: "sync" };

const seed = fc.integer({ min: 0, max: 255 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("set" as const), key, length, seed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("setPart" as const), key, at: fc.nat(3000), length, seed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), key, other: key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      changes: fc.array(
        fc.record({ key, length: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }), seed }),
        { maxLength: 6 },
      ),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: "sync" as const }) },
);

/** Bytes that tell where they come from. */
export function filled(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (seed + i * 7 + (i >> 8)) & 255);
}

/** Does a step to both. @returns what both said */
export function perform(step: Step, store: Store, model: Model): { store: number; model: number } {
  switch (step.kind) {
    case "set": {
      const value = filled(step.length, step.seed);
      const said = step.seed % 2 === 0 ? store.set(step.key, value) : store.setFrom(step.key, value);
      return both(said, () => model.set(step.key, value));
    }
    case "setPart": {
      const value = filled(step.length, step.seed);
      return both(store.setPart(step.key, step.at, value), () => model.setPart(step.key, step.at, value));
    }
    case "remove":
      return both(store.remove(step.key), () => model.remove(step.key));
    case "rename":
      return both(store.rename(step.key, step.other), () => model.rename(step.key, step.other));
    case "batch": {
      const changes = step.changes.map(
        ({ key, length, seed }): Change => ({ key, value: length === undefined ? undefined : filled(length, seed) }),
      );
      return both(store.batch(changes), () => model.batch(changes));
    }
    case "sync":
      return both(store.sync(), () => 0);
  }
}

const E_NO_SPACE = -8;

/** What a full store refuses changes nothing. */
function both(store: number, ofModel: () => number): { store: number; model: number } {
  return { store, model: store === E_NO_SPACE ? store : ofModel() };
}

/** Contents in an order, to be compared. */
export function sorted(values: ReadonlyMap<string, Uint8Array>): [string, string][] {
  return [...values].map(([key, value]): [string, string] => [key, Buffer.from(value).toString("latin1")]).sort();
}
