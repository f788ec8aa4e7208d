/**
 * Conditional requests (RFC 9110, 13): whether what the client has, or expects, is what there is. The server tells what
 * there is by its entity tag and by when it was changed.
 */

import { loadDate, NO_DATE } from "./date";
import { findTag, isSameTag, LIST_HAS, tagSize } from "./etag";

/** What is to be done. */
export const PROCEED: i32 = 200;
export const NOT_MODIFIED: i32 = 304;
export const PRECONDITION_FAILED: i32 = 412;

/** A field's value, where it stands in the request: address 0 when there is none. */
export class FieldValue {
  address: usize = 0;
  length: usize = 0;
}

/** The conditions of a request, and what they are compared with. One object serves for many requests. */
export class Conditions {
  readonly ifMatch: FieldValue = new FieldValue();
  readonly ifNoneMatch: FieldValue = new FieldValue();
  readonly ifModifiedSince: FieldValue = new FieldValue();
  readonly ifUnmodifiedSince: FieldValue = new FieldValue();
  readonly ifRange: FieldValue = new FieldValue();
  /** The entity tag with its quotes; tagLength 0: there is none. */
  tag: usize = 0;
  tagLength: usize = 0;
  /** When it was changed, in seconds since 1970; NO_DATE when that is not known. */
  modified: i64 = NO_DATE;
  /** Seconds since 1970. */
  now: i64 = 0;

  /**
   * The outcome for something that is there, in the order of RFC 9110, 13.2.2.
   * @param safe whether the method is GET or HEAD
   * @returns PROCEED, NOT_MODIFIED or PRECONDITION_FAILED
   */
  evaluate(safe: bool): i32 {
    if (this.ifMatch.address) {
      // A list that is malformed has no tag that matches.
      if (this.find(this.ifMatch, true) != LIST_HAS) return PRECONDITION_FAILED;
    } else if (this.ifUnmodifiedSince.address) {
      const since = this.dateOf(this.ifUnmodifiedSince);
      if (since != NO_DATE && this.modified != NO_DATE && this.modified > since) return PRECONDITION_FAILED;
    }
    if (this.ifNoneMatch.address) {
      // One that is malformed is not what the client has: it gets the whole.
      if (this.find(this.ifNoneMatch, false) != LIST_HAS) return PROCEED;
      return safe ? NOT_MODIFIED : PRECONDITION_FAILED;
    }
    if (safe && this.ifModifiedSince.address) {
      const since = this.dateOf(this.ifModifiedSince);
      if (since != NO_DATE && this.modified != NO_DATE && this.modified <= since) return NOT_MODIFIED;
    }
    return PROCEED;
  }

  /** Whether a part may be sent: If-Range is not there, or names exactly what there is (RFC 9110, 13.1.5). */
  get isRangeWanted(): bool {
    const value = this.ifRange;
    if (!value.address) return true;
    const size = tagSize(value.address, value.address + value.length);
    if (size) return size == value.length && isSameTag(value.address, size, this.tag, this.tagLength, true);
    // Only a date that is the same. It is a strong validator when the clock has gone on since (8.8.2.2).
    return this.modified != NO_DATE && this.dateOf(value) == this.modified && this.modified < this.now;
  }

  private find(list: FieldValue, strong: bool): i32 {
    return findTag(list.address, list.length, this.tag, this.tagLength, strong);
  }

  private dateOf(value: FieldValue): i64 {
    return loadDate(value.address, value.length, this.now);
  }
}
