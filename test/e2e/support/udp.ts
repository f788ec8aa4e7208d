/** The UDP client of clients/udp.ts, run on a host. */
import { join } from "node:path";
import { root } from "../../support/repository.ts";
import type { UdpJob, UdpResult } from "../clients/udp.ts";
import type { Host } from "./host.ts";

/** Performs a job in the host's network. */
export async function udp(host: Host, job: UdpJob): Promise<UdpResult> {
  const client = host.node(join(root, "build/test/e2e/clients/udp.js"), JSON.stringify(job));
  return JSON.parse(await client.endedWith(0));
}
