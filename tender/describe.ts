/**
 * `--describe`: what an image is, needs and takes. Loaded only when it is asked for.
 */
import { formatMemory, PAGES_MAX } from "../runtime/abi/command.ts";
import { type Image, spell } from "./image.ts";
import { printable } from "./printable.ts";

/** A text for people. */
export function describeImage(image: Image): string {
  const { manifest: m, outline } = image;
  const most = m.memory.maximum === PAGES_MAX ? "" : `, at most ${formatMemory(m.memory.maximum)}`;
  const lines = [
    `${m.name} ${printable(m.version)}`,
    `ABI version  ${m.abi}`,
    `build        ${m.build}`,
    `size         ${image.bytes.length} bytes`,
    `memory       ${formatMemory(m.memory.initial)}${most}`,
  ];
  const list = (title: string, items: readonly string[]) => {
    lines.push(`${title}:`, ...(items.length > 0 ? items.map((i) => `  ${printable(i)}`) : ["  none"]));
  };
  list(
    "devices",
    m.devices.map((d) => `${d.name} (${d.kind}${d.offload === undefined ? "" : ", with offloads"})`),
  );
  list(
    "arguments",
    m.arguments.map((a) => `--${a.name}${a.short && `, -${a.short}`} (${a.type}, default "${a.default}"): ${a.doc}`),
  );
  list(
    "imports",
    outline.imports.map((i) => `${i.module}.${i.name} ${spell(i.type)}`),
  );
  list(
    "exports",
    outline.exports.map((e) => `${e.name} ${spell(e.type)}`),
  );
  list(
    "sections",
    outline.sections.map((s) => `${s.name} (${s.bytes.length} bytes)`),
  );
  return lines.join("\n");
}
