import { relative } from "node:path";

/** Exit statuses of the `fata` command, after BSD's sysexits: the tender uses the same numbers. */
export const EXIT_USAGE = 64;
export const EXIT_PROJECT = 65;
export const EXIT_INTERNAL = 70;
/** As a shell has it for a program that Ctrl-C ended. */
export const EXIT_CANCELLED = 130;

/** A line of a file that the user wrote. */
export interface Site {
  /** Absolute path. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The function of "fata/config" that is called there. */
  readonly callee?: string;
}

/** A mistake on the command line. */
export class UsageError extends Error {}

/** The user was asked something, and does not want to go on. */
export class CancelledError extends Error {}

/** A project that cannot be built: something in config.ts or the files it names is wrong. */
export class ProjectError extends Error {
  readonly site: Site | undefined;

  /**
   * @param message what is wrong and what was expected, in one sentence
   * @param site the line of the user's file that is to be mended
   */
  constructor(message: string, site?: Site) {
    super(message);
    this.site = site;
  }
}

/** `config.ts:3`, as an editor or a terminal can open it from `directory`. */
export function formatSite(site: Site, directory: string = process.cwd()): string {
  const path = relative(directory, site.file) || ".";
  return `${path.length < site.file.length ? path : site.file}:${site.line}`;
}
