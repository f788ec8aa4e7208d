import { formatMemory, PAGES_MAX } from "../../runtime/abi/command.ts";
import type { Manifest } from "../../runtime/abi/manifest.ts";
import type { Image } from "../deploy/image.ts";
import { sectionName, sectionsOf } from "../pipeline/sections.ts";
import { visible } from "../visible.ts";

/** An image as `fata describe --json` tells it. */
export interface DescribedImage extends Manifest {
  /** Bytes of the file. */
  readonly size: number;
  readonly imports: readonly WebAssembly.ImportDescriptor[];
  readonly exports: readonly WebAssembly.ExportDescriptor[];
  /** In the order of the file, with the bytes of their content. */
  readonly sections: readonly { readonly name: string; readonly size: number }[];
}

/** What is in an image, which was read and checked before. */
export function describeImage({ bytes, manifest }: Image): DescribedImage {
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  return {
    ...manifest,
    size: bytes.length,
    imports: WebAssembly.Module.imports(module),
    exports: WebAssembly.Module.exports(module),
    sections: sectionsOf(bytes).map((section) => ({ name: sectionName(section), size: section.content.length })),
  };
}

/** The same for people. */
export function formatImage(image: DescribedImage): string {
  const { initial, maximum } = image.memory;
  const most = maximum === PAGES_MAX ? "" : `, at most ${formatMemory(maximum)}`;
  const list = (title: string, items: readonly string[]) => [
    `${title}:`,
    ...(items.length > 0 ? items.map((item) => `  ${visible(item)}`) : ["  none"]),
  ];
  const lines = [
    visible(`${image.name} ${image.version}`),
    `ABI version  ${image.abi}`,
    `build        ${image.build}`,
    `size         ${image.size} bytes`,
    `memory       ${formatMemory(initial)}${most}`,
    ...list(
      "devices",
      image.devices.map(({ name, kind, offload }) => `${name} (${kind}${offload ? ", offload" : ""})`),
    ),
    ...list(
      "arguments",
      image.arguments.map(
        ({ name, short, type, default: preset, doc }) =>
          `--${name}${short && `, -${short}`} (${type}, default ${JSON.stringify(preset)}): ${doc}`,
      ),
    ),
    ...list(
      "imports",
      image.imports.map(({ module, name, kind }) => `${module}.${name} (${kind})`),
    ),
    ...list(
      "exports",
      image.exports.map(({ name, kind }) => `${name} (${kind})`),
    ),
    ...list(
      "sections",
      image.sections.map(({ name, size }) => `${name} (${size} bytes)`),
    ),
  ];
  return lines.join("\n");
}
