/**
 * The switch between the scheduler and a fiber.
 *
 * Asyncify instruments every function from which `start_unwind` can be reached, except the one that stops unwinding.
 * The compiler keeps these three functions from being inlined: `fiberResume`, the lowest, which is not instrumented;
 * `fiberEntry`, the lowest that is; and `fiberSuspend`, the topmost.
 *
 * All fibers unwind into one area and are then copied out, so a sleeping fiber costs as much as its frames are long.
 */

import { start_rewind, start_unwind, stop_rewind, stop_unwind } from "./asyncify";
import { Fiber, FiberState, setRunning } from "./fiber";
import { areaEnd, areaStart, Frames } from "./frames";

/** Most bytes of frames that a fiber may have when it waits. */
const FRAMES_MAX: usize = 64 * 1024;

/** The area begins with Asyncify's structure: u32 the end of the frames, u32 the end of the area. Behind it are the frames. */
const HEAD: usize = 16;

enum Mode {
  Normal,
  Unwinding,
  Rewinding,
}

let mode = Mode.Normal;

/** Leaves the running fiber; returns when it is resumed. */
export function fiberSuspend(): void {
  if (mode == Mode.Rewinding) {
    mode = Mode.Normal;
    stop_rewind();
    return;
  }
  mode = Mode.Unwinding;
  setArea(areaStart() + HEAD);
  start_unwind(areaStart());
}

function fiberEntry(fiber: Fiber): void {
  fiber.run();
}

/** Runs a fiber until it waits or ends. To be called with no fiber on the stack. */
export function fiberResume(fiber: Fiber): void {
  setRunning(fiber);
  fiber._state = FiberState.Running;
  const frames = fiber._frames;
  if (frames) {
    setArea(areaStart() + HEAD + frames.size);
    frames.restore(areaStart() + HEAD);
    mode = Mode.Rewinding;
    start_rewind(areaStart());
  }
  fiberEntry(fiber);
  if (mode == Mode.Unwinding) {
    mode = Mode.Normal;
    saveFrames(fiber);
    stop_unwind();
  } else {
    fiber._finish();
  }
  setRunning(null);
}

function setArea(end: usize): void {
  store<usize>(areaStart(), end);
  store<usize>(areaStart() + sizeof<usize>(), areaEnd());
}

function saveFrames(fiber: Fiber): void {
  const size = load<usize>(areaStart()) - (areaStart() + HEAD);
  assert(size <= FRAMES_MAX, "fiber stack exhausted");
  let frames = fiber._frames;
  if (!frames || frames.room < size) {
    frames = Frames.allocate(size);
    fiber._frames = frames;
  }
  frames.save(areaStart() + HEAD, size);
}
