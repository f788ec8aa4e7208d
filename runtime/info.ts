/**
 * The module `fata/info`: what the image is made of. The values here stand for those that `fata build` writes in their
 * place (compiler/print/info.ts). An image that does not ask for them does not have them.
 */

/** A package that code of the image comes from. */
export class PackageInfo {
  constructor(
    readonly name: string,
    readonly version: string,
  ) {}
}

/** A device that the tender attaches. */
export class DeviceInfo {
  constructor(
    readonly name: string,
    /** `network` or `block`. */
    readonly kind: string,
  ) {}
}

/** The image's name, as config.ts registers it. */
export const name: string = "";
/** The version in the project's package.json; `0.0.0` without one. */
export const version: string = "";
/** The packages in alphabetical order: this library and AssemblyScript's standard library. */
export const packages: PackageInfo[] = [];
/** The devices in the order in which they are made. */
export const devices: DeviceInfo[] = [];
