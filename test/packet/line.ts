/** A client and an echo server with a bad line between them: one run from start to end. */
import assert from "node:assert/strict";
import { hostImage } from "../runtime/net/peer.ts";
import { compileGuest } from "../support/guest.ts";
import { Random } from "../support/random.ts";
import { type Faults, Switch } from "./switch.ts";

/** Requests of one run. */
export const REQUESTS = 50;
/** Simulated. A corrupted ARP reply can hide a neighbour until its entry expires, a minute later, more than once. */
const TIME_MAX = 30 * 60_000;

const clientImage = await compileGuest(import.meta.url, "client.as.ts");
export const NONE: Faults = { loss: 0, duplication: 0, reordering: 0, corruption: 0 };

/**
 * Runs a client against the echo server until it ends.
 * @param offload features that both are granted, each with the device for that; undefined: the plain device
 */
export function run(seed: number, faults: Faults, offload?: number) {
  const random = new Random(seed);
  const network = new Switch(random, faults);
  const server = hostImage.instantiate({
    seed: random.below(256),
    arguments: [`--offload=${offload !== undefined}`],
  });
  const client = clientImage.instantiate({
    seed: random.below(256),
    arguments: [`--requests=${REQUESTS}`, `--offload=${offload !== undefined}`],
  });
  const macs = { server: [2, 0, 0, 0, 0, 2], client: [2, 0, 0, 0, 0, 3] };
  const serverDevice = server.network("service", { mac: macs.server, features: offload ?? 0 });
  const clientDevice = client.network("service", { mac: macs.client, features: offload ?? 0 });
  network.join(server.start(), serverDevice, macs.server);
  network.join(client.start(), clientDevice, macs.client);
  network.run(TIME_MAX, () => client.status !== undefined);
  const count = (name: string) => Number(client.exports[name]?.());
  return {
    status: client.status,
    wrong: count("getWrongAnswers"),
    old: count("getOldAnswers"),
    timeouts: count("getTimeouts"),
    answered: Number(server.exports["udpOutDatagrams"]?.()),
    frames: network.frames,
    digest: network.digest,
  };
}

/** What can go wrong depends on the seed, too: from nothing much to a very bad line. */
export function faultsOf(seed: number): Faults {
  const random = new Random(seed ^ 0x5eed);
  const upTo = (most: number) => (random.below(1000) / 1000) * most;
  return { loss: upTo(0.4), duplication: upTo(0.3), reordering: upTo(0.5), corruption: upTo(0.3) };
}

/** Runs a client over the line of a seed, which must have all its requests answered, and rightly. */
export function runSeed(seed: number): void {
  const outcome = run(seed, faultsOf(seed));
  const repeat = `repeat with FATA_SEED=${seed}`;
  assert.equal(outcome.status, 0, `not all requests were answered; ${repeat}`);
  assert.equal(outcome.wrong, 0, `a corrupted answer got through; ${repeat}`);
}
