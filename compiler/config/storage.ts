/** Key-value stores, and block devices that are no disks of their own. */
import { ProjectError } from "../errors.ts";
import { Device, describe, expectKind } from "./device.ts";
import { attached } from "./devices.ts";
import { MadeFile } from "./file.ts";
import { type Folder, readFolder } from "./folder.ts";
import { match, option } from "./option.ts";
import { callSite } from "./site.ts";

export interface CrunchOptions {
  /**
   * Whether `NAME.br` and `NAME.gz` are made of each file `NAME` that becomes shorter so, for a server of files to send to
   * those who take them. By custom not.
   */
  readonly compress?: boolean;
}

/**
 * A folder that is compiled into the image: its files are read without a disk. The same file under several names is there
 * once. The image grows with it, and keeps it in memory: what is large is better on a disk.
 * @param folder path from the file that says this
 */
export function crunch(folder: string, options: CrunchOptions = {}): Device<"kv_ro"> {
  const site = callSite();
  const crunched = readFolder("crunch", folder, options.compress);
  const parameters = [{ name: "folder", value: crunched }];
  return new Device("kv_ro", { name: crunched.name, className: "Crunch", parameters }, site);
}

/**
 * A tar archive on a disk.
 * @param source the disk; or a folder, which each `fata build` packs as dist/NAME.tar, for a disk called NAME after it
 */
export function tarDisk(source: string | Device<"block">): Device<"kv_ro"> {
  return onDisk("tarDisk", "Tar", source, (folder) => disk(folder, "tar", true));
}

/**
 * A FAT12, FAT16 or FAT32 file system on a disk.
 * @param source the disk; or a folder, which each `fata build` packs as dist/NAME.img, for a disk called NAME after it
 */
export function fatDisk(source: string | Device<"block">): Device<"kv_ro"> {
  return onDisk("fatDisk", "Fat", source, (folder) => disk(folder, "fat", true));
}

/**
 * A folder as it is whenever the image is started with `fata run`, which packs it as a tar archive: for development.
 * @param folder path from the file that says this
 */
export function direct(folder: string): Device<"kv_ro"> {
  return onDisk("direct", "Tar", folder, (one) => disk(one, "tar", false));
}

/**
 * A folder as the store that is chosen when the image is built: `fata build --kv_ro=crunch|tar|fat|direct`.
 * @param folder path from the file that says this
 * @param name of the option: an image with two of them needs another one
 * @param options for `crunch`
 */
export function genericKvRo(folder: string, name = "kv_ro", options: CrunchOptions = {}): Device<"kv_ro"> {
  const kinds = option(name, ["crunch", "tar", "fat", "direct"], `Where the files of ${folder} are read from.`);
  return match(kinds, {
    crunch: crunch(folder, options),
    tar: tarDisk(folder),
    fat: fatDisk(folder),
    direct: direct(folder),
  });
}

/**
 * A partition of a disk, as a disk.
 * @param which its number from 1 on, or its name, which only GPT has
 */
export function partition(disk: Device<"block">, which: number | string): Device<"block"> {
  const site = callSite();
  expectKind("partition", "its disk", "block", disk, site);
  const isNumber = typeof which === "number" && Number.isSafeInteger(which) && which > 0;
  if (!isNumber && (typeof which !== "string" || which === ""))
    throw new ProjectError(`partition: expected a number from 1 on, or a name, found ${describe(which)}`, site);
  const parameters = [
    { name: "disk", value: disk },
    { name: "which", value: String(which) },
  ];
  return new Device("block", { name: "partition", className: "Partition", parameters }, site);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const SECTOR = 512;

/**
 * A disk in the image's own memory, full of zeros when the image starts.
 * @param size bytes, or such as "16M"; a multiple of 512
 */
export function memoryDisk(size: number | string): Device<"block"> {
  const site = callSite();
  const [, digits, unit = ""] = /^(\d{1,12})([kMG]?)$/.exec(String(size)) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? 1);
  if (!(bytes > 0 && bytes < 2 ** 32 && bytes % SECTOR === 0))
    throw new ProjectError(
      `memoryDisk(${JSON.stringify(size)}): expected less than 4 GiB, a multiple of ${SECTOR} bytes, such as "16M"`,
      site,
    );
  const parameters = [{ name: "size", value: bytes }];
  return new Device("block", { name: "memory-disk", className: "MemoryDisk", parameters }, site);
}

/** A store on a disk that is given, or made of a folder. */
function onDisk(
  user: string,
  className: string,
  source: string | Device<"block">,
  diskOf: (folder: Folder) => Device<"block">,
): Device<"kv_ro"> {
  const site = callSite();
  const folder = source instanceof Device ? undefined : readFolder(user, source);
  if (source instanceof Device) expectKind(user, "its disk", "block", source, site);
  const block = folder ? diskOf(folder) : (source as Device<"block">);
  const name = folder?.name ?? "files";
  return new Device("kv_ro", { name, className, parameters: [{ name: "disk", value: block }] }, site);
}

/** A disk that is made of a folder. @param built whether `fata build` makes it, and not only `fata run` */
function disk({ path, name, site }: Folder, format: "tar" | "fat", built: boolean): Device<"block"> {
  const content = async (target: string): Promise<void> => {
    if (format === "tar") (await import("../pack/tar.ts")).packTar(path, target);
    else (await import("../pack/fat.ts")).packFat(path, target);
  };
  const file = new MadeFile(`dist/${name}.${format === "tar" ? "tar" : "img"}`, content, true, site);
  return attached("block", "BlockDevice", name, site, { disk: file, ...(built && { files: [file] }) });
}
