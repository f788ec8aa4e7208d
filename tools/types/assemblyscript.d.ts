/** What is used of AssemblyScript's parser, in place of the package's own types, for the reason given in asc.d.ts. */

/** An opaque set of compiler options. */
export interface Options {
  readonly options: unique symbol;
}

export interface Program {
  readonly sources: readonly { readonly normalizedPath: string; readonly statements: readonly Node[] }[];
}

/** The fields that some kinds of node have. */
export interface Node {
  readonly kind: number;
  /** Offsets in the source's text. */
  readonly range: { readonly start: number; readonly end: number };
  readonly name?: { readonly text: string };
  readonly type?: Node | null;
  readonly initializer?: Node | null;
  readonly declarations?: readonly Node[];
  readonly members?: readonly Node[];
  readonly typeParameters?: readonly Node[] | null;
  readonly signature?: { readonly parameters: readonly Node[]; readonly returnType: Node };
  readonly body?: Node | null;
}

export const NodeKind: Readonly<
  Record<"ClassDeclaration" | "FunctionDeclaration" | "InterfaceDeclaration" | "Variable", number>
>;
export function newOptions(): Options;
export function newProgram(options: Options): Program;
/** Parses one file into the program. */
export function parse(program: Program, text: string, path: string, isEntry: boolean): void;
/** Takes the next diagnostic, null when there is none left. */
export function nextDiagnostic(program: Program): { readonly message: string } | null;
