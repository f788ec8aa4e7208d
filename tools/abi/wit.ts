/**
 * The ABI as a WIT world, for the tools of the component model.
 *
 * Names: WIT knows only kebab-case, and the canonical ABI derives core import names from WIT names. So the core module's
 * import `tender`.`console_write` is `fata:tender/hypercalls@1.0.0`.`console-write` here (docs/adr/0007-wit-names.md).
 */
import type { Abi, AbiFunction, AbiType } from "./parse.ts";

const WIT_TYPES: Record<Exclude<AbiType, "void">, string> = { i32: "s32", u32: "u32", usize: "u32", u64: "u64" };

/** The WIT package's text. */
export function printWorld(abi: Abi): string {
  const version = abi.find((item) => item.kind === "constant" && item.name === "ABI_VERSION");
  if (version?.kind !== "constant") throw new Error("the ABI has no ABI_VERSION");
  const lines = [
    "// Generated from runtime/abi/tender.ts by tools/abi.ts. Do not edit; run: npm run abi",
    `package fata:tender@${version.value}.0.0;`,
    "",
    "/// The hypercalls. Addresses and lengths are in the image's linear memory (docs/abi.md).",
    "interface hypercalls {",
    ...functions(abi, "hypercall", ""),
    "}",
    "",
    "/// An image: it also exports its linear memory, which WIT cannot say.",
    "world image {",
    "  import hypercalls;",
    "",
    ...functions(abi, "export", "export "),
    "}",
    "",
  ];
  return lines.join("\n");
}

/** The WIT name of a core name: `console_write` and `nameLen` become `console-write` and `name-len`. */
export function witName(name: string): string {
  return name.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function functions(abi: Abi, kind: AbiFunction["kind"], keyword: string): string[] {
  const lines: string[] = [];
  for (const item of abi) {
    if (item.kind !== kind) continue;
    if (lines.length > 0) lines.push("");
    lines.push(...docLines(item.doc).map((line) => `  /// ${line}`.trimEnd()));
    const parameters = item.parameters.map((p) => `${witName(p.name)}: ${witType(p.type)}`).join(", ");
    const result = item.result === "void" ? "" : ` -> ${witType(item.result)}`;
    lines.push(`  ${keyword}${witName(item.name)}: func(${parameters})${result};`);
  }
  return lines;
}

function witType(type: AbiType): string {
  if (type === "void") throw new Error("void is not the type of a value");
  return WIT_TYPES[type];
}

/** The sentences of the last comment before a declaration: section headings stay in the header. */
function docLines(doc: string): string[] {
  const start = doc.lastIndexOf("/**");
  if (start < 0) return [];
  return doc
    .slice(start)
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, ""))
    .filter((line) => line.trim() !== "");
}
