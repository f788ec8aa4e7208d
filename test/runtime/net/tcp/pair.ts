/** Two TCPs of host.as.ts with a line between them: one run from start to end. */
import { type Faults, Switch } from "../../../packet/switch.ts";
import { compileGuest } from "../../../support/guest.ts";
import { Random } from "../../../support/random.ts";

const image = await compileGuest(import.meta.url, "host.as.ts");

const NONE: Faults = { loss: 0, duplication: 0, reordering: 0, corruption: 0 };

export interface PairOptions {
  readonly total?: number;
  readonly faults?: Faults;
  /** Features that both are granted, each with the device for that. */
  readonly offload?: number;
  readonly newReno?: boolean;
  readonly timeMax?: number;
}

export function runPair(seed: number, options: PairOptions = {}) {
  const { total = 1000, faults = NONE, offload, timeMax = 60_000 } = options;
  const network = new Switch(new Random(seed), faults);
  const device = `--offload=${offload !== undefined}`;
  const congestion = `--newreno=${options.newReno === true}`;
  const server = image.instantiate({ seed: seed & 255, arguments: [device, congestion] });
  const client = image.instantiate({
    seed: (seed + 1) & 255,
    arguments: [device, congestion, "--ipv4=10.0.0.3/24", "--server=10.0.0.2", `--total=${total}`],
  });
  const macs = { server: [2, 0, 0, 0, 0, 2], client: [2, 0, 0, 0, 0, 3] };
  const serverDevice = server.network("service", { mac: macs.server, features: offload ?? 0 });
  const clientDevice = client.network("service", { mac: macs.client, features: offload ?? 0 });
  network.join(server.start(), serverDevice, macs.server);
  network.join(client.start(), clientDevice, macs.client);
  const ended = network.run(timeMax, () => client.status !== undefined);
  return { ended, server, client, network };
}
