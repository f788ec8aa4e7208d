/**
 * Reads runtime/abi/tender.ts with AssemblyScript's own parser, so that the generator and asc see the same file.
 */
import * as assemblyscript from "assemblyscript";

type Node = assemblyscript.Node;

/** The types that may stand in the ABI. */
export type AbiType = "i32" | "u32" | "u64" | "usize" | "void";

/** A run of comments, as it stands in the source. */
export interface AbiComment {
  readonly kind: "comment";
  readonly text: string;
}

export interface AbiConstant {
  readonly kind: "constant";
  readonly name: string;
  readonly type: AbiType;
  /** The value as it was typed, so that hexadecimal stays hexadecimal. */
  readonly value: string;
}

export interface AbiFunction {
  readonly kind: "hypercall" | "export";
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: AbiType }[];
  readonly result: AbiType;
  /** The comment before it. */
  readonly doc: string;
}

/** The ABI in the order of its source. */
export type Abi = readonly (AbiComment | AbiConstant | AbiFunction)[];

const TYPES: readonly string[] = ["i32", "u32", "u64", "usize", "void"] satisfies AbiType[];

/**
 * Reads the ABI.
 * @param text the content of runtime/abi/tender.ts
 * @param path its name in error messages
 * @returns its comments, constants and functions in order
 * @throws Error for anything that the C header and the WIT world could not say
 */
export function parseAbi(text: string, path: string): Abi {
  const program = assemblyscript.newProgram(assemblyscript.newOptions());
  assemblyscript.parse(program, text, path, true);
  const mistake = assemblyscript.nextDiagnostic(program);
  if (mistake) throw new Error(`${path}: ${mistake.message}`);
  const source = program.sources.find((s) => s.normalizedPath === path);
  if (!source) throw new Error(`${path}: the parser saw no such file`);

  const abi: (AbiComment | AbiConstant | AbiFunction)[] = [];
  const reader = new Reader(text, path);
  let end = 0;
  for (const statement of source.statements) {
    const comment = reader.comment(end, statement.range.start);
    if (comment) abi.push({ kind: "comment", text: comment });
    abi.push(...reader.statement(statement, comment));
    end = statement.range.end;
  }
  const last = reader.comment(end, text.length);
  if (last) abi.push({ kind: "comment", text: last });
  return abi;
}

class Reader {
  readonly #text: string;
  readonly #path: string;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** The comments between two offsets: all that is there but the semicolon of the statement before. */
  comment(start: number, end: number): string {
    return this.#text.slice(start, end).replace(/^;/, "").trim();
  }

  statement(node: Node, doc: string): (AbiConstant | AbiFunction)[] {
    switch (node.kind) {
      case assemblyscript.NodeKind.Variable:
        return (node.declarations ?? []).map((d) => this.#constant(d));
      case assemblyscript.NodeKind.FunctionDeclaration:
        if (node.body) throw this.#refuse(node);
        return [this.#function("hypercall", node, doc)];
      case assemblyscript.NodeKind.InterfaceDeclaration:
        return this.#exports(node);
      default:
        throw this.#refuse(node);
    }
  }

  #constant(node: Node): AbiConstant {
    const type = this.#type(node.type);
    const value = node.initializer ? this.#slice(node.initializer) : "";
    if (!node.name || !/^-?(\d+|0x[0-9a-fA-F]+)$/.test(value)) throw this.#refuse(node);
    return { kind: "constant", name: node.name.text, type, value };
  }

  #function(kind: AbiFunction["kind"], node: Node, doc: string): AbiFunction {
    if (!node.name || !node.signature) throw this.#refuse(node);
    const parameters = node.signature.parameters.map((p) => {
      if (!p.name) throw this.#refuse(node);
      return { name: p.name.text, type: this.#type(p.type) };
    });
    return { kind, name: node.name.text, parameters, result: this.#type(node.signature.returnType), doc };
  }

  /** The methods of the one interface, ImageExports. */
  #exports(node: Node): AbiFunction[] {
    let end = this.#text.indexOf("{", node.range.start) + 1;
    return (node.members ?? []).map((member) => {
      const doc = this.comment(end, member.range.start);
      end = member.range.end;
      return this.#function("export", member, doc);
    });
  }

  #type(node: Node | null | undefined): AbiType {
    const name = node ? this.#slice(node) : "";
    if (!TYPES.includes(name)) throw new Error(`${this.#path}: type "${name}"; expected one of ${TYPES.join(", ")}`);
    return name as AbiType;
  }

  #slice(node: Node): string {
    return this.#text.slice(node.range.start, node.range.end);
  }

  #refuse(node: Node): Error {
    const line = this.#text.slice(0, node.range.start).split("\n").length;
    return new Error(
      `${this.#path}:${line}: expected a numeric constant, a function without a body or the interface ImageExports`,
    );
  }
}
