/** All that is fuzzed, by name. */
import { addressesTarget } from "./addresses.ts";
import { argumentsTarget, levelsTarget } from "./arguments.ts";
import { commandTarget } from "./command.ts";
import { connectionOffloadTarget, connectionTarget } from "./connection.ts";
import { dhcpServerTarget } from "./dhcpserver.ts";
import { fieldsTarget } from "./fields.ts";
import { fragmentsTarget } from "./fragments.ts";
import { framesTarget, offloadTarget } from "./frames.ts";
import { httpRequestTarget, httpResponseTarget } from "./http.ts";
import { kvTarget } from "./kv.ts";
import { manifestTarget } from "./manifest.ts";
import { masterTarget } from "./master.ts";
import { dhcpTarget, dnsTarget } from "./names.ts";
import { nameServerTarget } from "./nameserver.ts";
import { outlineTarget } from "./outline.ts";
import { sizeTarget } from "./size.ts";
import { fatTarget, partitionsTarget, tarTarget } from "./storage.ts";
import type { Target } from "./target.ts";
import { trapTarget } from "./trap.ts";
import { utf8Target } from "./utf8.ts";
import { wireTarget } from "./wire.ts";
import { zonesTarget } from "./zones.ts";

/** Makes a fresh target of each. */
export const targets: Readonly<Record<string, () => Target>> = {
  frames: framesTarget,
  offload: offloadTarget,
  fragments: fragmentsTarget,
  connection: connectionTarget,
  connectionOffload: connectionOffloadTarget,
  wire: wireTarget,
  dhcp: dhcpTarget,
  dhcpServer: dhcpServerTarget,
  dns: dnsTarget,
  httpRequest: httpRequestTarget,
  httpResponse: httpResponseTarget,
  nameserver: nameServerTarget,
  addresses: addressesTarget,
  manifest: manifestTarget,
  outline: outlineTarget,
  utf8: utf8Target,
  fields: fieldsTarget,
  arguments: argumentsTarget,
  levels: levelsTarget,
  command: commandTarget,
  trap: trapTarget,
  size: sizeTarget,
  tar: tarTarget,
  fat: fatTarget,
  partitions: partitionsTarget,
  kv: kvTarget,
  zones: zonesTarget,
  master: masterTarget,
};
