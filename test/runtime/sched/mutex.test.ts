import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../../support/guest.ts";
import { E_CANCELLED, E_TIMEOUT, OK } from "./codes.ts";

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "mutex.as.ts");
});

function linesOf(job: string): string[] {
  const tender = guest
    .instantiate({ arguments: [`--job=${job}`] })
    .start()
    .advance(1000);
  assert.equal(tender.status, 0, "the job ends, and the image with it");
  return tender.lines;
}

test("the lock is handed over in the order of asking, and a newcomer does not overtake", () => {
  assert.deepEqual(linesOf("Order"), [
    "0 free false, mine false",
    `0 a ${OK}`,
    `2 b ${OK}`,
    `2 main ${OK}`,
    `2 c ${OK}`,
    "3 locked false",
  ]);
});

test("who gives up leaves the queue, also when the lock gets free at the same time", () => {
  assert.deepEqual(linesOf("Timeout"), [
    `5 a ${E_TIMEOUT}`,
    `10 b ${E_TIMEOUT}`,
    `10 c ${OK}`,
    `12 d ${E_TIMEOUT}`,
    "20 free true",
  ]);
});

test("who is cancelled while it waits, or when it was just given the lock, does not have it", () => {
  assert.deepEqual(linesOf("Cancel"), [
    `1 waiting ${E_CANCELLED}`,
    `1 granted ${E_CANCELLED}`,
    `1 other ${OK}`,
    "1 free true",
  ]);
});

test("a cancelled fiber cannot wait for a lock, but take a free one", () => {
  assert.deepEqual(linesOf("Cancelled"), [`0 lock ${E_CANCELLED}`, "0 tryLock true false"]);
});

test("mistakes of the program trap with a message", () => {
  assert.throws(() => linesOf("Relock"), /panic: this fiber holds the mutex already: it would wait for itself/);
  const foreign = /panic: a mutex is unlocked by the fiber that holds it, and by no other/;
  assert.throws(() => linesOf("ForeignUnlock"), foreign);
  assert.throws(() => linesOf("UnlockFree"), foreign);
  assert.throws(() => linesOf("UnlockOutside"), foreign);
  assert.throws(() => linesOf("Ended"), /panic: the fiber that holds the mutex has ended: it must unlock it before/);
  assert.throws(() => linesOf("OutsideFiber"), /panic: only a fiber can wait/);
});
