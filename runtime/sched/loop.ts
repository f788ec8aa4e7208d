/** The scheduler's loop: what the image's exports `start`, `step` and `event` do. */
import { setTime } from "../sys/clock";
import { EVENT_RESTORED, EVENT_STOP } from "../sys/events";
import { reseed } from "../sys/random";
import { collectIfDue } from "./collect";
import { end, exitIfEnded } from "./exit";
import { Fiber, ready } from "./fiber";
import { dispatchEvent, flushSources, pollSources } from "./source";
import { fiberResume } from "./switch";
import { earliest, fireTimers } from "./timer";

/**
 * Most rounds of fibers in a step. In a round each fiber that is ready at its start runs once: a chain of fibers does
 * not cost a crossing to the tender for each, and a busy fiber does not keep devices and timers waiting for long.
 */
const ROUNDS = 8;

let main: Fiber | null = null;
/** Events that wait for the next step: bit n stands for kind n. */
let events: u32 = 0;

/**
 * Starts the image.
 * @param job what the image is for: when it is done, the image ends
 * @param now ns since the image started
 * @param wall Unix time in ns
 * @returns as `step`
 */
export function boot(job: Fiber, now: u64, wall: u64): u64 {
  main = job.spawn();
  return step(now, wall);
}

/**
 * Does a bounded amount of work.
 * @param now ns since the image started
 * @param wall Unix time in ns
 * @returns the time of the next deadline: 0, work is left; the greatest u64, only I/O can wake the image
 */
export function step(now: u64, wall: u64): u64 {
  setTime(now, wall);
  if (events) takeEvents();
  const more = pollSources();
  fireTimers(now);
  // What event handlers, devices and timers have allocated: there need not be a fiber that runs.
  collectIfDue();
  for (let round = 0; round < ROUNDS && !ready.empty; round++) runRound();
  const unsent = flushSources();
  const job = main;
  if (job && job.done) end();
  exitIfEnded();
  return more || unsent || !ready.empty ? 0 : earliest();
}

/** Notes an event (EVENT_* of runtime/abi/tender.ts) for the next step. */
export function event(kind: i32): void {
  events |= 1 << kind;
}

/** Runs each fiber that is ready now once. */
function runRound(): void {
  const last = ready.newest;
  for (;;) {
    const fiber = changetype<Fiber>(ready.shift()); // there is one: `last` is in the queue
    fiberResume(fiber);
    collectIfDue();
    if (fiber === last) return;
  }
}

function takeEvents(): void {
  const taken = events;
  events = 0;
  // Before anybody hears of any event, and could draw a number.
  if (taken & (1 << EVENT_RESTORED)) reseed();
  for (let kind = 1; kind < 32; kind++) {
    if (!(taken & (1 << kind))) continue;
    dispatchEvent(kind);
    if (kind == EVENT_STOP) end();
  }
}
