/** The first line of every printed file. `fata build` and `fata clean` touch only files that begin with it. */
export const PRINTED = "// Printed by `fata build` from config.ts. Read it; changes to it are lost.";

/** A text as a literal of the language. */
export function literal(text: string): string {
  // JSON leaves these two as they are, and asc takes them for the end of the line.
  return JSON.stringify(text)
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

/** A doc comment of `text`, which may hold anything. */
export function docComment(text: string, indent: string): string[] {
  const lines = text
    .replaceAll("*/", "*\\/")
    .split(/[\r\n\u2028\u2029]+/)
    .flatMap((line) => wrap(line.trimEnd(), 116 - indent.length));
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** Breaks a line between words so that no part is longer than `width`, long words aside. */
function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current ? `${current} ${word}` : word;
    }
  }
  return [...lines, current];
}

/** `import { A, b } from "module";`, names in alphabetical order, broken when it does not fit. */
export function importLine(names: Iterable<string>, module: string): string[] {
  const sorted = [...new Set(names)].sort((a, b) => {
    const [x, y] = [a.toLowerCase(), b.toLowerCase()];
    return x < y ? -1 : x > y ? 1 : 0;
  });
  const line = `import { ${sorted.join(", ")} } from "${module}";`;
  if (line.length <= 120) return [line];
  return ["import {", ...sorted.map((name) => `  ${name},`), `} from "${module}";`];
}
