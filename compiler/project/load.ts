import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { Registration } from "../config/register.ts";
import { formatSite, ProjectError, UsageError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { isFolder, shown } from "../output.ts";
import { explain } from "./explain.ts";

/** A project as config.ts describes it. */
export interface Project {
  /** Absolute. */
  readonly directory: string;
  readonly registration: Registration;
  /** The version in the project's own package.json. */
  readonly version: string;
}

/**
 * Runs config.ts.
 * @param directory the project's folder, absolute
 * @param timeLimitMs how long config.ts may run
 * @throws UsageError when the folder is no project, ProjectError when config.ts is wrong
 */
export async function loadProject(directory: string, timeLimitMs: number = TIME_LIMIT_MS): Promise<Project> {
  const config = findConfig(directory);
  const registration = await runConfig(config, timeLimitMs);
  return { directory, registration, version: versionOf(directory) };
}

/**
 * Checks that the modules are there which the devices and jobs of the image are made by.
 * @throws ProjectError with the line that names one that is not
 */
export function checkModules(graph: Graph, directory: string): void {
  for (const { recipe, kind, site } of [...graph.jobs, ...graph.devices]) {
    if (!recipe.module) continue;
    const file = resolve(directory, recipe.module.file);
    const class_ = `${kind === "job" ? "a" : "the"} class ${recipe.className}`;
    const wrong = !existsSync(file) ? "there is no" : isFolder(file) ? "a folder is" : undefined;
    if (wrong) throw new ProjectError(`${wrong} ${shown(file)}; expected a module with ${class_}`, site);
  }
}

function findConfig(directory: string): string {
  const path = relative(process.cwd(), directory) || ".";
  if (!isFolder(directory)) throw new UsageError(`there is no folder ${path}; name a project's folder: fata build DIR`);
  const config = join(directory, "config.ts");
  if (existsSync(config)) return config;
  const mend = path === "." ? "name a project's folder: fata build DIR" : "a project's folder holds one";
  throw new UsageError(`there is no config.ts in ${path === "." ? "this folder" : path}; ${mend}`);
}

/** How long config.ts may run. */
const TIME_LIMIT_MS = 10_000;

async function runConfig(config: string, timeLimitMs: number): Promise<Registration> {
  const [{ createJiti }, language] = await Promise.all([import("jiti"), import("../config/index.ts")]);
  const jiti = createJiti(config, {
    // A cache would lie in node_modules or in /tmp, where others may write, to save a tenth of a second.
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    // This very instance, wherever the project lies: what it makes is recognised by its classes.
    virtualModules: { "fata/config": language },
  });
  let exports: Record<string, unknown>;
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => {
    rejections.push(reason);
  };
  process.on("unhandledRejection", note);
  const { exit } = process;
  process.exit = () => {
    throw new Error("config.ts ends the process; it only describes the image");
  };
  try {
    exports = await limited(() => jiti(config), timeLimitMs);
    if (rejections.length > 0) throw rejections[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new ProjectError(
        `${shown(config)} has not ended within ${timeLimitMs / 1000} s; it only describes the image, and is to do nothing else`,
      );
    throw error instanceof ProjectError ? error : explain(error, dirname(config));
  } finally {
    process.exit = exit;
    process.off("unhandledRejection", note);
  }
  const found = exports["default"];
  if (found instanceof Registration) return found;
  const what = "default" in exports ? "its default export is no registration" : "it has no default export";
  throw new ProjectError(
    `${formatSite({ file: config, line: 1 })}: ${what}; expected export default register("NAME", unikernel(...)(...))`,
  );
}

/**
 * Calls a function, and what it left to promises; Node tells of those that are rejected when both are done.
 * @throws what the function throws; an Error of code ERR_SCRIPT_EXECUTION_TIMEOUT when it takes too long
 */
function limited<T>(work: () => T, timeLimitMs: number): Promise<T> {
  const run = () => {
    const result = work();
    // Not documented, but the one way to have promises continue here, where they can be stopped. Where it is missing, a
    // loop behind an await goes on until Ctrl-C.
    (process as { _tickCallback?: () => void })._tickCallback?.();
    return result;
  };
  return new Promise((done, fail) => {
    // Promises do not continue within the continuation of one, as which this would run otherwise.
    setImmediate(() => {
      try {
        // What is called from a script of node:vm can be stopped, and only there.
        done(runInNewContext("run()", { run }, { timeout: timeLimitMs, displayErrors: false }));
      } catch (error) {
        fail(error);
      }
    });
  });
}

function versionOf(directory: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return typeof version === "string" && version.length <= 64 ? version : "0.0.0";
  } catch {
    return "0.0.0"; // no package.json: examples and small projects have none
  }
}
