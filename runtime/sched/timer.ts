/** Timers: a binary heap of objects that know their place in it, so that arming and disarming allocate nothing. */

/**
 * Something that happens at a time. One object is one pending time; arming it again moves it. What begins with an
 * underscore is the heap's.
 */
export abstract class Timer {
  /** When it fires, in ns on `now`'s clock. */
  private _at: u64 = 0;
  /** Orders timers of the same time as they were armed. A u32 could wrap while one waits. */
  private _order: u64 = 0;
  /** Index in the heap, or -1. */
  private _place: i32 = -1;

  /** Called once the time has come, from the scheduler's loop: must not suspend. The timer is disarmed by then. */
  abstract fire(): void;

  /** Whether the timer will fire. */
  get armed(): bool {
    return this._place >= 0;
  }

  /**
   * Makes the timer fire at a time, instead of any earlier choice.
   * @param at ns on `now`'s clock; the greatest u64 disarms
   */
  arm(at: u64): void {
    if (at == u64.MAX_VALUE) return this.disarm();
    let place = this._place;
    if (place < 0) {
      if (armed == heap.length) grow();
      place = armed++;
    }
    this._at = at;
    this._order = nextOrder++;
    settle(this, place);
  }

  /** Makes the timer not fire. */
  disarm(): void {
    const place = this._place;
    if (place < 0) return;
    this._place = -1;
    const last = unchecked(heap[--armed]);
    setPlace(heap, armed, changetype<Timer>(0));
    if (last !== this) settle(last, place);
  }

  /** Whether this one fires before `other`. */
  _before(other: Timer): bool {
    return this._at < other._at || (this._at == other._at && this._order < other._order);
  }

  /** Whether this one was armed as the `order`-th or later. */
  _armedSince(order: u64): bool {
    return this._order >= order;
  }

  /** Notes and takes the place. */
  _put(place: i32): void {
    this._place = place;
    setPlace(heap, place, this);
  }

  /** When it fires. */
  get _deadline(): u64 {
    return this._at;
  }
}

// Places from `armed` on hold null. The element type is not nullable, for that would check each access.
let armed: i32 = 0;
let heap = allocate(16);
let nextOrder: u64 = 0;

/** The time of the earliest timer in ns, or the greatest u64. */
export function earliest(): u64 {
  return armed ? unchecked(heap[0])._deadline : u64.MAX_VALUE;
}

/** Fires the timers whose time has come. Those armed meanwhile for a time that has come, too, wait for the next call. */
export function fireTimers(now: u64): void {
  const first = nextOrder;
  while (armed) {
    const timer = unchecked(heap[0]);
    if (timer._deadline > now || timer._armedSince(first)) return;
    timer.disarm();
    timer.fire();
  }
}

/** An array without timers. std's constructor would cost each image a checked length and its message. */
function allocate(length: i32): StaticArray<Timer> {
  const size = (<usize>length) << alignof<usize>();
  const array = __new(size, idof<StaticArray<Timer>>());
  memory.fill(array, 0, size);
  return changetype<StaticArray<Timer>>(array);
}

/** Sets an element, without the check of its index. */
function setPlace(array: StaticArray<Timer>, place: i32, timer: Timer): void {
  store<usize>(changetype<usize>(array) + ((<usize>place) << alignof<usize>()), changetype<usize>(timer));
}

function grow(): void {
  const larger = allocate(heap.length << 1);
  for (let i = 0; i < armed; i++) setPlace(larger, i, unchecked(heap[i]));
  heap = larger;
}

/** Moves the hole at `place` up or down to where `timer` belongs, and puts it there. */
function settle(timer: Timer, place: i32): void {
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = unchecked(heap[parent]);
    if (!timer._before(above)) break;
    above._put(place);
    place = parent;
  }
  for (;;) {
    let child = (place << 1) + 1;
    if (child >= armed) break;
    let below = unchecked(heap[child]);
    if (child + 1 < armed) {
      const right = unchecked(heap[child + 1]);
      if (right._before(below)) {
        below = right;
        child++;
      }
    }
    if (!below._before(timer)) break;
    below._put(place);
    place = child;
  }
  timer._put(place);
}
