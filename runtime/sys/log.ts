/**
 * The log. A line names its time, level and source, as in MirageOS:
 *
 *     2026-11-21T07:35:00Z: [INFO] [application] hello
 *
 * Below that it is the console: no string is built for a line. What would be costly to say at a level that is off, a
 * caller guards with `enabled`. The image argument `--logs` (the tender checks its form) is read when the first line is
 * due, so that nothing of this is in an image that logs nothing.
 */

import { findUnit, unitAt } from "../base/characters";
import { badArgument, stringArgument } from "./args";
import { putTime } from "./calendar";
import { wallNow } from "./clock";
import { flushConsole, putCharacter, putText, putVisible } from "./console";

/** Nothing is logged. */
export const LEVEL_QUIET: i32 = 0;
/** Something that should work does not. */
export const LEVEL_ERROR: i32 = 1;
/** It goes on, but somebody should look. */
export const LEVEL_WARNING: i32 = 2;
/** The course of things; the default. */
export const LEVEL_INFO: i32 = 3;
/** For developers: each packet, each decision. */
export const LEVEL_DEBUG: i32 = 4;

/** The levels asked for; empty until somebody asks. */
let levels: string = "";
/** Counts the changes of `levels`. */
let changes: u32 = 0;

/** Takes the lines of the log, besides the console. */
export abstract class LogSink {
  /** Takes a line that was shown; must not suspend. @param level LEVEL_ERROR to LEVEL_DEBUG */
  abstract line(level: i32, source: string, text: string): void;
}

let sink: LogSink | null = null;

/** Sets what takes the lines of the log from now on, besides the console. */
export function setLogSink(to: LogSink): void {
  sink = to;
}

/** Where log lines come from: a part of the system with a name and a level of its own. */
export class LogSource {
  private level: i32 = LEVEL_QUIET;
  /** The value of `changes` that `level` goes with. */
  private asOf: u32 = 0;

  /** @param name shown in each line, and used to set the level (`-l NAME:debug`) */
  constructor(private name: string) {}

  /** Whether lines of a level (LEVEL_*) are shown. */
  enabled(level: i32): bool {
    if (!changes) setLevels(stringArgument("logs", "info"));
    if (this.asOf != changes) {
      this.asOf = changes;
      this.level = levelOf(levels, this.name);
    }
    return level <= this.level;
  }

  error(text: string): void {
    this.write(LEVEL_ERROR, "ERROR", text);
  }

  warning(text: string): void {
    this.write(LEVEL_WARNING, "WARNING", text);
  }

  info(text: string): void {
    this.write(LEVEL_INFO, "INFO", text);
  }

  debug(text: string): void {
    this.write(LEVEL_DEBUG, "DEBUG", text);
  }

  private write(level: i32, label: string, text: string): void {
    if (!this.enabled(level)) return;
    putTime(wallNow() / 1000000000);
    putText(": [");
    putText(label);
    putText("] [");
    putText(this.name);
    putText("] ");
    putVisible(text);
    putCharacter(0x0a);
    flushConsole();
    const also = sink;
    if (also) also.line(level, this.name, text);
  }
}

/** The application's own log. */
export const log = new LogSource("application");

/**
 * Sets the levels of all sources, those of later too. A malformed text ends the image with one line and status 64.
 * @param spec levels and SOURCE:LEVEL with commas between, for example "warning,arp:debug"; a level alone, or `*:LEVEL`,
 * is for the sources that are not named, and the last word on a source counts
 */
export function setLevels(spec: string): void {
  if (levelOf(spec, "") < 0) {
    const expected =
      "a list of log levels; expected quiet, error, warning, info, debug or SOURCE:LEVEL, as in info,arp:debug";
    badArgument("logs", spec, expected);
  }
  levels = spec;
  changes++;
}

/** The level that `spec` gives to the source `name`, or -1 when it is malformed. */
function levelOf(spec: string, name: string): i32 {
  let general = LEVEL_INFO;
  let own: i32 = -1;
  let start = 0;
  do {
    const end = findUnit(spec, 0x2c, start, spec.length);
    const colon = findUnit(spec, 0x3a, start, end);
    const level = levelNamed(spec, colon < end ? colon + 1 : start, end);
    if (level < 0 || colon == start) return -1;
    if (colon == end || isWord("*", spec, start, colon)) general = level;
    else if (isWord(name, spec, start, colon)) own = level;
    start = end + 1;
  } while (start <= spec.length);
  return own < 0 ? general : own;
}

function levelNamed(spec: string, start: i32, end: i32): i32 {
  if (isWord("quiet", spec, start, end)) return LEVEL_QUIET;
  if (isWord("error", spec, start, end)) return LEVEL_ERROR;
  if (isWord("warning", spec, start, end)) return LEVEL_WARNING;
  if (isWord("info", spec, start, end)) return LEVEL_INFO;
  if (isWord("debug", spec, start, end)) return LEVEL_DEBUG;
  return -1;
}

/** Whether `text` between `start` and `end` is `word`. */
function isWord(word: string, text: string, start: i32, end: i32): bool {
  if (end - start != word.length) return false;
  for (let i = start; i < end; i++) {
    if (unitAt(text, i) != unitAt(word, i - start)) return false;
  }
  return true;
}
