import { boolArgument, i32Argument, stringArgument } from "fata/sys/args";
import { LEVEL_DEBUG, LEVEL_QUIET, LogSource, setLevels } from "fata/sys/log";

const arp = new LogSource("arp");
const other = new LogSource("other");

export function number(): i32 {
  return i32Argument("number", 0);
}

export function port(): i32 {
  return i32Argument("port", 0, 1, 65535);
}

export function truth(): bool {
  return boolArgument("truth", false);
}

/** @returns the levels of `arp` and, times 8, of a source that has no name in the corpus */
export function logs(): i32 {
  setLevels(stringArgument("logs", "info"));
  return levelOf(arp) + 8 * levelOf(other);
}

/** The last level that is shown. */
function levelOf(source: LogSource): i32 {
  let level = LEVEL_QUIET;
  while (level < LEVEL_DEBUG && source.enabled(level + 1)) level++;
  return level;
}
