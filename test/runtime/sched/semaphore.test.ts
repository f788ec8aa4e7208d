import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../../support/guest.ts";
import { E_CANCELLED, E_TIMEOUT, OK } from "./codes.ts";

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "semaphore.as.ts");
});

function linesOf(job: string): string[] {
  const tender = guest
    .instantiate({ arguments: [`--job=${job}`] })
    .start()
    .advance(1000);
  assert.equal(tender.status, 0, "the job ends, and the image with it");
  return tender.lines;
}

test("no more fibers than permits go on at a time", () => {
  assert.deepEqual(linesOf("Limit"), [
    `0 w0 ${OK}`,
    `0 w1 ${OK}`,
    "5 available 0",
    `10 w2 ${OK}`,
    `10 w3 ${OK}`,
    `20 w4 ${OK}`,
    "105 available 2",
  ]);
});

test("a newcomer does not overtake those who were promised a permit", () => {
  assert.deepEqual(linesOf("Order"), [
    "0 available 1",
    "0 newcomer false",
    `0 a ${OK}`,
    `0 b ${OK}`,
    `0 main ${OK}`,
    "0 available 0",
    "0 nobody waits false",
    "0 nobody waits true",
  ]);
});

test("who gives up leaves the queue, also when a permit gets free at the same time", () => {
  assert.deepEqual(linesOf("Timeout"), [`5 a ${E_TIMEOUT}`, `10 b ${E_TIMEOUT}`, `10 c ${OK}`, "20 available 1"]);
});

test("who is cancelled while it waits, before, or when it was just promised a permit, does not get it", () => {
  assert.deepEqual(linesOf("Cancel"), [
    `1 waiting ${E_CANCELLED}`,
    `1 granted ${E_CANCELLED}`,
    `1 other ${OK}`,
    "1 available 1",
    `1 free ${E_CANCELLED}`,
    "1 available 1",
  ]);
});

test("a driver may release", () => {
  assert.deepEqual(linesOf("Driver"), [`7 main ${OK}`]);
});

test("mistakes of the program trap with a message", () => {
  assert.throws(() => linesOf("Negative"), /panic: a semaphore has no fewer than 0 permits/);
  assert.throws(() => linesOf("OutsideFiber"), /panic: only a fiber can wait/);
});
