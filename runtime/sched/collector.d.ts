// What compiler/pipeline/collector.ts adds to AssemblyScript's runtime, as globals.

/** Bytes of all objects, those that nobody holds any more included. */
declare function __heap_used(): usize;
/** Whether memory could not grow as much as the memory manager wanted. */
declare function __memory_tight(): bool;
/** Bytes of memory that are free without growing it. */
declare function __memory_free(): usize;
/** Whether the object at an address is held by anything. For Surveyor.survey only. */
declare function __is_held(ptr: usize): bool;
/** The object on the heap that a word points into, or 0. During a collection only. */
declare function __object_base(word: usize): usize;
/** Makes memory grow so that a block of `size` bytes can be had. Else false: one that cannot be had ends the image. */
declare function __grow_memory(size: usize): bool;
