/** Key-value stores. */
import { Device } from "./device.ts";
import { readFolder } from "./folder.ts";
import { callSite } from "./site.ts";

/**
 * A folder that is compiled into the image: its files are read without a disk. The same file under several names is there
 * once. The image grows with it, and keeps it in memory: what is large is better on a disk.
 * @param folder path from the file that says this
 */
export function crunch(folder: string): Device<"kv_ro"> {
  const site = callSite();
  const crunched = readFolder("crunch", folder);
  const parameters = [{ name: "folder", value: crunched }];
  return new Device("kv_ro", { name: crunched.name, className: "Crunch", parameters }, site);
}
