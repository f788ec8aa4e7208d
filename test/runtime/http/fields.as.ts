/** The parsers of field values and of paths, on octets that the test puts into memory. */

import { OK } from "fata/base/result";
import { codingWeight } from "fata/http/coding";
import { Conditions } from "fata/http/conditions";
import { DATE_SIZE, loadDate, storeDate } from "fata/http/date";
import { findTag } from "fata/http/etag";
import { FormReader, formValue } from "fata/http/form";
import { Head, TABLE_SIZE } from "fata/http/head";
import { MEDIA_TYPE_MAX, storeMediaType } from "fata/http/mediatype";
import { Parameters, Pattern } from "fata/http/pattern";
import { decodePercent, percentString } from "fata/http/percent";
import { ByteRange } from "fata/http/range";

/** Memory for inputs, one piece for each value that a test has at a time. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

export function date(seconds: u64, to: usize): usize {
  storeDate(to, seconds);
  return DATE_SIZE;
}

export function readDate(ptr: usize, length: usize, now: i64): i64 {
  return loadDate(ptr, length, now);
}

export function tag(list: usize, length: usize, tag: usize, tagLength: usize, strong: bool): i32 {
  return findTag(list, length, tag, tagLength, strong);
}

/** The fields that a head may have: some on two lines. */
const NAMES: string[] = [
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "if-match",
  "if-none-match",
  "accept-encoding",
  "accept-encoding",
];

/** A head with those of the fields whose values the test has put into memory. */
class Fields extends Head {
  private readonly places: StaticArray<usize> = new StaticArray<usize>(NAMES.length);
  private readonly sizes: StaticArray<usize> = new StaticArray<usize>(NAMES.length);

  constructor() {
    super(heap.alloc(TABLE_SIZE));
  }

  /** @param ptr 0: the field is not there */
  set(index: i32, ptr: usize, length: usize): void {
    this.places[index] = ptr;
    this.sizes[index] = length;
  }

  find(name: string, from: i32): i32 {
    for (let i = from; i < NAMES.length; i++) if (this.places[i] && NAMES[i] == name) return i;
    return -1;
  }

  valueAt(index: i32): usize {
    return this.places[index];
  }

  valueSize(index: i32): usize {
    return this.sizes[index];
  }

  protected startLine(_at: usize, _end: usize): i32 {
    return OK;
  }

  protected known(_name: usize, _nameSize: usize, _value: usize, _end: usize): i32 {
    return OK;
  }

  protected finish(): i32 {
    return OK;
  }
}

const head = new Fields();

/** The weight of gzip in the lists of two fields; address 0 for none. */
export function gzip(list: usize, length: usize, second: usize, secondLength: usize): i32 {
  head.set(7, list, length);
  head.set(8, second, secondLength);
  return codingWeight(head, "gzip");
}

const range = new ByteRange();

export function readRange(ptr: usize, length: usize, size: u64): i32 {
  return range.read(ptr, length, size);
}

export function rangeStart(): u64 {
  return range.start;
}

export function rangeLength(): u64 {
  return range.length;
}

export function decode(ptr: usize, length: usize, to: usize, form: bool): i32 {
  return decodePercent(ptr, length, to, form);
}

/** @returns a string, or 0 */
export function decodeText(ptr: usize, length: usize): usize {
  return changetype<usize>(percentString(ptr, length));
}

const reader = new FormReader();

export function openForm(ptr: usize, length: usize): void {
  reader.open(ptr, length);
}

export function nextField(): bool {
  return reader.next();
}

export function fieldName(): usize {
  return changetype<usize>(reader.name);
}

export function fieldText(): usize {
  return changetype<usize>(reader.value);
}

export function firstValue(ptr: usize, length: usize, name: usize, nameLength: usize): usize {
  return changetype<usize>(formValue(ptr, length, String.UTF8.decodeUnsafe(name, nameLength)));
}

export function type(name: usize, length: usize, to: usize): usize {
  const octets = storeMediaType(name, length, to);
  assert(octets <= MEDIA_TYPE_MAX);
  return octets;
}

const conditions = new Conditions();

/** Sets one of the fields that are conditions, in the order of NAMES; address 0 for none. */
export function condition(index: i32, ptr: usize, length: usize): void {
  head.set(index, ptr, length);
}

export function evaluate(tag: usize, tagLength: usize, modified: i64, now: i64, safe: bool): i32 {
  conditions.tag = tag;
  conditions.tagLength = tagLength;
  conditions.modified = modified;
  conditions.now = now;
  return conditions.evaluate(head, safe);
}

export function isRangeWanted(): bool {
  return conditions.isRangeWanted(head);
}

const parameters = new Parameters();
let pattern: Pattern | null = null;

/** Compares a path with a pattern. @returns how many parameters, -1 when it does not match */
export function match(text: usize, textLength: usize, path: usize, length: usize): i32 {
  const made = new Pattern(String.UTF8.decodeUnsafe(text, textLength));
  pattern = made;
  return made.matches(path, length, parameters) ? parameters.count : -1;
}

export function parameterStart(index: i32): usize {
  return parameters.start(index);
}

export function parameterLength(index: i32): usize {
  return parameters.length(index);
}

export function parameterIndex(name: usize, length: usize): i32 {
  return pattern!.indexOf(String.UTF8.decodeUnsafe(name, length));
}
