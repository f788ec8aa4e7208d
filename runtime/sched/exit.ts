/** The end of an image: what is to be done before it leaves. */
import { exit } from "../sys/exit";
import { joinAll } from "./combine";
import { Fiber } from "./fiber";

const hooks: Fiber[] = [];
let ending = false;

/**
 * Has a fiber run before the image ends: when its job is done, or when the tender asks it to stop. The tender waits for
 * hooks for its grace time only.
 */
export function atExit(hook: Fiber): void {
  hooks.push(hook);
}

/** Runs the exit hooks, all at once, then exits with status 0. */
class Ending extends Fiber {
  run(): void {
    for (let i = 0; i < hooks.length; i++) hooks[i].spawn();
    joinAll(hooks);
    exit(0);
  }
}

/** For the scheduler's loop only: begins the end, once. */
export function end(): void {
  if (ending) return;
  ending = true;
  new Ending().spawn();
}
