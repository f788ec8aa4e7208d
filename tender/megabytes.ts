/**
 * The memory limit of the command line: --mem=64M.
 */
import { status, TenderError } from "./errors.ts";
import { PAGES_MAX } from "./wasm.ts";

const UNITS: Readonly<Record<string, number>> = { K: 1 / 64, M: 16, G: 16384 };

/**
 * Pages of 64 KiB that a text stands for.
 * @param text digits and K, M or G; a bare number is MiB. Throws a TenderError
 */
export function parseMemory(text: string): number {
  const parts = /^([0-9]{1,12})([KMG]?)$/i.exec(text);
  if (!parts) throw new TenderError(status.usage, `--mem=${text}: expected a size such as 64M, 512K or 1G`);
  const pages = Math.floor(Number(parts[1]) * (UNITS[parts[2]?.toUpperCase() || "M"] ?? 0));
  if (pages < 1) throw new TenderError(status.usage, `--mem=${text} is too small: the least is 64K`);
  if (pages > PAGES_MAX) throw new TenderError(status.usage, `--mem=${text} is too large: the most is 4G`);
  return pages;
}

/** A number of pages as --mem takes it. */
export function formatMemory(pages: number): string {
  return pages % 16 === 0 ? `${pages / 16}M` : `${pages * 64}K`;
}
