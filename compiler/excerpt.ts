import { readFileSync, statSync } from "node:fs";
import type { Site } from "./errors.ts";

/** The line of a site, with a caret under one of its columns, which are counted from 0: like asc's. */
export function excerpt(site: Site, column: number): string {
  const text = lineOf(site) ?? "";
  const indent = text.slice(0, column).replace(/[^\t]/g, " ");
  return ` ${site.line} │ ${text}\n ${" ".repeat(String(site.line).length)} │ ${indent}^`;
}

/**
 * The line of a site, with a caret under what was called there, or under its first word.
 * @returns undefined where there is no such line
 */
export function excerptOfCall(site: Site): string | undefined {
  const text = lineOf(site);
  if (text === undefined) return undefined;
  const call = site.callee ? text.search(new RegExp(`\\b${site.callee}\\s*[(<]`)) : -1;
  return excerpt(site, call >= 0 ? call : text.search(/\S|$/));
}

/** Characters that a terminal would take for orders are replaced: others may have written the file. */
function lineOf({ file, line }: Site): string | undefined {
  try {
    // A pipe would have to be waited for.
    if (!statSync(file).isFile()) return undefined;
    return readFileSync(file, "utf8")
      .split(/\r?\n/)
      [line - 1]?.replace(/[^\P{Cc}\t]/gu, "\ufffd");
  } catch {
    return undefined;
  }
}
