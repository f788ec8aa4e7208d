import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ProjectError, type Site } from "../errors.ts";
import { excerpt } from "../excerpt.ts";

/**
 * Turns what was thrown while config.ts ran into one message with its file and line.
 * @param error anything: config.ts can throw what it likes
 * @param directory the project's folder
 */
export function explain(error: unknown, directory: string): ProjectError {
  try {
    return explainReadable(error, directory);
  } catch {
    return new ProjectError("config.ts threw something that cannot be shown"); // its own toString has thrown, too
  }
}

function explainReadable(error: unknown, directory: string): ProjectError {
  const syntax = syntaxError(error);
  if (syntax) return syntax;
  if (!(error instanceof Error)) return new ProjectError(`config.ts threw ${String(error)}`);
  if (error instanceof SyntaxError && error.message.startsWith("await is only valid")) return noAwait(directory);
  // jiti calls an imported function as `(0 , _config.network)(...)`.
  const message = (error.message.split("\n", 1)[0] ?? "").replace(/\(0 ?, ?_\w+\.(\w+)\)/g, "$1");
  const name = error.name === "Error" ? "" : `${error.name}: `;
  return new ProjectError(name + message, userSite(error, directory));
}

/** jiti reports a syntax error as `ParseError: WHAT \n FILE:LINE:COLUMN`. */
function syntaxError(error: unknown): ProjectError | undefined {
  if (!(error instanceof Error)) return undefined;
  const match = /^ParseError: (.*?)\s*\n\s*(.+):(\d+):(\d+)\s*$/s.exec(error.message);
  const [, what, file, line, column] = match ?? [];
  if (!file) return undefined;
  const site: Site = { file, line: Number(line) };
  // Like asc's: the line, and a caret under the place.
  return new ProjectError(`${what}\n${excerpt(site, Number(column))}`, site);
}

/** config.ts runs at one go, so that it can be stopped. */
function noAwait(directory: string): ProjectError {
  const file = join(directory, "config.ts");
  const line =
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((text) => /\bawait\b/.test(text)) + 1;
  return new ProjectError("config.ts cannot await anything: what it describes must be there at once", { file, line });
}

/** The innermost line of the project in an error's stack. */
function userSite(error: Error, directory: string): Site | undefined {
  for (const frame of (error.stack ?? "").split("\n")) {
    const match = /(?:at |\()((?:file:\/\/)?\/.*):(\d+):\d+\)?$/.exec(frame);
    if (!match?.[1]) continue;
    const file = match[1].startsWith("file:") ? fileURLToPath(match[1]) : match[1].replace(/^.*\((?=\/)/, "");
    if (file.startsWith(directory + sep) && !file.includes("node_modules")) return { file, line: Number(match[2]) };
  }
  return undefined;
}
