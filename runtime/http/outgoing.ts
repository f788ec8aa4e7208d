/** What messages that are sent have in common: fields that the application sets. */
import { E_CLOSED, E_TOO_LONG, OK } from "../base/result";
import { encodeUtf8, utf8Length } from "../base/utf8";
import { E_INVALID } from "../sys/results";
import { findOctet, isText, isToken, isValue, LF, putEnd, putNumber, putText } from "./ascii";

/** Octets of room for these fields. */
export const FIELDS_SIZE: usize = 2048;

export abstract class Outgoing {
  /** Whether the head has left. */
  protected sealed: bool = false;
  private fieldsSize: usize = 0;

  /** @param fields FIELDS_SIZE octets */
  constructor(private fields: usize) {}

  /**
   * Sets a field, instead of those of its name.
   * @param name a token; not Content-Length, Transfer-Encoding, Connection or Host, which are not the application's to set
   * @param value of no control characters; other than ASCII goes out in UTF-8
   * @returns OK; E_INVALID, and then nothing was set; E_TOO_LONG, there is no more room; E_CLOSED, the head has left
   */
  header(name: string, value: string): i32 {
    this.removeHeader(name);
    return this.addHeader(name, value);
  }

  /** The same besides those of its name: for Set-Cookie. */
  addHeader(name: string, value: string): i32 {
    const size = utf8Length(value);
    const at = this.beginField(name, size);
    if (at < OK) return <i32>at;
    encodeUtf8(value, <usize>at, <i32>size);
    return this.endField(<usize>at, size);
  }

  /** The same with octets for a value. */
  addHeaderFrom(name: string, ptr: usize, size: usize): i32 {
    const at = this.beginField(name, size);
    if (at < OK) return <i32>at;
    memory.copy(<usize>at, ptr, size);
    return this.endField(<usize>at, size);
  }

  /** The same with a number for a value. */
  addHeaderNumber(name: string, value: u64): i32 {
    const at = this.beginField(name, 20);
    if (at < OK) return <i32>at;
    return this.endField(<usize>at, putNumber(<usize>at, value) - <usize>at);
  }

  /** Takes all fields of a name away. */
  removeHeader(name: string): void {
    let line = this.fields;
    let end = line + this.fieldsSize;
    const length = <usize>name.length;
    while (line < end) {
      const next = findOctet(line, end, <u8>LF) + 1;
      if (next - line > length && load<u8>(line + length) == 0x3a && isText(line, length, name)) {
        memory.copy(line, next, end - next);
        end -= next - line;
      } else {
        line = next;
      }
    }
    this.fieldsSize = end - this.fields;
  }

  /**
   * For the server only: adds a field that needs no look at it.
   * @param line its name, a colon and a space, and perhaps a value; @param ptr octets of a value; @param size how many
   * @returns OK, E_TOO_LONG or E_CLOSED
   */
  _add(line: string, ptr: usize, size: usize): i32 {
    const at = this.beginLine(line, size);
    if (at < OK) return <i32>at;
    memory.copy(<usize>at, ptr, size);
    return this.endLine(<usize>at + size);
  }

  /** Begins a line with a text. @param size octets behind it @returns where they go, or a code */
  private beginLine(text: string, size: usize): isize {
    if (this.sealed) return E_CLOSED;
    if (<usize>text.length + size + 4 > FIELDS_SIZE - this.fieldsSize) return E_TOO_LONG;
    return putText(this.fields + this.fieldsSize, text);
  }

  /** Ends the line whose octets end at `at`: it counts only now. */
  private endLine(at: usize): i32 {
    this.fieldsSize = putEnd(at) - this.fields;
    return OK;
  }

  /** Begins the line of a field. @returns where its value goes, or a code */
  private beginField(name: string, size: usize): isize {
    const at = this.beginLine(name, size);
    if (at < OK) return at;
    const start = this.fields + this.fieldsSize;
    if (!isToken(start, at) || isFraming(start, <usize>at - start)) return E_INVALID;
    store<u16>(at, 0x203a);
    return at + 2;
  }

  /** Ends it, whose value begins at `at`. */
  private endField(at: usize, size: usize): i32 {
    return isValue(at, at + size) ? this.endLine(at + size) : E_INVALID;
  }

  /** Takes all fields away, for the next message. */
  protected clearFields(): void {
    this.sealed = false;
    this.fieldsSize = 0;
  }

  /** Writes the fields as they go out. @returns the address behind them */
  protected putFields(at: usize): usize {
    memory.copy(at, this.fields, this.fieldsSize);
    return at + this.fieldsSize;
  }
}

/** Whether a field says how long the message is, what becomes of the connection, or who is asked. */
function isFraming(name: usize, size: usize): bool {
  return (
    isText(name, size, "content-length") ||
    isText(name, size, "transfer-encoding") ||
    isText(name, size, "connection") ||
    isText(name, size, "host")
  );
}
