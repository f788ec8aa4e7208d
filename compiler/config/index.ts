/**
 * "fata/config": the language of config.ts. It describes devices and what runs on them; nothing is done here. The
 * compiler reads the description and prints main.ts from it.
 */

export { type Device, type Job, type Kind, type KindName, kind } from "./device.ts";
export {
  block,
  type NetworkOptions,
  network,
  type ResolverOptions,
  resolver,
  type StackOptions,
  stack,
} from "./devices.ts";
export { type FileContent, type FileOptions, file, type MadeFile } from "./file.ts";
export { type Key, type KeyOptions, key, type Stage } from "./key.ts";
export { type KvRwOptions, kvRw } from "./kvrw.ts";
export { match, type Option, option } from "./option.ts";
export { type Registration, register } from "./register.ts";
export {
  type CrunchOptions,
  crunch,
  direct,
  fatDisk,
  genericKvRo,
  memoryDisk,
  partition,
  tarDisk,
} from "./storage.ts";
export { metrics, syslog, type TelemetryOptions } from "./telemetry.ts";
export {
  type Application,
  type Devices,
  type ForeignOptions,
  foreign,
  type Need,
  type Needs,
  unikernel,
} from "./unikernel.ts";
export { genericZones, zones, zonesDisk } from "./zones.ts";
