/** A request that is to be sent. */
import { isTokenOctet, putEnd, putNumber, putText } from "./ascii";
import { FIELDS_SIZE, Outgoing } from "./outgoing";
import { Uri } from "./uri";

/** Octets of the longest target. */
const TARGET_MAX: i32 = 8000;
/** Octets of a head that is to be sent, at most. */
export const REQUEST_HEAD_MAX: usize = <usize>TARGET_MAX + FIELDS_SIZE + 512;

export class HttpRequest extends Outgoing {
  /** The content, or null for none. */
  content: Uint8Array | null = null;
  /** Where fields lie. */
  private room: Uint8Array;

  /**
   * @param method a token, such as "GET"
   * @param uri `http://host[:port][/path][?query]`
   */
  constructor(
    public method: string,
    public uri: string,
  ) {
    const room = new Uint8Array(<i32>FIELDS_SIZE);
    super(room.dataStart);
    this.room = room;
  }

  /** Sets the content. @param type its media type */
  body(content: Uint8Array, type: string): void {
    this.content = content;
    this.header("Content-Type", type);
  }

  /** The same with a text, in UTF-8. */
  text(text: string, type: string = "text/plain; charset=utf-8"): void {
    this.body(Uint8Array.wrap(String.UTF8.encode(text)), type);
  }

  /** For the client only: whether the request can be sent to a URI. */
  _fits(uri: Uri): bool {
    return uri.target.length <= TARGET_MAX && uri.host.length <= 255 && isMethod(this.method);
  }

  /** For the client only: writes the head. @param at REQUEST_HEAD_MAX octets @returns the address behind it */
  _put(at: usize, uri: Uri, method: string, content: Uint8Array | null): usize {
    at = putText(putText(at, method), " ");
    at = putText(putText(at, uri.target), " HTTP/1.1\r\nHost: ");
    at = this.putFields(putEnd(putText(at, uri.authority)));
    // A request whose method usually comes with content says also that it has none (RFC 9110, 8.6).
    const length = content ? content.length : method == "POST" || method == "PUT" ? 0 : -1;
    if (length >= 0) at = putEnd(putNumber(putText(at, "Content-Length: "), length));
    return putEnd(at);
  }
}

function isMethod(text: string): bool {
  if (text.length == 0 || text.length > 32) return false;
  for (let i = 0; i < text.length; i++) {
    if (!isTokenOctet(text.charCodeAt(i))) return false;
  }
  return true;
}
