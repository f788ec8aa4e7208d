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
 * Writes a status line (RFC 9112, 4), with its end. Where no phrase is known, there is none.
 * @returns the address behind it
 */
export function putStatus(at: usize, status: i32): usize {
  at = putNumber(putText(at, "HTTP/1.1 "), status);
  store<u8>(at, 0x20);
  const from = phraseAt(status);
  const size = phraseSize(from);
  for (let i: usize = 1; i <= size; i++) store<u8>(at + i, load<u16>(from + ((i - 1) << 1)));
  return putEnd(at + 1 + size);
}

/** What a status means, in words; "" where none are known. */
export function reasonPhrase(status: i32): string {
  const from = phraseAt(status);
  const text = phrases(status);
  const begin = <i32>((from - changetype<usize>(text)) >> 1);
  return text.substring(begin, begin + <i32>phraseSize(from));
}

/** Where a status's phrase is: the last one, which is empty, for what is not known. */
function phraseAt(status: i32): usize {
  const text = phrases(status);
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  while (at < end) {
    const code = (<i32>load<u16>(at) - 0x30) * 100 + (<i32>load<u16>(at, 2) - 0x30) * 10 + load<u16>(at, 4) - 0x30;
    at += 6;
    if (code == status) return at;
    at += (phraseSize(at) + 1) << 1;
  }
  return end - 2;
}

/** Characters of the phrase at an address. */
function phraseSize(at: usize): usize {
  let size: usize = 0;
  while (load<u16>(at + (size << 1)) != 0x2c) size++;
  return size;
}
