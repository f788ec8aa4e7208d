import { log } from "fata";
import { devices, name, packages, version } from "fata/info";

/** Tells what the image is made of. */
export class Main {
  start(): void {
    log.info(`name = ${name}`);
    log.info(`version = ${version}`);
    for (let i = 0; i < packages.length; i++) log.info(`package ${packages[i].name} = ${packages[i].version}`);
    for (let i = 0; i < devices.length; i++) log.info(`device ${devices[i].name} = ${devices[i].kind}`);
  }
}
