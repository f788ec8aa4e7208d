/** Feeds a target its corpus and then mutations of it, until it fails or time is up. */
import { Random } from "../support/random.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** An input that a target did not stand. */
export class FuzzFailure extends Error {
  constructor(
    readonly target: string,
    readonly input: Uint8Array,
    /** How many inputs were fed before it. */
    readonly after: number,
    cause: unknown,
  ) {
    super(`${target}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * @param corpus at least one input
 * @param seed the same seed feeds the same inputs
 * @param more asked before each mutation with the number of inputs fed so far
 * @returns the number of inputs fed
 */
export async function fuzz(
  target: Target,
  corpus: readonly Uint8Array[],
  seed: number,
  more: (fed: number) => boolean,
): Promise<number> {
  let fed = 0;
  const feed = async (input: Uint8Array): Promise<void> => {
    try {
      await target.feed(input);
    } catch (error) {
      throw new FuzzFailure(target.name, input, fed, error);
    }
    fed++;
  };
  for (const input of corpus) await feed(input);
  const random = new Random(seed);
  while (more(fed)) await feed(mutate(corpus, random));
  return fed;
}
