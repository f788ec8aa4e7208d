/** Status codes (RFC 9110, 15) that this server gives by itself, and the phrases of these and the common others. */

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

/** Phrases, each behind its code. */
const PHRASES =
  "200OK,201Created,202Accepted,204No Content,206Partial Content,301Moved Permanently,302Found,303See Other," +
  "304Not Modified,307Temporary Redirect,308Permanent Redirect,400Bad Request,401Unauthorized,403Forbidden,404Not Found," +
  "405Method Not Allowed,406Not Acceptable,408Request Timeout,409Conflict,411Length Required,412Precondition Failed," +
  "413Content Too Large,414URI Too Long,415Unsupported Media Type,416Range Not Satisfiable,417Expectation Failed," +
  "421Misdirected Request,429Too Many Requests,431Request Header Fields Too Large,500Internal Server Error," +
  "501Not Implemented,503Service Unavailable,505HTTP Version Not Supported,";

/** What a status means, in words; "" where none are known, which is allowed (RFC 9112, 4). */
export function reasonPhrase(status: i32): string {
  const begin = PHRASES.indexOf(status.toString()) + 3;
  return begin < 3 ? "" : PHRASES.substring(begin, PHRASES.indexOf(",", begin));
}
