import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../../support/guest.ts";
import type { SimulatedTender } from "../../support/tender.ts";
import { E_CANCELLED, E_TIMEOUT, OK } from "./codes.ts";

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "condition.as.ts");
});

function run(job: string): SimulatedTender {
  const tender = guest
    .instantiate({ arguments: [`--job=${job}`] })
    .start()
    .advance(1000);
  assert.equal(tender.status, 0, "the job ends, and the image with it");
  return tender;
}

function linesOf(job: string): string[] {
  return run(job).lines;
}

test("those who are notified get the mutex in the order of their waiting, and before who asks for it later", () => {
  assert.deepEqual(linesOf("Order"), ["0 nobody false", "0 unlock", `0 a ${OK}`, `0 b ${OK}`, `0 c ${OK}`, "0 locker"]);
});

test("who is notified while the mutex is free has it at once", () => {
  assert.deepEqual(linesOf("Free"), ["0 notified true", "0 free false", `0 a ${OK}`, `1 b ${OK}`]);
});

test("who gives up has the mutex again, and is not notified any more", () => {
  // a was notified in time, b was not; both had to wait for the mutex, and a did so for longer.
  assert.deepEqual(linesOf("Timeout"), ["8 unlock", `8 a ${OK}`, `8 b ${E_TIMEOUT}`, `8 c ${OK}`]);
});

test("who is cancelled has the mutex again, and passes on that it was notified", () => {
  assert.deepEqual(linesOf("Cancel"), [
    "1 unlock",
    `1 notified ${E_CANCELLED}`,
    `1 waiting ${E_CANCELLED}`,
    `1 next ${OK}`,
    `2 last ${E_CANCELLED}`,
    "3 free true",
  ]);
});

test("fibers take 10,000 turns without allocation", () => {
  const tender = run("Turns");
  assert.deepEqual(tender.lines, ["0 turn 0"]);
  assert.equal(tender.exports["allocated"]?.(), 0);
});

test("a driver may notify", () => {
  assert.deepEqual(linesOf("Driver"), [`7 a ${OK}`]);
});

test("a cancelled fiber does not wait, and keeps the mutex", () => {
  assert.deepEqual(linesOf("Cancelled"), [`0 wait ${E_CANCELLED}`]);
});

test("mistakes of the program trap with a message", () => {
  assert.throws(() => linesOf("Unlocked"), /panic: who waits for a condition holds its mutex: lock it before/);
  assert.throws(() => linesOf("Foreign"), /panic: who waits for a condition holds its mutex: lock it before/);
});
