/** The words of a master file (RFC 1035, 5.1). */

/** A word, or a text in quotes. */
export interface Token {
  /** As it is written, escapes and all, without quotes; one character an octet. */
  readonly text: string;
  readonly quoted: boolean;
  /** Whether nothing stands between the word before and this one, as in alpn="h2". */
  readonly joined: boolean;
  /** Counted from 1. */
  readonly line: number;
}

/** A line of the file, or several that parentheses make one. It has at least one token. */
export interface Entry {
  readonly tokens: readonly Token[];
  readonly line: number;
  /** Whether it begins with blanks: its owner is that of the record before. */
  readonly indented: boolean;
}

/** What is wrong with a line. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

// Blanks, comment, end of line, a parenthesis, a text in quotes, a word; and what is none of these. What is between escapes is
// a run each time: a loop of single characters would take stack for each of them.
const TOKEN =
  /([ \t\r\f]+)|(;[^\n]*)|(\n)|([()])|"([^"\\\n]*(?:\\[^\n][^"\\\n]*)*)"|((?:[^ \t\r\f\n;()"\\]|\\[^\n])[^ \t\r\f\n;()"\\]*(?:\\[^\n][^ \t\r\f\n;()"\\]*)*)|[\s\S]/gy;

/** @param text one character an octet @throws SyntaxProblem */
export function* readEntries(text: string): Generator<Entry> {
  let tokens: Token[] = [];
  let line = 1;
  let depth = 0;
  let opened = 0;
  let indented = false;
  let atStart = true;
  let joined = false;
  // A mark that some editors put first, which says that the file is UTF-8.
  const start = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
  const pattern = new RegExp(TOKEN);
  pattern.lastIndex = start;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [whole, blanks, comment, end, parenthesis, quoted, word] = match;
    if (blanks !== undefined) {
      if (atStart && depth === 0) indented = true;
      joined = false;
    } else if (end !== undefined) {
      if (depth === 0 && tokens.length > 0) {
        yield { tokens, line: tokens[0]?.line ?? line, indented };
        tokens = [];
      }
      if (depth === 0) indented = false;
      line++;
      joined = false;
      atStart = true;
      continue;
    } else if (parenthesis !== undefined) {
      depth += parenthesis === "(" ? 1 : -1;
      if (depth < 0) throw new SyntaxProblem("a closing parenthesis that none opens", line);
      if (depth > 1) throw new SyntaxProblem(`a parenthesis within the one of line ${opened}`, line);
      if (depth === 1) opened = line;
      joined = false;
    } else if (comment === undefined) {
      if (quoted === undefined && word === undefined)
        throw new SyntaxProblem(
          whole === '"' ? "a quotation mark that no other one closes in its line" : "a backslash at the end of a line",
          line,
        );
      tokens.push({ text: quoted ?? word ?? "", quoted: quoted !== undefined, joined, line });
      joined = true;
    }
    atStart = false;
  }
  if (depth > 0) throw new SyntaxProblem("a parenthesis that none closes", opened);
  if (tokens.length > 0) yield { tokens, line: tokens[0]?.line ?? line, indented };
}
