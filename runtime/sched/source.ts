/** What the scheduler's loop looks after besides fibers and timers: devices, and what wants to hear of events. */

/** A device driver: takes what the tender has put into its ring. */
export abstract class Source {
  /**
   * Takes at most a batch of what has arrived; must not suspend.
   * @returns whether more is left
   */
  abstract poll(): bool;
}

/** Something that hears of the tender's events (EVENT_* of runtime/abi/tender.ts). */
export abstract class EventHandler {
  /** Called in the step after the event, from the scheduler's loop; must not suspend. */
  abstract event(kind: i32): void;
}

const sources: Source[] = [];
const handlers: EventHandler[] = [];

/** Has a source polled at the start of each step. */
export function addSource(source: Source): void {
  sources.push(source);
}

/** Has a handler told of every event. */
export function addEventHandler(handler: EventHandler): void {
  handlers.push(handler);
}

/** For the scheduler's loop only: polls all sources. @returns whether any has more */
export function pollSources(): bool {
  let more = false;
  for (let i = 0; i < sources.length; i++) {
    if (unchecked(sources[i]).poll()) more = true;
  }
  return more;
}

/** For the scheduler's loop only. */
export function dispatchEvent(kind: i32): void {
  for (let i = 0; i < handlers.length; i++) handlers[i].event(kind);
}
