/** The zones of a name server. */
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { ProjectError, type Site } from "../errors.ts";
import { Contents } from "./contents.ts";
import { Device, describe, expectKind } from "./device.ts";
import { attached } from "./devices.ts";
import { MadeFile } from "./file.ts";
import { deviceName } from "./folder.ts";
import { match, option } from "./option.ts";
import { callSite, pathFromHere } from "./site.ts";

/** Zone files that are compiled together. */
class ZoneFiles extends Contents {
  readonly namespace = "zones";
  readonly paths: readonly string[];

  constructor(paths: readonly string[], site: Site | undefined) {
    super(deviceName(basename(paths[0] ?? "").replace(/\.zone$/, ""), "zones"), site);
    this.paths = paths;
  }

  async read() {
    const { compileZones } = await import("../zone/index.ts");
    const { block, warnings } = compileZones(this.paths);
    return { bytes: block, warnings };
  }
}

/**
 * Zones that are compiled into the image. What is wrong with a file is told when the image is built, with file and line.
 * @param files master files (RFC 1035, 5), paths from the file that says this. Relative names of a file NAME.zone are below
 *   NAME until its first $ORIGIN; the zone's apex is the name of its SOA record
 */
export function zones(...files: [string, ...string[]]): Device<"zones"> {
  const read = readFiles("zones", files);
  const parameters = [{ name: "files", value: read }];
  return new Device("zones", { name: read.name, className: "CompiledZones", parameters }, read.site);
}

/**
 * Zones on a disk, which the image reads into memory when it starts.
 * @param source the disk, as `fata pack zone` writes it; or files, which each `fata build` packs as dist/NAME.zones, for a
 *   disk called NAME after the first one
 */
export function zonesDisk(...source: [Device<"block">] | [string, ...string[]]): Device<"zones"> {
  const site = callSite();
  const [first] = source;
  if (first instanceof Device) {
    expectKind("zonesDisk", "its disk", "block", first, site);
    return onDisk("zones", first, site);
  }
  const files = readFiles("zonesDisk", source);
  return onDisk(files.name, packed(files), site);
}

function onDisk(name: string, disk: Device<"block">, site: Site | undefined): Device<"zones"> {
  return new Device("zones", { name, className: "DiskZones", parameters: [{ name: "disk", value: disk }] }, site);
}

/**
 * Zones as the image is built: `fata build --zones=compiled|disk`.
 * @param files as those of `zones`
 */
export function genericZones(...files: [string, ...string[]]): Device<"zones"> {
  const kinds = option("zones", ["compiled", "disk"], `Where the zones of ${files.join(", ")} are read from.`);
  return match(kinds, { compiled: zones(...files), disk: zonesDisk(...files) });
}

/** A disk that is made of zone files. */
function packed(files: ZoneFiles): Device<"block"> {
  const { name, site } = files;
  const content = async (): Promise<Uint8Array> => {
    const { packZones } = await import("../pack/zone.ts");
    return packZones(files.paths);
  };
  const file = new MadeFile(`dist/${name}.zones`, content, true, site);
  return attached("block", "BlockDevice", name, site, { disk: file, files: [file] });
}

/** The zone files that config.ts names, from where it is said. */
function readFiles(user: string, files: readonly unknown[]): ZoneFiles {
  const site = callSite();
  const bad = (why: string) => new ProjectError(`${user}: ${why}`, site);
  if (files.length === 0) throw bad('expected at least one zone file, such as "example.org.zone"');
  const paths = files.map((file) => {
    if (typeof file !== "string" || file === "") throw bad(`expected paths of zone files, found ${describe(file)}`);
    const path = pathFromHere(file);
    if (!existsSync(path) || !statSync(path).isFile()) throw bad(`there is no file ${file} beside this file`);
    return path;
  });
  return new ZoneFiles(paths, site);
}
