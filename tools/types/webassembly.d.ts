/**
 * The part of the WebAssembly JavaScript interface that is used here (https://www.w3.org/TR/wasm-js-api-2/). Node has it,
 * but its types come with TypeScript's "dom" library only, which would let a document and a window pass as well.
 */
type BufferSource = ArrayBuffer | Uint8Array;

declare namespace WebAssembly {
  interface ImportDescriptor {
    readonly module: string;
    readonly name: string;
    readonly kind: "function" | "table" | "memory" | "global";
  }

  interface ExportDescriptor {
    readonly name: string;
    readonly kind: "function" | "table" | "memory" | "global";
  }

  class Module {
    constructor(bytes: BufferSource);
    static imports(module: Module): ImportDescriptor[];
    static exports(module: Module): ExportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
    private readonly module: unique symbol;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an export may be a function of any signature
  type Exports = Record<string, any>;
  type ModuleImports = Record<string, unknown>;
  type Imports = Record<string, ModuleImports>;

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    /** @returns the size before, in pages */
    grow(pages: number): number;
  }

  class Global {
    constructor(descriptor: { readonly value: string; readonly mutable?: boolean }, value: number | bigint);
    value: number | bigint;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function compile(bytes: BufferSource): Promise<Module>;
  function validate(bytes: BufferSource): boolean;
}
