/**
 * Names and values as a query or the body of a form has them: `name=Ada+Lovelace&year=1815`, the media type
 * application/x-www-form-urlencoded (WHATWG URL, 5.1). Nothing is copied until a value is asked for.
 */

import { equal } from "../base/bytes";
import { encodeUtf8 } from "../base/utf8";
import { isText, skipSpace } from "./ascii";
import { decodePercent, percentString } from "./percent";

const AND: u8 = 0x26;
const EQUALS: u8 = 0x3d;

/** Goes through the fields of a form, in their order. */
export class FormReader {
  private at: usize = 0;
  private end: usize = 0;
  /** The field: its name, then, behind a "=", its value. */
  private start: usize = 0;
  private middle: usize = 0;
  private stop: usize = 0;

  /** @param ptr the form's octets, which stay where they are meanwhile; @param length how many */
  open(ptr: usize, length: usize): void {
    this.at = ptr;
    this.end = ptr + length;
  }

  /** Goes to the next field. @returns false when there is none */
  next(): bool {
    const end = this.end;
    let at = this.at;
    // Between two "&" there is no field.
    while (at < end && load<u8>(at) == AND) at++;
    if (at == end) return false;
    this.start = at;
    while (at < end && load<u8>(at) != AND) at++;
    this.stop = at;
    let middle = this.start;
    while (middle < at && load<u8>(middle) != EQUALS) middle++;
    this.middle = middle;
    this.at = at;
    return true;
  }

  /** The field's name, decoded; null when it is malformed. */
  get name(): string | null {
    return percentString(this.start, this.middle - this.start, true);
  }

  /** The field's value, decoded: "" without a "="; null when it is malformed. */
  get value(): string | null {
    const start = min(this.middle + 1, this.stop);
    return percentString(start, this.stop - start, true);
  }

  /** Whether the field has this name. @param name in UTF-8; @param scratch room for three times as many */
  is(name: usize, length: usize, scratch: usize): bool {
    // What is encoded takes three times the room: most names are told by their length.
    const octets = this.middle - this.start;
    if (octets < length || octets > length * 3) return false;
    const decoded = decodePercent(this.start, octets, scratch, true);
    return <usize>decoded == length && equal(scratch, name, length);
  }
}

/**
 * The value of the first field with a name.
 * @param ptr a query, without its "?", or the body of a form; @param length its octets, which the caller has bounded
 * @returns null when no field has the name, or its value is malformed
 */
export function formValue(ptr: usize, length: usize, name: string): string | null {
  const reader = new FormReader();
  const octets = new StaticArray<u8>(name.length * 3);
  const wanted = changetype<usize>(octets);
  const wantedLength = encodeUtf8(name, wanted, octets.length);
  const scratch = new StaticArray<u8>(wantedLength * 3);
  reader.open(ptr, length);
  while (reader.next()) {
    if (reader.is(wanted, wantedLength, changetype<usize>(scratch))) return reader.value;
  }
  return null;
}

/** Whether the value of Content-Type is that of a form. Parameters, such as charset, mean nothing there. */
export function isForm(ptr: usize, length: usize): bool {
  // Here and not outside, where it would be in images that know no forms.
  const form = "application/x-www-form-urlencoded";
  const size = form.length;
  if (length < <usize>size || !isText(ptr, size, form)) return false;
  const at = skipSpace(ptr + size, ptr + length);
  return at == ptr + length || load<u8>(at) == 0x3b;
}

/** A form that was received. */
export class Form {
  /** @param bytes its octets */
  constructor(private bytes: Uint8Array) {}

  /** The value of the first field with a name, decoded: null when there is none, or it is malformed. */
  get(name: string): string | null {
    return formValue(this.bytes.dataStart, this.bytes.length, name);
  }

  /** Goes through all fields, in their order. */
  fields(): FormReader {
    const reader = new FormReader();
    reader.open(this.bytes.dataStart, this.bytes.length);
    return reader;
  }
}
