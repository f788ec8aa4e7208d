/**
 * Where the frames of a fiber are put while it is left and resumed: behind the static data, at `__heap_base`, and before the heap.
 * Static data would have longer addresses behind it, and each of them stands in the code.
 *
 * The compiler's code writes there without looking at the end of the area. A frame on the engine's stack is at least as long as what it
 * saves, and that stack is at most 1 MiB (V8: 984 KiB, native: 1 MiB): the area cannot be overrun.
 */
export const FIBER_AREA: u32 = 1052672;
