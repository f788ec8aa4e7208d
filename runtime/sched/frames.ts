import { OBJECT, TOTAL_OVERHEAD } from "rt/common";

/**
 * The frames of a suspended fiber, as the compiler's code saves them (compiler/pipeline/fibers.ts), in a managed buffer of their size.
 *
 * The garbage collector does not know which words of a frame are references, so each that points into an object keeps
 * that object alive: at most too much is kept, never too little. Frames must lie under `~lib`, where asc honours
 * `__visit` (it does: the library OS is given to asc as a library).
 */

/** A managed block of raw bytes that begins with the number of words to visit. */
export class Frames {
  /** Called by the collector. `this` is the block: u32 count, then the words. */
  private __visit(cookie: u32): void {
    const first = changetype<usize>(this) + 4;
    const end = first + ((<usize>load<u32>(first - 4)) << 2);
    for (let at = first; at < end; at += 4) {
      const base = __object_base(load<usize>(at));
      if (base) __visit(base, cookie);
    }
  }

  /** A block with room for `size` bytes of frames. */
  static allocate(size: usize): Frames {
    return changetype<Frames>(__new(4 + size, idof<Frames>()));
  }

  /** Bytes of room for frames. */
  get room(): usize {
    return <usize>changetype<OBJECT>(changetype<usize>(this) - TOTAL_OVERHEAD).rtSize - 4;
  }

  /** Bytes of frames held. */
  get size(): usize {
    return (<usize>load<u32>(changetype<usize>(this))) << 2;
  }

  /** Copies frames in. `size` is a multiple of 4, at most `room`. */
  save(from: usize, size: usize): void {
    store<u32>(changetype<usize>(this), <u32>(size >> 2));
    memory.copy(changetype<usize>(this) + 4, from, size);
  }

  /** Copies the frames out and holds none from then on. */
  restore(to: usize): void {
    memory.copy(to, changetype<usize>(this) + 4, this.size);
    store<u32>(changetype<usize>(this), 0);
  }
}

/** Where the area for frames begins, of FIBER_AREA bytes. */
export function areaStart(): usize {
  return __heap_base;
}
