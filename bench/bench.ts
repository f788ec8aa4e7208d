import type { Ground } from "./ground.ts";
import type { Row } from "./table.ts";

/** One thing to measure. */
export interface Bench {
  /** For `--only`. */
  readonly name: string;
  /**
   * Measures. What is compared is measured in turns, so that all sides see the same machine.
   * @param runs how often, at least 1
   * @throws when it cannot be measured
   */
  measure(ground: Ground, runs: number): Promise<Row[]>;
}
