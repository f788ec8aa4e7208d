/**
 * Text of an image, which may be anybody's, in one line: what a terminal would obey (control characters, separators of
 * lines, what turns the direction of writing) and what has no shape stand as \u{1b}.
 */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
