/**
 * Conditional requests (RFC 9110, 13): whether what the client has, or expects, is what there is. The server tells what
 * there is by its entity tag and by when it was changed.
 */

import { loadDate, NO_DATE } from "./date";
import { findTag, isSameTag, LIST_HAS, LIST_MALFORMED, LIST_OTHER, tagSize } from "./etag";
import { Head } from "./head";

/** What is to be done. */
export const PROCEED: i32 = 200;
export const NOT_MODIFIED: i32 = 304;
export const PRECONDITION_FAILED: i32 = 412;

/** There is no such list. */
const LIST_MISSING: i32 = -2;

/** What the conditions of requests are compared with. One object serves for many requests. */
export class Conditions {
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
  evaluate(head: Head, safe: bool): i32 {
    const match = this.listOf(head, "if-match", true);
    if (match == LIST_MISSING) {
      const since = this.dateOf(head, "if-unmodified-since");
      if (since != NO_DATE && this.modified > since) return PRECONDITION_FAILED;
      // A list that is malformed has no tag that matches.
    } else if (match != LIST_HAS) return PRECONDITION_FAILED;
    const none = this.listOf(head, "if-none-match", false);
    if (none != LIST_MISSING) {
      // One that is malformed is not what the client has: it gets the whole.
      if (none != LIST_HAS) return PROCEED;
      return safe ? NOT_MODIFIED : PRECONDITION_FAILED;
    }
    const known = safe && this.modified != NO_DATE;
    return known && this.modified <= this.dateOf(head, "if-modified-since") ? NOT_MODIFIED : PROCEED;
  }

  /** Whether a part may be sent: If-Range is not there, or names exactly what there is (RFC 9110, 13.1.5). */
  isRangeWanted(head: Head): bool {
    const index = head.find("if-range", 0);
    if (index < 0) return true;
    const value = head.valueAt(index);
    const length = head.valueSize(index);
    const size = tagSize(value, value + length);
    if (size) return size == length && isSameTag(value, size, this.tag, this.tagLength, true);
    // Only a date that is the same. It is a strong validator when the clock has gone on since (8.8.2.2).
    return this.modified != NO_DATE && loadDate(value, length, this.now) == this.modified && this.modified < this.now;
  }

  /** What a list of tags says, which may be on several lines (RFC 9110, 5.3). */
  private listOf(head: Head, name: string, strong: bool): i32 {
    let outcome = LIST_MISSING;
    for (let i = head.find(name, 0); i >= 0 && outcome != LIST_MALFORMED; i = head.find(name, i + 1)) {
      const line = findTag(head.valueAt(i), head.valueSize(i), this.tag, this.tagLength, strong);
      if (line != LIST_OTHER || outcome == LIST_MISSING) outcome = line;
    }
    return outcome;
  }

  /** The date that a field says, or NO_DATE. */
  private dateOf(head: Head, name: string): i64 {
    const index = head.find(name, 0);
    return index < 0 ? NO_DATE : loadDate(head.valueAt(index), head.valueSize(index), this.now);
  }
}
