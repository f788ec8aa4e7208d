/**
 * The ABI as a C header. Comments are carried over as they stand, so the names in them lack the prefix FATA_.
 */
import type { Abi, AbiConstant, AbiFunction, AbiType } from "./parse.ts";

const C_TYPES: Record<AbiType, string> = {
  i32: "int32_t",
  u32: "uint32_t",
  u64: "uint64_t",
  usize: "uint32_t",
  void: "void",
};

const LETTERS: Record<AbiType, string> = { i32: "i", u32: "i", usize: "i", u64: "I", void: "" };

/** The header's text. */
export function printHeader(abi: Abi): string {
  const parts = [PROLOGUE];
  let previous = "";
  for (const item of abi) {
    const text = declaration(item);
    // Constants without a comment between them stand together, and a comment stands on what it explains.
    parts.push(item.kind !== "comment" && previous !== "" ? `${text}\n` : `\n${text}\n`);
    previous = item.kind;
  }
  const hypercalls = abi.filter((item): item is AbiFunction => item.kind === "hypercall");
  parts.push(LIST_COMMENT, "#define FATA_HYPERCALLS(X)", ...hypercalls.map((h) => ` \\\n  X(${signature(h)})`), "\n");
  parts.push("\n#endif\n");
  return parts.join("");
}

function declaration(item: Abi[number]): string {
  switch (item.kind) {
    case "comment":
      return item.text;
    case "constant":
      return constant(item);
    case "hypercall":
      return `${C_TYPES[item.result]} fata_${item.name}(${["struct fata_guest *guest", ...parameters(item)].join(", ")});`;
    case "export":
      // Called through the engine, so without a prototype.
      return `${item.doc}\n// export: ${C_TYPES[item.result]} ${item.name}(${parameters(item).join(", ")})`;
  }
}

function constant({ name, type, value }: AbiConstant): string {
  const literal = value.startsWith("-") ? `(${value})` : type === "i32" ? value : `${value}${suffix(type)}`;
  return `#define FATA_${name} ${literal}`;
}

function suffix(type: AbiType): string {
  return type === "u64" ? "ull" : "u";
}

function parameters(item: AbiFunction): string[] {
  return item.parameters.map((p) => `${C_TYPES[p.type]} ${p.name}`);
}

function signature(item: AbiFunction): string {
  return `${item.name}, "${item.parameters.map((p) => LETTERS[p.type]).join("")}", "${LETTERS[item.result]}"`;
}

const PROLOGUE = `/* Generated from runtime/abi/tender.ts by tools/abi.ts. Do not edit; run: npm run abi
 *
 * Constants carry the prefix FATA_, functions fata_; the comments are the definition's own and name them without. */
#ifndef FATA_ABI_H
#define FATA_ABI_H

#include <stdint.h>

/* The tender's state of one running image. */
struct fata_guest;
`;

const LIST_COMMENT = `
/* Every hypercall once: X(name, parameters, result), the types as letters: i for 32 bits, I for 64 bits. */
`;
