/** What a handler has left to be answered. */
import { E_TIMEOUT, E_TOO_LONG, OK } from "../base/result";
import { Context } from "./context";
import { STATUS_BAD_REQUEST, STATUS_CONTENT_TOO_LARGE, STATUS_REQUEST_TIMEOUT } from "./status";

/** Most octets of a body that are dropped for the sake of the connection, when the handler has not read them. */
export const DRAIN_MAX: u64 = 65536;

/**
 * Answers, after the handler, for a body that could not be read, when the handler says nothing of it itself; the connection
 * ends with such a response, or with one before too much that was not read. Middleware that looks at the response calls this
 * first; again it does nothing.
 */
export function settle(c: Context): void {
  const body = c.request._body;
  const error = body.error;
  if (error != OK || (!body.ended && (c.request.head.expectContinue || body.rest > DRAIN_MAX))) c.close();
  if (error == OK || c.isSet) return;
  if (error == E_TOO_LONG) refuse(c, STATUS_CONTENT_TOO_LARGE);
  else refuse(c, error == E_TIMEOUT ? STATUS_REQUEST_TIMEOUT : STATUS_BAD_REQUEST);
}

/** Answers what cannot be served. The connection ends: nobody knows where the next request would begin. */
export function refuse(c: Context, status: i32): void {
  c.close();
  c.fail(status);
}
