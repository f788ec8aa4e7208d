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
let ending: bool = false;

/**
 * Has a fiber run before the image ends: when its job is done, or when the tender asks it to stop. The tender waits for
 * hooks for its grace time only.
 */
export function atExit(fiber: Fiber): void {
  hooks = new Hook(fiber, hooks);
  if (ending) fiber.spawn();
}

/** For the scheduler's loop only: begins the end, once. */
export function end(): void {
  if (ending) return;
  ending = true;
  let hook = hooks;
  while (hook) {
    hook.fiber.spawn();
    hook = hook.next;
  }
}

/** For the scheduler's loop only: exits with status 0 once the end has begun and all hooks are done. */
export function exitIfEnded(): void {
  if (!ending) return;
  let hook = hooks;
  while (hook) {
    if (!hook.fiber.done) return;
    hook = hook.next;
  }
  exit(0);
}
