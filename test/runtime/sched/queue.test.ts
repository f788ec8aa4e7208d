import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileGuest, type Guest } from "../../support/guest.ts";
import type { SimulatedTender } from "../../support/tender.ts";
import { E_AGAIN, E_CANCELLED, E_CLOSED, E_TIMEOUT, OK } from "./codes.ts";
import { always } from "./stress.ts";

let guest: Guest;
let collecting: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "queue.as.ts");
  collecting = await compileGuest(import.meta.url, "queue.as.ts", { library: always });
});

function run(job: string, from = guest): SimulatedTender {
  const tender = from
    .instantiate({ arguments: [`--job=${job}`] })
    .start()
    .advance(1000);
  assert.equal(tender.status, 0, "the job ends, and the image with it");
  return tender;
}

test("values are put, and taken, in the order of asking", () => {
  assert.deepEqual(run("Order").lines, [
    "0 put 1 0",
    "0 put 2 0",
    "1 t1 took 1",
    "1 t2 took 2",
    "1 put 3 0",
    "1 put 4 0",
    "1 t3 took 3",
    "1 t4 took 4",
    "1 put 5 0",
    "1 t5 took 5",
    "2 put 6 0",
    "2 put 7 0",
    "2 t6 took 6",
    "2 t7 took 7",
  ]);
});

test("a newcomer overtakes neither who waits to put nor who waits to take", () => {
  assert.deepEqual(run("Newcomers").lines, [
    "0 put 1 0",
    "0 put 2 0",
    "0 took 1",
    `0 tryPut ${E_AGAIN}`,
    `0 took 2, tryPut ${E_AGAIN}`,
    "0 put 3 0",
    "0 put 4 0",
    "0 a took 3",
    "0 b took 4",
    `0 tryTake ${E_AGAIN}`,
    "0 c took 5",
    `1 tryTake ${E_AGAIN}`,
  ]);
});

test("who gives up has put or taken nothing", () => {
  assert.deepEqual(run("Timeout").lines, [
    `5 a ${E_TIMEOUT}`,
    "5 put 0 0",
    "5 put 1 0",
    "5 b took 0",
    "5 put 2 0",
    "10 took 1",
    `10 put 3 ${E_TIMEOUT}`,
    "10 put 4 0",
    "11 length 2",
  ]);
});

test("who is cancelled takes nothing, also when it was just promised a value", () => {
  assert.deepEqual(run("CancelTakers").lines, [
    `1 waiting ${E_CANCELLED}`,
    `1 promised ${E_CANCELLED}`,
    "1 next took 1",
    "2 length 0",
  ]);
});

test("who is cancelled puts nothing, also when it was just promised room", () => {
  assert.deepEqual(run("CancelPutters").lines, [
    `1 put 3 ${E_CANCELLED}`,
    `1 put 4 ${E_CANCELLED}`,
    "1 put 5 0",
    "2 took 2",
    "2 took 5",
  ]);
});

test("a closed queue takes no more, also from who was promised room, and gives what is left", () => {
  assert.deepEqual(run("Close").lines, [
    "0 put 1 0",
    "0 put 2 0",
    `1 closed true, put ${E_CLOSED}`,
    `1 tryPut ${E_CLOSED}`,
    `1 put 3 ${E_CLOSED}`,
    `1 put 4 ${E_CLOSED}`,
    `2 took ${OK} 2`,
    `2 then ${E_CLOSED} ${E_CLOSED}`,
  ]);
});

test("who waits to take learns that the queue was closed only when nothing is left", () => {
  assert.deepEqual(run("CloseTakers").lines, [
    `1 promised ${E_CANCELLED}`,
    "1 next took 1",
    `1 last ${E_CLOSED}`,
    `1 newcomer ${E_CLOSED}`,
  ]);
  assert.deepEqual(run("CloseEmpty").lines, [`1 a ${E_CLOSED}`, `1 b ${E_CLOSED}`]);
});

test("a driver may put and take without waiting", () => {
  assert.deepEqual(run("Driver").lines, ["5 tryPut 0", "5 tryPut 0", `5 tryPut ${E_AGAIN}`, "5 tryTake 0 0"]);
});

test("values are objects, strings, null, bytes or floats, and stay alive in the queue", () => {
  assert.deepEqual(run("Kinds", collecting).lines, ["0 as put"]);
});

test("10,000 values are handed over without allocation", () => {
  const tender = run("Cost");
  assert.deepEqual(tender.lines, [`0 sum ${4950 + 49_995_000}`]);
  assert.equal(tender.exports["allocated"]?.(), 0);
});

test("mistakes of the program trap with a message", () => {
  const taken = /panic: this fiber has taken no value, or another fiber has taken one since/;
  assert.throws(() => run("NotTaken"), taken);
  assert.throws(() => run("NotThis"), taken);
  assert.throws(() => run("Unread"), taken);
  assert.throws(() => run("NoRoom"), /panic: a queue has room for one value at least/);
});
