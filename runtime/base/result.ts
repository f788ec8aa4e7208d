/**
 * Results of calls inside the guest. A result >= 0 is success (often a count), a result < 0 one of these codes.
 *
 * Codes -1 to -63 are the tender's (runtime/abi/tender.ts, which this folder must not import); device files hand them
 * upward as they are. test/runtime/base/result.test.ts holds both sets of names against each other.
 */

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
  switch (code) {
    case -1:
      return "E_NOT_FOUND";
    case -2:
      return "E_INVALID";
    case -3:
      return "E_ALREADY";
    case -4:
      return "E_TOO_LATE";
    case -5:
      return "E_RANGE";
    case -6:
      return "E_READ_ONLY";
    case -7:
      return "E_IO";
    case -8:
      return "E_NO_SPACE";
    case -9:
      return "E_UNSUPPORTED";
    case E_CANCELLED:
      return "E_CANCELLED";
    case E_TIMEOUT:
      return "E_TIMEOUT";
    case E_CLOSED:
      return "E_CLOSED";
    case E_AGAIN:
      return "E_AGAIN";
    case E_TOO_LONG:
      return "E_TOO_LONG";
    case E_UNREACHABLE:
      return "E_UNREACHABLE";
    case E_IN_USE:
      return "E_IN_USE";
    case E_REFUSED:
      return "E_REFUSED";
    case E_NO_MEMORY:
      return "E_NO_MEMORY";
    case E_RESET:
      return "E_RESET";
    default:
      return "unknown result";
  }
}
