/**
 * Pages of documentation and what their blocks are marked with. A comment before a block tells a test what to do with it;
 * several marks have a comma between:
 *
 *     <!-- file: noop/config.ts -->                the reader writes this file
 *     <!-- same as: examples/hello/config.ts -->   it is the text of that file
 *     <!-- output of: tender --help -->            it is what that command prints
 *     <!-- tested by: test/e2e/start.test.ts -->   it is tested there: a command is not run here, a fragment of a file is not
 *                                                  compared
 *     <!-- it prints -->                           it is what the block of `sh` before it prints, but for times and sizes
 *
 * and of blocks of `sh`:
 *
 *     <!-- in a namespace -->                      it is run as root, in a network namespace of the page's own
 *     <!-- goes on -->                             what it starts last runs until the end of the page; the next block is
 *                                                  run once it has logged a line
 *     <!-- fails -->                               it ends with a status other than 0; what it prints is the error
 */
import { filesUnder, readRepository } from "../support/repository.ts";

const marks = ["file", "same as", "output of", "it prints", "in a namespace", "goes on", "fails", "tested by"] as const;
type Mark = (typeof marks)[number];

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
  readonly marks: ReadonlyMap<Mark, string>;
}

/** The pages of the repository. */
export const pages = filesUnder("").filter((path) => path.endsWith(".md"));

/** The fenced blocks of a page. @throws when one has a mark that is none */
export function blocksOf(page: string): Block[] {
  const pattern = /(?:<!-- ([^\n]*) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...readRepository(page).matchAll(pattern)].map(([, comment, language = "", text = ""]) => {
    return { page, language, text, marks: parseMarks(page, comment) };
  });
}

function parseMarks(page: string, comment: string | undefined): Map<Mark, string> {
  if (comment === undefined) return new Map();
  const start = new RegExp(`, (?=(?:${marks.join("|")})(?:$|: |, ))`);
  return new Map(
    comment.split(start).map((text) => {
      const [, name = "", value = ""] = /^([^:]*)(?:: (.*))?$/.exec(text) ?? [];
      const mark = marks.find((known) => known === name);
      if (!mark) throw new Error(`${page}: a block is marked "${text}"; expected one of ${marks.join(", ")}`);
      return [mark, value] as const;
    }),
  );
}
