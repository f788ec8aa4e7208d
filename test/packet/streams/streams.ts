/** Many TCP connections between two stacks over a line as bad as a seed has it: one run from start to end. */
import assert from "node:assert/strict";
import { NET_F_ALL } from "../../../runtime/abi/tender.ts";
import { compileGuest } from "../../support/guest.ts";
import { Random } from "../../support/random.ts";
import { NEVER } from "../../support/tender.ts";
import { type Faults, Switch } from "../switch.ts";

const image = await compileGuest(import.meta.url, "streams.as.ts");

/** Simulated ms in which all connections must have come to their ends. */
const TIME_MAX = 8 * 3_600_000;
/** And after which nothing may be left of them: TIME-WAIT, and half of a connection whose other half is gone. */
const REST = 2 * 3_600_000;

interface Line {
  readonly faults: Faults;
  readonly connections: number;
  /** Octets of a direction, at most. */
  readonly bytes: number;
  /** Whether the client and the server leave work to their hosts. */
  readonly offloads: readonly [boolean, boolean];
}

/** What can go wrong depends on the seed: nothing, one thing, or many at once. */
function lineOf(seed: number): Line {
  const random = new Random(seed ^ 0x57ea);
  const upTo = (most: number) => (random.chance(0.4) ? 0 : (random.below(1000) / 1000) * most);
  const faults = { loss: upTo(0.12), duplication: upTo(0.2), reordering: upTo(0.3), corruption: upTo(0.08) };
  const smallest = 300 + random.below(1200);
  const period = 200 + random.below(5000);
  // It goes down, then up again: what was learned of it must be forgotten in time.
  const mtu = (ms: number) => (Math.floor(ms / period) % 3 === 1 ? smallest : 1500);
  return {
    faults: random.chance(0.3) ? { ...faults, mtu } : faults,
    connections: 1 + random.below(6),
    bytes: 1 + random.below(random.chance(0.2) ? 400_000 : 40_000),
    offloads: [random.chance(0.5), random.chance(0.5)],
  };
}

/** Runs a client against a server until nothing is left of their connections. Keeps a capture when that goes wrong. */
export function run(seed: number, line: Line): { octets: number; retransmitted: number; digest: string } {
  const random = new Random(seed);
  const network = new Switch(random, line.faults);
  const [client, server] = [3, 2].map((host, index) => {
    const offload = line.offloads[index] ?? false;
    const words = [`--connect=${host === 3}`, `--connections=${line.connections}`, `--bytes=${line.bytes}`];
    const tender = image.instantiate({ seed: random.below(256), arguments: [...words, `--offload=${offload}`] });
    const mac = [2, 0, 0, 0, 0, host];
    const device = tender.network("service", { mac, features: offload ? NET_F_ALL : 0 });
    network.join(tender.start(), device, mac);
    const count = (name: string) => Number(tender.exports[name]?.());
    return { tender, count };
  }) as [End, End];
  try {
    const both = (name: string) => client.count(name) + server.count(name);
    const over = () => client.count("getFinished") === line.connections && both("tcpCurrEstab") === 0;
    assert.ok(network.run(TIME_MAX, over), "not all connections came to an end");
    network.run(REST, () => false);
    const left = { wrong: both("getWrongOctets"), ends: both("getWrongEnds"), chunks: both("chunksUsed") };
    assert.deepEqual(left, { wrong: 0, ends: 0, chunks: 0 });
    assert.deepEqual([client.tender.deadline, server.tender.deadline], [NEVER, NEVER], "a timer is left");
  } catch (error) {
    const kept = network.keepCapture(`streams-${seed}`);
    throw new Error(`${(error as Error).message}\nThe frames are in ${kept}; repeat with FATA_SEED=${seed}`, {
      cause: error,
    });
  }
  const sum = (name: string) => client.count(name) + server.count(name);
  return { octets: sum("getOctetsRead"), retransmitted: sum("tcpRetransSegs"), digest: network.digest };
}

interface End {
  readonly tender: ReturnType<typeof image.instantiate>;
  readonly count: (name: string) => number;
}

/** Runs the line of a seed. */
export function runSeed(seed: number): void {
  run(seed, lineOf(seed));
}
