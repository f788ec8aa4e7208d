// How the WebAssembly types of runtime/abi/tender.ts look from JavaScript. Seen by the TypeScript side only:
// on the AssemblyScript side they are the language's own.
type i32 = number;
type u32 = number;
type usize = number;
type u64 = bigint;
