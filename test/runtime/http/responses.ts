/** Responses by the section of RFC 9110 or 9112 that says what becomes of them. */

export interface Case {
  readonly rfc: string;
  readonly what: string;
  readonly method?: string;
  /** Lines are separated by "|", and end with CR LF each; the last one is empty. */
  readonly head: string;
  readonly body?: string;
  /** Whether the connection ends behind it. */
  readonly ended?: boolean;
  /** The status, or the name of a code. */
  readonly outcome: number | keyof typeof codes;
  /** The body as it is read. */
  readonly read?: string;
  /** Whether the connection is kept for the next request. */
  readonly kept?: boolean;
}

export const codes = { E_INVALID: -2, E_CLOSED: -66, E_TOO_LONG: -68, E_TIMEOUT: -65, E_REFUSED: -71, E_NOT_FOUND: -1 };

/** Most octets of a body that the client of host.as.ts reads. */
const LIMIT = 100_000;
const OK = "HTTP/1.1 200 OK|";
const CHUNKED = `${OK}Transfer-Encoding: chunked|`;

export const cases: readonly Case[] = [
  {
    rfc: "9112, 6.2",
    what: "a length",
    head: `${OK}Content-Length: 5|`,
    body: "hello",
    outcome: 200,
    read: "hello",
    kept: true,
  },
  { rfc: "9112, 6.2", what: "no body", head: `${OK}Content-Length: 0|`, outcome: 200, read: "", kept: true },
  {
    rfc: "9112, 6.3",
    what: "neither length nor chunks",
    head: OK,
    body: "hello",
    ended: true,
    outcome: 200,
    read: "hello",
    kept: false,
  },
  {
    rfc: "9112, 6.3",
    what: "neither length nor chunks, as many octets as may come",
    head: OK,
    body: "a".repeat(LIMIT),
    ended: true,
    outcome: 200,
    read: "a".repeat(LIMIT),
    kept: false,
  },
  {
    rfc: "9112, 6.3",
    what: "neither length nor chunks, an octet more",
    head: OK,
    body: "a".repeat(LIMIT + 1),
    outcome: "E_TOO_LONG",
    kept: false,
  },
  {
    rfc: "9112, 7.1",
    what: "chunks",
    head: CHUNKED,
    body: "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\n",
    outcome: 200,
    read: "hello!",
    kept: true,
  },
  {
    rfc: "9112, 9.6",
    what: "Connection: close",
    head: `${OK}Connection: close|Content-Length: 5|`,
    body: "hello",
    outcome: 200,
    read: "hello",
    kept: false,
  },
  {
    rfc: "9112, 9.3",
    what: "HTTP/1.0",
    head: "HTTP/1.0 200 OK|Content-Length: 5|",
    body: "hello",
    outcome: 200,
    read: "hello",
    kept: false,
  },
  {
    rfc: "9112, 9.3",
    what: "HTTP/1.0 with keep-alive",
    head: "HTTP/1.0 200 OK|Connection: keep-alive|Content-Length: 1|",
    body: "h",
    outcome: 200,
    read: "h",
    kept: true,
  },
  {
    rfc: "9112, 6.3",
    what: "HEAD",
    method: "HEAD",
    head: `${OK}Content-Length: 5|`,
    outcome: 200,
    read: "",
    kept: true,
  },
  { rfc: "9112, 6.3", what: "HEAD of chunks", method: "HEAD", head: CHUNKED, outcome: 200, read: "", kept: true },
  { rfc: "9112, 6.3", what: "204", head: "HTTP/1.1 204 No Content|", outcome: 204, read: "", kept: true },
  {
    rfc: "9112, 6.3",
    what: "304",
    head: "HTTP/1.1 304 Not Modified|Content-Length: 5|",
    outcome: 304,
    read: "",
    kept: true,
  },
  {
    rfc: "9110, 15",
    what: "a status that nobody knows",
    head: "HTTP/1.1 599 What|Content-Length: 0|",
    outcome: 599,
    read: "",
  },
  {
    rfc: "9110, 15.2",
    what: "interim responses",
    head: "HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: a||HTTP/1.1 200 OK|Content-Length: 1|",
    body: "a",
    outcome: 200,
    read: "a",
    kept: true,
  },
  {
    rfc: "9110, 15.2",
    what: "interim responses without end",
    head: "HTTP/1.1 100 Continue||".repeat(9),
    outcome: "E_INVALID",
  },
  { rfc: "9110, 15.2.2", what: "101", head: "HTTP/1.1 101 Switching Protocols|", outcome: "E_INVALID" },
  { rfc: "9112, 4", what: "no phrase", head: "HTTP/1.1 200 |Content-Length: 0|", outcome: 200, read: "" },
  {
    rfc: "9112, 4",
    what: "no space before it either",
    head: "HTTP/1.1 200|Content-Length: 0|",
    outcome: 200,
    read: "",
  },
  { rfc: "9112, 4", what: "a status of two digits", head: "HTTP/1.1 20 OK|", outcome: "E_INVALID" },
  { rfc: "9112, 4", what: "a status of four", head: "HTTP/1.1 2000 OK|", outcome: "E_INVALID" },
  { rfc: "9110, 15", what: "a status below 100", head: "HTTP/1.1 099 OK|", outcome: "E_INVALID" },
  { rfc: "9112, 2.3", what: "another version", head: "HTTP/2.0 200 OK|", outcome: "E_INVALID" },
  { rfc: "9112, 2.3", what: "something else", head: "220 mail.example.org ESMTP|", outcome: "E_INVALID" },
  { rfc: "9112, 5.2", what: "a field of two lines", head: `${OK}X: a| b|`, outcome: "E_INVALID" },
  {
    rfc: "9112, 6.3",
    what: "two lengths",
    head: `${OK}Content-Length: 5|Content-Length: 6|`,
    body: "hello!",
    outcome: "E_INVALID",
  },
  {
    rfc: "9112, 6.1",
    what: "a length and chunks",
    head: `${CHUNKED}Content-Length: 5|`,
    body: "0\r\n\r\n",
    outcome: "E_INVALID",
  },
  {
    rfc: "9112, 6.1",
    what: "chunks of HTTP/1.0",
    head: "HTTP/1.0 200 OK|Transfer-Encoding: chunked|",
    body: "0\r\n\r\n",
    outcome: "E_INVALID",
  },
  {
    rfc: "9112, 6.1",
    what: "a coding that was not asked for",
    head: `${OK}Transfer-Encoding: gzip, chunked|`,
    body: "0\r\n\r\n",
    outcome: "E_INVALID",
  },
  {
    rfc: "9112, 8",
    what: "a head that ends early",
    head: "HTTP/1.1 200 OK|Content-",
    ended: true,
    outcome: "E_CLOSED",
  },
  { rfc: "9112, 8", what: "nothing at all", head: "", ended: true, outcome: "E_CLOSED" },
  {
    rfc: "9112, 8",
    what: "a body shorter than its length",
    head: `${OK}Content-Length: 6|`,
    body: "hello",
    ended: true,
    outcome: "E_CLOSED",
  },
  {
    rfc: "9112, 8",
    what: "chunks without the last one",
    head: CHUNKED,
    body: "5\r\nhello\r\n",
    ended: true,
    outcome: "E_CLOSED",
  },
  { rfc: "9112, 7.1", what: "a size that is none", head: CHUNKED, body: "five\r\nhello\r\n", outcome: "E_INVALID" },
  {
    rfc: "9112, 6.3",
    what: "a length beyond the limit",
    head: `${OK}Content-Length: 16777217|`,
    outcome: "E_TOO_LONG",
  },
  { rfc: "9110, 5.4", what: "a head too long", head: `${OK}X: ${"a".repeat(12300)}|`, outcome: "E_TOO_LONG" },
  {
    rfc: "9112, 9.2",
    what: "more than was asked for",
    head: `${OK}Content-Length: 5|`,
    body: "helloHTTP/1.1 200 OK\r\n\r\n",
    outcome: 200,
    read: "hello",
  },
];

/** The octets of a case. */
export function octetsOf({ head, body = "" }: Case): Buffer {
  return Buffer.from(`${head.replaceAll("|", "\r\n")}${head.endsWith("|") ? "\r\n" : ""}${body}`, "latin1");
}
