import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ManifestDevice } from "../../runtime/abi/manifest.ts";
import { packageRoot, packageVersion } from "../package.ts";
import { literal } from "./text.ts";

/** What an image can tell of itself. */
export interface Info {
  readonly name: string;
  readonly version: string;
  readonly devices: readonly ManifestDevice[];
}

/** Prints the module `fata/info`: runtime/info.ts with the image's own values. */
export function printInfo({ name, version, devices }: Info): string {
  const packages = [
    ["assemblyscript", createRequire(import.meta.url)("assemblyscript/package.json").version],
    ["fata", packageVersion],
  ];
  const values = {
    name: literal(name),
    version: literal(version),
    packages: list("PackageInfo", packages),
    devices: list(
      "DeviceInfo",
      devices.map(({ name, kind }) => [name, kind]),
    ),
  };
  const source = readFileSync(join(packageRoot, "runtime/info.ts"), "utf8");
  return Object.entries(values).reduce((text, [constant, value]) => {
    const declaration = new RegExp(`^(export const ${constant}: .*? = ).*;$`, "m");
    if (!declaration.test(text)) throw new Error(`runtime/info.ts does not declare ${constant}`);
    return text.replace(declaration, (_line, start) => `${start}${value};`);
  }, source);
}

/** Prints the module `fata/image`: runtime/image.ts with the image's own name and version. */
export function printImage({ name, version }: Pick<Info, "name" | "version">): string {
  const source = readFileSync(join(packageRoot, "runtime/image.ts"), "utf8");
  return [name, version].reduce((text, value) => text.replace('return "";', () => `return ${literal(value)};`), source);
}

/** An array of objects of a class whose constructor takes texts. */
function list(className: string, items: readonly (readonly string[])[]): string {
  return `[${items.map((texts) => `new ${className}(${texts.map(literal).join(", ")})`).join(", ")}]`;
}
