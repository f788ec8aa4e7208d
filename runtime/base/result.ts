/**
 * Results of calls inside the guest. A result >= 0 is success (often a count), a result < 0 one of these codes.
 *
 * Codes -1 to -63 are the tender's (runtime/abi/tender.ts, which this folder must not import); device files hand them
 * upward as they are. test/runtime/base/result.test.ts holds both sets of names against each other.
 */

import { findUnit } from "./characters";

/** Success. */
export const OK: i32 = 0;
/** The fiber was cancelled while it waited. */
export const E_CANCELLED: i32 = -64;
/** The deadline passed. */
export const E_TIMEOUT: i32 = -65;
/** The other side, or this side, closed the connection, socket or queue. */
export const E_CLOSED: i32 = -66;
/** Nothing to do right now: the call would have to wait. */
export const E_AGAIN: i32 = -67;
/** The data does not fit into one datagram, frame or request. */
export const E_TOO_LONG: i32 = -68;
/** No route, or nobody answers at the next hop. */
export const E_UNREACHABLE: i32 = -69;
/** The address or port is taken. */
export const E_IN_USE: i32 = -70;
/** The peer refuses. */
export const E_REFUSED: i32 = -71;
/** A bounded table, queue or the linear memory is full. */
export const E_NO_MEMORY: i32 = -72;
/** The peer broke the connection off. */
export const E_RESET: i32 = -73;

/**
 * The name of a result code, for messages.
 * @param code any result; success and unknown codes have names too
 */
export function resultName(code: i32): string {
  if (code >= 0) return "OK";
  // One text for all codes of a kind, in their order: each string of an image has 28 bytes around it. The tender's begin
  // at -1. Here and not outside, where they would be in images that name no code.
  const tender = code > E_CANCELLED;
  const names = tender
    ? "E_NOT_FOUND E_INVALID E_ALREADY E_TOO_LATE E_RANGE E_READ_ONLY E_IO E_NO_SPACE E_UNSUPPORTED "
    : "E_CANCELLED E_TIMEOUT E_CLOSED E_AGAIN E_TOO_LONG E_UNREACHABLE E_IN_USE E_REFUSED E_NO_MEMORY E_RESET ";
  let before = tender ? -1 - code : E_CANCELLED - code;
  for (let begin = 0; begin < names.length; before--) {
    const end = findUnit(names, 0x20, begin, names.length);
    if (!before) return names.substring(begin, end);
    begin = end + 1;
  }
  return "unknown result";
}
