/** Random schedules of fibers that use all primitives at once, against a model in plain TypeScript (model.ts). */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { compileGuest, type Guest } from "../../support/guest.ts";
import type { SimulatedTender } from "../../support/tender.ts";
import { OPERATIONS, type Operation, type Order, PERMITS, World } from "./model.ts";
import { always } from "./stress.ts";

const PUPPETS = 5;

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "puppets.as.ts", { library: always });
});

/** What happens before a step: puppets are told to do something, or are cancelled; and how much time passes then. */
interface Round {
  readonly commands: readonly { readonly id: number; readonly script: readonly Order[] | "cancel" }[];
  readonly ms: number;
}

const id = fc.nat(PUPPETS - 1);

function orderOf(...operations: Operation[]): fc.Arbitrary<Order> {
  const operation = fc.constantFrom(...operations);
  return fc.record<Order>({ operation, argument: id, ms: fc.constantFrom(-1, 1, 2, 3, 10) });
}

const scripts: fc.WeightedArbitrary<Order[]>[] = [
  { weight: 40, arbitrary: fc.tuple(orderOf(...OPERATIONS.filter((name) => name !== "close"))) },
  { weight: 5, arbitrary: fc.tuple(orderOf("lock"), orderOf("wait")) },
  { weight: 5, arbitrary: fc.tuple(orderOf("put"), orderOf("put"), orderOf("put")) },
  { weight: 5, arbitrary: fc.tuple(orderOf("take"), orderOf("take"), orderOf("take")) },
  { weight: 5, arbitrary: fc.tuple(orderOf("acquire"), orderOf("acquire"), orderOf("release")) },
  // What is given to a fiber that is cancelled, or closed, before it has run.
  {
    weight: 5,
    arbitrary: fc.tuple(orderOf("lock"), orderOf("notify"), orderOf("cancel"), orderOf("cancel", "unlock")),
  },
  { weight: 5, arbitrary: fc.tuple(orderOf("lock"), orderOf("yield"), orderOf("unlock"), orderOf("cancel")) },
  { weight: 5, arbitrary: fc.tuple(orderOf("release", "put", "take"), orderOf("cancel")) },
  { weight: 1, arbitrary: fc.tuple(orderOf("tryPut", "tryTake"), orderOf("close"), orderOf("cancel", "yield")) },
];
const command = fc.record({
  id,
  script: fc.oneof(
    { weight: 10, arbitrary: fc.array(fc.oneof(...scripts), { minLength: 1, maxLength: 3 }).map((all) => all.flat()) },
    { weight: 1, arbitrary: fc.constant<"cancel">("cancel") },
  ),
});
const schedule: fc.Arbitrary<Round[]> = fc.array(
  fc.record({ commands: fc.array(command, { maxLength: PUPPETS }), ms: fc.nat(4) }),
  { minLength: 1, maxLength: 100, size: "max" },
);

/** The image and the model, told the same. */
class Pair {
  readonly tender: SimulatedTender = guest.instantiate().start();
  readonly world = new World();

  constructor() {
    for (let id = 0; id < PUPPETS; id++) this.spawn(id);
    this.advance(0);
  }

  private call(name: string, ...values: number[]): number {
    const result = Number(this.tender.exports[name]?.(...values));
    this.tender.deadline = 0n; // as after an event: there may be work
    return result;
  }

  private spawn(id: number): void {
    this.world.spawn(id);
    this.call("spawn", id);
  }

  tell(id: number, script: readonly Order[]): void {
    if (!this.world.puppets[id]?.idle) return;
    this.world.go(id, script);
    for (const { operation, argument, ms } of script)
      this.call("tell", id, OPERATIONS.indexOf(operation), argument, ms);
    this.call("go", id);
  }

  cancel(id: number): void {
    this.world.cancel(id);
    this.call("cancel", id);
  }

  advance(ms: number): void {
    this.world.advance(ms);
    this.tender.advance(ms);
    assert.deepEqual(this.tender.lines, this.world.lines);
    const state = ["locked", "available", "length"].map((name) => this.call(name));
    assert.deepEqual(state, [Number(this.world.locked), this.world.available, this.world.items.length]);
    for (const puppet of this.world.puppets.filter((puppet) => puppet.ended)) this.spawn(puppet.id);
  }
}

test("mutex, condition, semaphore and queue do what the model does", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(schedule, (rounds) => {
      const pair = new Pair();
      for (const { commands, ms } of rounds) {
        for (const { id, script } of commands) {
          if (script === "cancel") pair.cancel(id);
          else pair.tell(id, script);
        }
        pair.advance(ms);
      }
      for (let id = 0; id < PUPPETS; id++) pair.cancel(id);
      pair.advance(1);
      assert.equal(pair.world.locked, false, "the lock is not lost");
      assert.equal(pair.world.available, PERMITS, "no permit is lost");
      for (const line of pair.world.lines) seen.add(line.split(" ").slice(2, 4).join(" "));
    }),
    { numRuns: 120 },
  );
  // The schedules reach each outcome of each operation.
  const outcomes = {
    lock: [0, -64, -65],
    tryLock: [0, 1],
    wait: [0, -64, -65],
    notify: [0, 1],
    acquire: [0, -64, -65],
    tryAcquire: [0, 1],
    put: [0, -64, -65, -66],
    tryPut: [0, -66, -67],
    take: [0, -64, -65, -66],
    tryTake: [0, -66, -67],
    yield: [0, -64],
    ends: [0],
  };
  const expected = Object.entries(outcomes).flatMap(([name, results]) => results.map((result) => `${name} ${result}`));
  assert.deepEqual([...seen].sort(), expected.sort());
});
