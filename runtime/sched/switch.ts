/**
 * The switch between the scheduler and a fiber.
 *
 * The compiler (compiler/pipeline/fibers.ts) gives every function from which `fiberSuspend` can be reached, except the one that
 * resumes, what it needs to return to the scheduler, and to go on when it is called again. It keeps these three functions from
 * being inlined: `fiberResume`, the lowest, which does not return so; `fiberEntry`, the lowest that does; and
 * `fiberSuspend`, the topmost.
 *
 * The frames of each fiber are put into one area and then copied out, so a sleeping fiber costs as much as its frames are long.
 */

import { Fiber, FiberState, setRunning } from "./fiber";
import { areaStart, Frames } from "./frames";

/** Most bytes of frames that a fiber may have when it waits. */
const FRAMES_MAX: usize = 64 * 1024;

/**
 * 0 while code runs as it is written. Another number while functions return to the scheduler; while a fiber is resumed, it is where
 * the function that was called goes on. The compiler's code sets it too.
 */
let resumeAt: u32 = 0;
/** Where the frames in the area end. The compiler's code moves it as well. */
let framesEnd: usize = 0;

/** Leaves the running fiber; returns when it is resumed. */
export function fiberSuspend(): void {
  if (resumeAt) {
    resumeAt = 0;
    return;
  }
  resumeAt = 1;
  framesEnd = areaStart();
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
    framesEnd = areaStart() + frames.size;
    frames.restore(areaStart());
    resumeAt = 1;
  }
  fiberEntry(fiber);
  if (resumeAt) {
    resumeAt = 0;
    saveFrames(fiber);
  } else {
    fiber._finish();
  }
  setRunning(null);
}

function saveFrames(fiber: Fiber): void {
  const size = framesEnd - areaStart();
  assert(size <= FRAMES_MAX, "fiber stack exhausted");
  let frames = fiber._frames;
  if (!frames || frames.room < size) {
    frames = Frames.allocate(size);
    fiber._frames = frames;
  }
  frames.save(areaStart(), size);
}
