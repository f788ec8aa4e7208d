/** The end of an image: what is to be done before it leaves. */
import { exit } from "../sys/exit";
import { Fiber } from "./fiber";

/** A fiber to be run before the image ends. */
class Hook {
  constructor(
    public fiber: Fiber,
    public next: Hook | null,
  ) {}
}

let hooks: Hook | null = null;
/** Those that wait until these are done. */
let lastHooks: Hook | null = null;
let ending: bool = false;

/**
 * Has a fiber run before the image ends: when its job is done, or when the tender asks it to stop. The tender waits for
 * hooks for its grace time only.
 */
export function atExit(fiber: Fiber): void {
  hooks = new Hook(fiber, hooks);
  if (ending) fiber.spawn();
}

/** The same, when those of atExit are done: for what sees to it that what they have left to be done is done. */
export function atExitLast(fiber: Fiber): void {
  lastHooks = new Hook(fiber, lastHooks);
}

/** For the scheduler's loop only: begins the end, once. */
export function end(): void {
  if (ending) return;
  ending = true;
  begin();
}

/** For the scheduler's loop only: exits with status 0 once the end has begun and all hooks are done. */
export function exitIfEnded(): void {
  if (!ending) return;
  let hook = hooks;
  while (hook) {
    if (!hook.fiber.done) return;
    hook = hook.next;
  }
  if (!lastHooks) exit(0);
  hooks = lastHooks;
  lastHooks = null;
  begin();
}

function begin(): void {
  let hook = hooks;
  while (hook) {
    hook.fiber.spawn();
    hook = hook.next;
  }
}
