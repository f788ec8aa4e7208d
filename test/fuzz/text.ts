/** What the targets that read text have in common. */

/** Control characters. */
export const CONTROL = /\p{Cc}/u;

/** Characters that a terminal obeys, or that end a line. */
export const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** The text that octets are in UTF-8, or undefined when they are none. */
export function decodeStrictly(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
