/** Status codes (RFC 9110, 15) that this server gives by itself, and the phrases of these and the common others. */

import { putEnd, putNumber, putText } from "./ascii";

export const STATUS_OK: i32 = 200;
export const STATUS_BAD_REQUEST: i32 = 400;
export const STATUS_REQUEST_TIMEOUT: i32 = 408;
export const STATUS_CONTENT_TOO_LARGE: i32 = 413;
export const STATUS_URI_TOO_LONG: i32 = 414;
export const STATUS_EXPECTATION_FAILED: i32 = 417;
export const STATUS_MISDIRECTED: i32 = 421;
export const STATUS_FIELDS_TOO_LARGE: i32 = 431;
export const STATUS_NOT_IMPLEMENTED: i32 = 501;
export const STATUS_VERSION_NOT_SUPPORTED: i32 = 505;

const COMMA: u16 = 0x2c;

// Phrases, each behind its code. One text of them all would be longer than those that an image has packed, and put together
// at start in every image.
const SUCCESSFUL: string = "200OK,201Created,202Accepted,204No Content,206Partial Content,";
const REDIRECTION: string =
  "301Moved Permanently,302Found,303See Other,304Not Modified,307Temporary Redirect,308Permanent Redirect,";
const FROM_400: string =
  "400Bad Request,401Unauthorized,403Forbidden,404Not Found,405Method Not Allowed,406Not Acceptable,";
const FROM_408: string =
  "408Request Timeout,409Conflict,411Length Required,412Precondition Failed,413Content Too Large,414URI Too Long,";
const FROM_415: string =
  "415Unsupported Media Type,416Range Not Satisfiable,417Expectation Failed,421Misdirected Request,";
const FROM_429: string = "429Too Many Requests,431Request Header Fields Too Large,";
const SERVER_ERROR: string =
  "500Internal Server Error,501Not Implemented,503Service Unavailable,505HTTP Version Not Supported,";

/** The phrases among which a status's is. */
function phrases(status: i32): string {
  if (status < 300) return SUCCESSFUL;
  if (status < 400) return REDIRECTION;
  if (status < 408) return FROM_400;
  if (status < 415) return FROM_408;
  if (status < 429) return FROM_415;
  return status < 500 ? FROM_429 : SERVER_ERROR;
}

/**
 * Writes a status line (RFC 9112, 4), with its end.
 * @returns the address behind it
 */
export function putStatus(at: usize, status: i32): usize {
  at = putNumber(putText(at, "HTTP/1.1 "), status);
  store<u8>(at, 0x20);
  return putEnd(putPhrase(at + 1, status));
}

/** Writes what a status means, in words: none where none are known. @returns the address behind them */
export function putPhrase(at: usize, status: i32): usize {
  const text = phrases(status);
  let from = changetype<usize>(text);
  const end = from + ((<usize>text.length) << 1);
  while (from < end) {
    const code = <i32>load<u16>(from) * 100 + <i32>load<u16>(from, 2) * 10 + load<u16>(from, 4) - 0x30 * 111;
    for (from += 6; load<u16>(from) != COMMA; from += 2) {
      if (code == status) store<u8>(at++, load<u16>(from));
    }
    if (code == status) break;
    from += 2;
  }
  return at;
}
