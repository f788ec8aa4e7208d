/**
 * Time. The tender gives each step the time; protocols use that, so that a recorded run replays exactly.
 */
import { clock_monotonic } from "../abi/tender";

let stepNow: u64 = 0;
let stepWall: u64 = 0;

/** Nanoseconds since the image started, as of this step. Counts while the host sleeps; never goes back. */
export function now(): u64 {
  return stepNow;
}

/** Unix time in nanoseconds, as of this step: for display and certificates only, it may jump. */
export function wallNow(): u64 {
  return stepWall;
}

/** `now`'s clock read afresh (a hypercall): for measuring inside a step. */
export function measure(): u64 {
  return clock_monotonic();
}

/** For the scheduler's loop only: sets the time of the step that begins. */
export function setTime(now: u64, wall: u64): void {
  stepNow = now;
  stepWall = wall;
}
