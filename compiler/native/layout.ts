/** Where a native image lies in memory (docs/native-abi.md; in C: runtime/abi/native-abi.h, which a test compares). */

/** All segments lie in [IMAGE, IMAGE_END), each at a multiple of SEGMENT_ALIGN. */
export const IMAGE = 0x0020_0000;
export const IMAGE_END = 0x0ff0_0000;
export const SEGMENT_ALIGN = 0x1_0000;
