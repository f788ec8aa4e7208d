/** Results of runtime/base/result.ts, for those who read what images print. */
export const OK = 0;
export const E_CANCELLED = -64;
export const E_TIMEOUT = -65;
export const E_CLOSED = -66;
export const E_AGAIN = -67;
