/** What a bench has measured, and the table at the end. */

export interface Row {
  readonly what: string;
  /** Nothing for a row that is there for information. */
  readonly target?: string;
  readonly measured: string;
  /** The middle half of the runs. */
  readonly spread: string;
  /** Runs behind the row. */
  readonly runs: number;
  readonly met?: boolean;
}

/** A bound on a median. */
export type Limit =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly atLeast: number; readonly atMost: number };

/** The quantile of values, between 0 and 1, by linear interpolation. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new Error("there is no quantile of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** What was measured in turns, each time the one divided by the other. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN));
}

/**
 * The row of a value that was measured several times: its median, against the limit where there is one.
 * @param unit follows the numbers, such as " ms"; "" for a ratio
 * @param digits after the point
 */
export function row(what: string, values: readonly number[], unit: string, digits: number, limit?: Limit): Row {
  const strange = values.find((value) => !Number.isFinite(value));
  if (strange !== undefined) throw new Error(`${what}: ${strange} was measured`);
  const text = (value: number) => value.toFixed(digits);
  const median = quantile(values, 0.5);
  const measured = `${text(median)}${unit}`;
  const spread = values.length > 1 ? `${text(quantile(values, 0.25))} to ${text(quantile(values, 0.75))}` : "";
  const runs = values.length;
  if (!limit) return { what, measured, spread, runs };
  const atLeast = "atLeast" in limit ? limit.atLeast : -Infinity;
  const atMost = "atMost" in limit ? limit.atMost : Infinity;
  const target = [
    ...(atLeast > -Infinity ? [`at least ${atLeast}${unit}`] : []),
    ...(atMost < Infinity ? [`at most ${atMost}${unit}`] : []),
  ].join(", ");
  return { what, measured, spread, runs, target, met: median >= atLeast && median <= atMost };
}

/** The table as lines of text, columns aligned. */
export function formatTable(rows: readonly Row[]): string {
  const title = ["what", "target", "measured", "middle half", "runs", ""];
  const cells = rows.map((r) => [
    r.what,
    r.target ?? "",
    r.measured,
    r.spread,
    `${r.runs}`,
    r.met === undefined ? "" : r.met ? "met" : "NOT MET",
  ]);
  const all = [title, ...cells];
  const widths = title.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    format(title),
    widths
      .map((width) => "-".repeat(width))
      .join("  ")
      .trimEnd(),
    ...cells.map(format),
  ].join("\n");
}
