/** Binaryen's Asyncify pass gives these meaning: asc names the import module `asyncify` after this file. */

/** Makes the functions on the stack return, saving their frames in `area`. */
export declare function start_unwind(area: usize): void;
/** Ends unwinding, once the bottom-most caller was reached. */
export declare function stop_unwind(): void;
/** Makes the functions that are called next restore their frames from `area`. */
export declare function start_rewind(area: usize): void;
/** Ends rewinding, once the top-most function was reached. */
export declare function stop_rewind(): void;
