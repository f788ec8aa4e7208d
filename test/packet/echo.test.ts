import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostImage } from "../runtime/net/peer.ts";
import { compileGuest } from "../support/guest.ts";
import { Random } from "../support/random.ts";
import { type Faults, Switch } from "./switch.ts";

// FATA_SEEDS=1000 tries more; FATA_SEED=17 begins there, to repeat what failed.
const FIRST = Number(process.env["FATA_SEED"] ?? 1);
const SEEDS = Number(process.env["FATA_SEEDS"] ?? (process.env["FATA_SEED"] ? 1 : 32));
const REQUESTS = 50;
/** Simulated. A corrupted ARP reply can hide a neighbour until its entry expires, a minute later, more than once. */
const TIME_MAX = 30 * 60_000;

const clientImage = await compileGuest(import.meta.url, "client.as.ts");
const NONE: Faults = { loss: 0, duplication: 0, reordering: 0, corruption: 0 };

/** Runs a client against the echo server until it ends. */
function run(seed: number, faults: Faults) {
  const random = new Random(seed);
  const network = new Switch(random, faults);
  const server = hostImage.instantiate({ seed: random.below(256) });
  const client = clientImage.instantiate({ seed: random.below(256), arguments: [`--requests=${REQUESTS}`] });
  const macs = { server: [2, 0, 0, 0, 0, 2], client: [2, 0, 0, 0, 0, 3] };
  const serverDevice = server.network("service", { mac: macs.server });
  const clientDevice = client.network("service", { mac: macs.client });
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
function faultsOf(seed: number): Faults {
  const random = new Random(seed ^ 0x5eed);
  const upTo = (most: number) => (random.below(1000) / 1000) * most;
  return { loss: upTo(0.4), duplication: upTo(0.3), reordering: upTo(0.5), corruption: upTo(0.3) };
}

test("over a good line every request is answered at once", () => {
  const { status, wrong, old, timeouts, answered, frames } = run(1, NONE);
  assert.deepEqual([status, wrong, old, timeouts, answered], [0, 0, 0, 0, REQUESTS]);
  // Two announcements, and the question and answer of the client's ARP: the server learns from being asked.
  assert.equal(frames, 2 * REQUESTS + 4);
});

describe(`over ${SEEDS} bad lines, from seed ${FIRST}`, () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    test(`seed ${seed}`, () => {
      const outcome = run(seed, faultsOf(seed));
      const repeat = `repeat with FATA_SEED=${seed}`;
      assert.equal(outcome.status, 0, `not all requests were answered; ${repeat}`);
      assert.equal(outcome.wrong, 0, `a corrupted answer got through; ${repeat}`);
    });
  }
});

test("each kind of fault does what it says", () => {
  assert.ok(run(5, { ...NONE, loss: 0.3 }).timeouts > 0);
  assert.ok(run(5, { ...NONE, duplication: 0.3 }).old > 0);
  assert.ok(run(5, { ...NONE, corruption: 0.3 }).timeouts > 0);
  // One request is under way at a time, so overtaking shows once there are duplicates.
  assert.ok(run(5, { ...NONE, duplication: 0.3, reordering: 0.5 }).old > 0);
});

test("the same seed gives the same run, frame by frame; another one does not", () => {
  const first = run(7, faultsOf(7));
  assert.deepEqual(run(7, faultsOf(7)), first);
  assert.notEqual(run(8, faultsOf(7)).digest, first.digest);
});
