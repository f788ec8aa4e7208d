/**
 * "fata/config": the language of config.ts. It describes devices and what runs on them; nothing is done here. The
 * compiler reads the description and prints main.ts from it.
 */

export type { Device, Kind } from "./device.ts";
export { block, type NetworkOptions, network, type StackOptions, stack } from "./devices.ts";
export { type Key, type KeyOptions, key } from "./key.ts";
export { type Registration, register } from "./register.ts";
export { type Application, type Devices, type Job, type Needs, unikernel } from "./unikernel.ts";
