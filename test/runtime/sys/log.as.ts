import { setTime } from "fata/sys/clock";
import { LEVEL_DEBUG, LEVEL_ERROR, LEVEL_INFO, LEVEL_WARNING, LogSource, log, setLevels } from "fata/sys/log";

const arp = new LogSource("arp");

export function setWall(wall: u64): void {
  setTime(0, wall);
}

/** One line of each level from each of two sources. */
export function sayAll(): void {
  log.error("1");
  log.warning("2");
  log.info("3");
  log.debug("4");
  arp.error("1");
  arp.warning("2");
  arp.info("3");
  arp.debug("4");
}

/** How far the levels of `arp` reach: 0 (quiet) to 4 (debug). */
export function level(): i32 {
  return (
    i32(arp.enabled(LEVEL_ERROR)) +
    i32(arp.enabled(LEVEL_WARNING)) +
    i32(arp.enabled(LEVEL_INFO)) +
    i32(arp.enabled(LEVEL_DEBUG))
  );
}

/** A text of code units that lie at `ptr`. */
export function say(ptr: usize, units: i32): void {
  log.info(String.UTF16.decodeUnsafe(ptr, units << 1));
}

/** New levels, a text of code units that lie at `ptr`. */
export function change(ptr: usize, units: i32): void {
  setLevels(String.UTF16.decodeUnsafe(ptr, units << 1));
}

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
