/**
 * A response, as it is made. What was set last counts until it begins to leave: when the handler is done, or with the first
 * part of a body that is written by parts.
 */
import { E_CLOSED, E_TOO_LONG, OK } from "../base/result";
import { encodeUtf8, utf8Length } from "../base/utf8";
import { putEnd, putHex, putNumber, putText } from "./ascii";
import { putDate } from "./dateline";
import { Outgoing } from "./outgoing";
import { Output } from "./output";
import { putPhrase, putStatus, STATUS_OK } from "./status";

export class Response extends Outgoing {
  /** The status code (RFC 9110, 15). */
  status: i32 = STATUS_OK;
  /** Octets of the body, for those who write it by parts and know: else it goes out in chunks. -1: not known. */
  length: i64 = -1;
  /** For the connection only: whether it stays when the response is done. */
  _stays: bool = true;
  private bodyless: bool = false;
  private old: bool = false;
  /** Octets of the body that were written. */
  sent: u64 = 0;
  private done: bool = false;
  private chunked: bool = false;
  /** The body as a whole: octets, whose owner is kept meanwhile. */
  private bodyOwner: Uint8Array | null = null;
  private bodyAt: usize = 0;
  private bodySize: usize = 0;

  /** @param fields FIELDS_SIZE octets, for the fields that handlers set */
  constructor(
    protected output: Output,
    fields: usize,
  ) {
    super(fields);
  }

  /**
   * For the connection only: begins the next response.
   * @param bodyless whether the method was HEAD; @param old whether the version was 1.0; @param stays as _stays
   */
  _begin(bodyless: bool, old: bool, stays: bool): void {
    this.bodyless = bodyless;
    this.old = old;
    this._stays = stays;
    this.status = STATUS_OK;
    this.length = -1;
    this.sent = 0;
    this.done = false;
    this.chunked = false;
    this.output.begun = false;
    this.clearFields();
    this._clear();
  }

  /** Takes the body away that was set. */
  _clear(): void {
    this.bodyOwner = null;
    this.bodyAt = 0;
    this.bodySize = 0;
  }

  /** Whether the head has left: what is set now changes nothing. */
  get begun(): bool {
    return this.sealed;
  }

  /** Octets of the body, of which so many were written or will be: 0 where it has none. */
  get size(): u64 {
    if (!this.hasBody) return 0;
    return this.begun ? this.sent : this.bodySize;
  }

  /** Whether anything was set: a status, or a body. */
  get isSet(): bool {
    return this.begun || this.status != STATUS_OK || this.bodyAt != 0;
  }

  /** Ends the connection when this response has left. */
  close(): void {
    this._stays = false;
  }

  /** Answers with a text. @param type its media type */
  body(text: string, type: string): void {
    const size = utf8Length(text);
    let at = this.output.body;
    if (size > this.output.end - at) {
      const buffer = new Uint8Array(<i32>size);
      at = buffer.dataStart;
      this.bytes(buffer, type);
    } else {
      this.header("Content-Type", type);
      this.sendFrom(at, size);
    }
    encodeUtf8(text, at, size);
  }

  /** Answers with a status and, as plain text, what it means. */
  fail(status: i32): void {
    this.status = status;
    this.removeHeader("Content-Type");
    this._add("Content-Type: text/plain; charset=utf-8", 0, 0);
    const at = this.output.body;
    this.sendFrom(at, putPhrase(at, status) - at);
  }

  /** Answers with octets of a buffer, which must not change any more. */
  bytes(buffer: Uint8Array, type: string = "application/octet-stream"): void {
    this.header("Content-Type", type);
    this.sendFrom(buffer.dataStart, buffer.length);
    this.bodyOwner = buffer;
  }

  /** Answers with octets that lie in memory for ever and never change, as a value of crunch: they are sent from there. */
  sendFrom(address: usize, size: usize): void {
    this._clear();
    this.bodyAt = address;
    this.bodySize = size;
  }

  /**
   * Writes a part of the body; waits while the client does not take it. The first part makes the head leave.
   * @param ptr octets that do not change until the call returns
   * @returns OK, or a code, then and ever after: E_RESET, E_TIMEOUT, the client is gone; E_CLOSED, the response has no body
   *   (HEAD), so that nothing more need be made of it; E_CANCELLED; E_TOO_LONG, more than `length`: nothing of this part was sent
   */
  writeFrom(ptr: usize, size: usize): i32 {
    const output = this.output;
    if (!this.sealed) this.begin(this.length);
    // What is made without end would, for HEAD, be made without ever waiting.
    if (this.done || !this.hasBody) return E_CLOSED;
    if (!size) return output.error;
    if (this.length >= 0 && this.sent + size > <u64>this.length) return E_TOO_LONG;
    this.sent += size;
    if (this.chunked) output.at = putEnd(putHex(output.at, size, 1));
    const outcome = output.send(ptr, size);
    // The chunk's end leaves with the next one's beginning.
    if (this.chunked) output.at = putEnd(output.at);
    return outcome;
  }

  /** The same of a buffer. @param length octets from its beginning, -1: all */
  write(buffer: Uint8Array, length: i32 = -1): i32 {
    assert(length <= buffer.length, "the length reaches past the buffer");
    return this.writeFrom(buffer.dataStart, length < 0 ? buffer.length : length);
  }

  /** The same of a text, in UTF-8. */
  writeText(text: string): i32 {
    const bytes = Uint8Array.wrap(String.UTF8.encode(text));
    return this.write(bytes);
  }

  /** Whether the response has a body at all (RFC 9112, 6.3, the first two rules). */
  private get hasBody(): bool {
    return !this.bodyless && this.status != 204 && this.status != 304;
  }

  /** For the connection only: ends the response. @returns whether it was sent as a whole and the connection may stay */
  _finish(): bool {
    const output = this.output;
    let size: usize = 0;
    if (!this.sealed) {
      size = this.bodySize;
      // Where there is no body, none says how long it would be, unless the handler does.
      this.begin(size == 0 && !this.hasBody ? this.length : <i64>size);
      this.sent = size;
      if (!this.hasBody) size = 0;
    } else if (this.chunked) {
      output.at = putText(output.at, "0\r\n\r\n");
    } else if (this.length >= 0 && this.sent != <u64>this.length && this.hasBody) {
      // Fewer octets than promised: only the end of the connection can tell.
      output.error = E_CLOSED;
    }
    this.done = true;
    // What was made in the output itself fits there, and goes with the head.
    output.send(this.bodyAt, size, !this.bodyOwner);
    this._clear();
    return output.error == OK && this._stays;
  }

  /** Gathers the head: there is always room for one, as what has gathered before has left. @param length the body's, or -1 */
  private begin(length: i64): void {
    const output = this.output;
    this.sealed = true;
    output.begun = true;
    const hasLength = this.status >= 200 && this.status != 204 && length >= 0;
    this.chunked = !hasLength && this.hasBody && !this.old;
    // To HTTP/1.0 a body without a length ends with the connection.
    if (!hasLength && this.hasBody && this.old) this._stays = false;
    let at = putDate(putStatus(output.at, this.status));
    at = this.putFields(at);
    if (hasLength) at = putEnd(putNumber(putText(at, "Content-Length: "), <u64>length));
    else if (this.chunked) at = putText(at, "Transfer-Encoding: chunked\r\n");
    if (!this._stays) at = putText(at, "Connection: close\r\n");
    else if (this.old) at = putText(at, "Connection: keep-alive\r\n");
    output.at = putEnd(at);
  }
}
