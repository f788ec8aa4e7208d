/**
 * What to write instead, for the mistakes that people make who know TypeScript and are new to AssemblyScript: asc says
 * what is wrong, and seldom what would be right.
 */

interface Advice {
  /** Of one diagnostic of asc, with its excerpt. */
  readonly when: RegExp;
  readonly text: string;
}

/** A diagnostic about the printed main.ts where the mistake is the application's: it does not fit its config.ts. */
const MAIN = String.raw`[\s\S]* in \S*dist/main\.ts:`;

const advices: readonly Advice[] = [
  {
    when: /^ERROR AS100: Not implemented: Closures/,
    text: "AssemblyScript has no closures: put what the function uses from outside into the fields of an object, such as a Fiber or an Fn0",
  },
  {
    when: /^ERROR AS100: Not implemented: Iterators/,
    text: "AssemblyScript has no for-of: write for (let i = 0; i < list.length; i++)",
  },
  {
    when: /^ERROR AS100: Not implemented: Exceptions/,
    text: "AssemblyScript has no exceptions: return a code below zero, or null, and test for it",
  },
  {
    when: /^ERROR TS1\d+: [\s\S]*\b(async|await) /,
    text: "AssemblyScript has no async: a call such as sleep(1000) waits where it stands, while other fibers run",
  },
  {
    when: /^ERROR TS6054: File '~lib\//,
    text: 'there are no packages in an image, nor Node\'s modules: import from "fata", "fata/keys", "fata/info", or files of the project',
  },
  {
    when: /^ERROR TS2304: Cannot find name '(setTimeout|setInterval|setImmediate|queueMicrotask)'/,
    text: "there are no callbacks to come later: spawn a Fiber whose run() calls sleep(ms) and goes on",
  },
  {
    when: /^ERROR TS2339: Property '\w+' does not exist on type '~lib\/fata\/keys\/Keys'/,
    text: 'declare it in config.ts with key("NAME", ...), and give it to register(..., ..., KEY)',
  },
  {
    when: new RegExp(`^ERROR (TS2305: Module \\S+ has no exported member 'Main'|TS2351: )${MAIN}`),
    text: "the module must have: export class Main { start(): void { ... } }",
  },
  {
    when: new RegExp(`^ERROR TS2339: Property 'start' does not exist on type '\\S+/Main'${MAIN}`),
    text: "class Main must have a method start(): void, the unikernel's body",
  },
  {
    when: new RegExp(`^ERROR (TS2554|TS2322|TS2345): [\\s\\S]* new Main\\(${MAIN}`),
    text: "the constructor of Main must take what unikernel(...) in config.ts lists, in the same order",
  },
];

/**
 * Adds advice to asc's diagnostics, a line below each that it is known for.
 * @param text diagnostics, with an empty line between any two
 */
export function advise(text: string): string {
  return text
    .split("\n\n")
    .map((diagnostic) => {
      const advice = advices.find(({ when }) => when.test(diagnostic));
      return advice ? `${diagnostic.trimEnd()}\n   = ${advice.text}` : diagnostic;
    })
    .join("\n\n");
}
