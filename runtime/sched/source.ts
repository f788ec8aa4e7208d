/** What the scheduler's loop looks after besides fibers and timers: devices, and what wants to hear of events. */

/** A device driver: takes what the tender has put into its ring. */
export abstract class Source {
  /**
   * Takes at most a batch of what has arrived; must not suspend.
   * @returns whether more is left
   */
  abstract poll(): bool;

  /**
   * Called at the end of each step, when the fibers have run: sends what has gathered. Must not suspend.
   * @returns whether more is left that could go once the tender has taken what is in the ring
   */
  flush(): bool {
    return false;
  }

  /** For this file only: the source added before. */
  _next: Source | null = null;
}

/** Something that hears of the tender's events (EVENT_* of runtime/abi/tender.ts). */
export abstract class EventHandler {
  /** Called in the step after the event, from the scheduler's loop; must not suspend. */
  abstract event(kind: i32): void;

  /** For this file only: the handler added before. */
  _next: EventHandler | null = null;
}

// Linked lists: std's Array would cost each image half a kilobyte.
let sources: Source | null = null;
let handlers: EventHandler | null = null;

/** Has a source polled at the start of each step. To be called once for a source. */
export function addSource(source: Source): void {
  source._next = sources;
  sources = source;
}

/** Has a handler told of every event. To be called once for a handler. */
export function addEventHandler(handler: EventHandler): void {
  handler._next = handlers;
  handlers = handler;
}

/** For the scheduler's loop only: polls all sources. @returns whether any has more */
export function pollSources(): bool {
  let more = false;
  let source = sources;
  while (source) {
    if (source.poll()) more = true;
    source = source._next;
  }
  return more;
}

/** For the scheduler's loop only: has all sources send what has gathered. @returns whether any has more */
export function flushSources(): bool {
  let more = false;
  let source = sources;
  while (source) {
    if (source.flush()) more = true;
    source = source._next;
  }
  return more;
}

/** For the scheduler's loop only. */
export function dispatchEvent(kind: i32): void {
  let handler = handlers;
  while (handler) {
    handler.event(kind);
    handler = handler._next;
  }
}
