import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NET_F_ALL } from "../../../../runtime/abi/tender.ts";
import { type PairOptions, runPair } from "./pair.ts";

/** Runs a pair to its end, and sees that all came back in order and that nothing is left behind. */
function assertEchoed(seed: number, options: PairOptions) {
  const { ended, client, server, network } = runPair(seed, options);
  const count = (name: string) => Number(client.exports[name]?.());
  assert.ok(ended, `stuck: failures ${count("getFailures")}, last result ${count("getLastResult")}`);
  assert.equal(client.status, 0);
  network.run(200_000, () => false);
  const left = (name: string) => Number(server.exports[name]?.());
  assert.deepEqual([left("chunksUsed"), left("tcpCurrEstab"), server.deadline], [0, 0, 2n ** 64n - 1n]);
}

for (const offload of [undefined, NET_F_ALL])
  for (const total of [0, 1, 1000, 1_000_000])
    test(`${total} octets come back in order, and both ends close${offload ? ", with offloads" : ""}`, () =>
      assertEchoed(1, { total, ...(offload && { offload }) }));

describe("over bad lines", () => {
  for (let seed = 1; seed <= Number(process.env["FATA_SEEDS"] ?? 24); seed++)
    test(`seed ${seed}`, () =>
      assertEchoed(seed, {
        total: 100_000,
        newReno: seed % 4 === 0,
        timeMax: 3_600_000,
        faults: {
          loss: (seed % 5) / 50,
          duplication: (seed % 3) / 20,
          reordering: (seed % 4) / 15,
          corruption: (seed % 7) / 200,
        },
      }));
});
