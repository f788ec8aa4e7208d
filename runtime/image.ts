/**
 * The image's name and version, for the library itself. `fata build` writes them in place of the empty texts
 * (compiler/print/info.ts). `fata/info` has them for applications; but its lists would be in each image if this library
 * imported it.
 */

/** The name, as config.ts registers it. */
export function imageName(): string {
  return "";
}

/** The version in the project's package.json; `0.0.0` without one. */
export function imageVersion(): string {
  return "";
}
