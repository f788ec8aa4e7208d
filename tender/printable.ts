/**
 * Text from an image, as it may stand on a terminal: an image that nobody trusts yet is what --describe is for.
 */

/** What a terminal obeys: control characters, line separators, and what turns the direction of writing. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line in which the characters that a terminal would obey stand as \u{1b}. */
export function printable(text: string): string {
  return text.replace(OBEYED, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);
}
