/**
 * What is used of `assemblyscript/asc`, in place of the package's own types (tsconfig.json maps the name to this file):
 * those declare AssemblyScript's globals, `console` and `u64` among them, for the whole program and so hide Node's.
 */
import type binaryen from "binaryen";

interface MemoryStream {
  write(chunk: string | Uint8Array): void;
  toString(): string;
}

interface ApiOptions {
  readonly stdout?: MemoryStream;
  readonly stderr?: MemoryStream;
  /** Classes with a method `afterCompile`; asc sets `binaryen` on their prototypes. */
  readonly transforms?: readonly (new () => { afterCompile?(module: binaryen.Module): void })[];
  readonly readFile?: (name: string, base: string) => string | null | Promise<string | null>;
  readonly writeFile?: (name: string, contents: Uint8Array | string, base: string) => void | Promise<void>;
  readonly listFiles?: (folder: string, base: string) => string[] | null | Promise<string[] | null>;
}

declare const asc: {
  /** Text of each library module by its name below `~lib/`, without extension. */
  readonly libraryFiles: Record<string, string>;
  createMemoryStream(): MemoryStream;
  main(arguments_: readonly string[], options: ApiOptions): Promise<{ readonly error: Error | null }>;
};

export default asc;
