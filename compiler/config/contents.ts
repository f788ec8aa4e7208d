import type { Site } from "../errors.ts";

/** What of a file system is compiled into an image, past asc: main.ts has its address. */
export abstract class Contents {
  /** Where main.ts has it: `folders.htdocs`, which is in the library's module "fata/folders". */
  abstract readonly namespace: "folders" | "zones";
  /** Its name there, as a device's. */
  readonly name: string;
  readonly site: Site | undefined;

  protected constructor(name: string, site: Site | undefined) {
    this.name = name;
    this.site = site;
  }

  /** The bytes, and a line for each warning. @throws ProjectError */
  abstract read(): Promise<{ readonly bytes: Uint8Array; readonly warnings: readonly string[] }>;
  /** The files and folders that it is made of, absolute. */
  abstract readonly paths: readonly string[];
}
