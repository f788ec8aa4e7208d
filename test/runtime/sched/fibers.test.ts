import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { EVENT_STOP, EVENT_USER } from "../../../runtime/abi/tender.ts";
import { compileGuest, type Guest } from "../../support/guest.ts";
import { NEVER, type SimulatedTender } from "../../support/tender.ts";
import { E_CANCELLED, E_TIMEOUT, OK } from "./codes.ts";

let guest: Guest;
before(async () => {
  guest = await compileGuest(import.meta.url, "fibers.as.ts");
});

function begin(job: string): SimulatedTender {
  return guest.instantiate({ arguments: [`--job=${job}`] }).start();
}

function linesOf(job: string): string[] {
  const tender = begin(job).advance(10_000);
  assert.equal(tender.status, 0, "the job ends, and the image with it");
  return tender.lines;
}

test("fibers sleep at the same time", () => {
  assert.deepEqual(linesOf("Sleepers"), ["1000 a 0", "2000 b 0", "2000 a 0", "3000 a 0", "4000 b 0", "4000 a 0"]);
});

test("timers of the same time fire in the order in which they were set", () => {
  assert.deepEqual(
    linesOf("Ties"),
    Array.from({ length: 20 }, (_, i) => `5 t${i} ${OK}`),
  );
});

test("fibers take turns", () => {
  assert.deepEqual(linesOf("Rounds"), ["0 a0", "0 b0", "0 a1", "0 b1", "0 a2", "0 b2"]);
});

test("a spawned function has a typed result", () => {
  assert.deepEqual(linesOf("Results"), ["0 hello", "5 25", "5 9"]);
});

test("joining a fiber that is done does not wait", () => {
  assert.deepEqual(linesOf("JoinDone"), ["1 a 0", `10 ${OK} done`]);
});

test("race: the first wins, the others are cancelled", () => {
  assert.deepEqual(linesOf("Race"), ["10 fast 0", "10 first 1", `10 slow ${E_CANCELLED}`, "110 slow is done"]);
});

test("a cancelled race cancels all that ran", () => {
  assert.deepEqual(linesOf("RaceAllCancelled"), [
    `10 race ${E_CANCELLED}`,
    `10 a ${E_CANCELLED}`,
    `10 b ${E_CANCELLED}`,
  ]);
});

test("timeout cancels the fiber that is late", () => {
  assert.deepEqual(linesOf("Timeout"), [
    `10 slow ${E_TIMEOUT}`,
    `10 slow ${E_CANCELLED}`,
    "15 fast 0",
    `15 fast ${OK}`,
    `15 join ${OK}`,
  ]);
});

test("cancel ends waits in sleep and in a queue", () => {
  assert.deepEqual(linesOf("Cancel"), ["1000 a 0", `1500 a ${E_CANCELLED}`, `1500 q ${E_CANCELLED}`]);
});

test("a fiber cancelled before it was spawned is done", () => {
  assert.deepEqual(linesOf("CancelNew"), [`0 ${OK}`]);
});

test("who joins a fiber that was not spawned is woken when it is cancelled, and it never runs", () => {
  assert.deepEqual(linesOf("CancelJoined"), [`1 joined ${OK}`]);
});

test("a race tells who was first also when several are done in one step", () => {
  const tender = begin("LateRace").settle();
  tender.now = 20_000_000n;
  tender.settle();
  assert.deepEqual(tender.lines, ["20 b 0", "20 a 0", "20 first 1"]);
});

test("who was done before the race has won it", () => {
  assert.deepEqual(linesOf("RaceDone"), ["1 b 0", "5 first 1", `5 a ${E_CANCELLED}`]);
});

test("a fiber that is done in time was not late, however late the step is", () => {
  const tender = begin("LateTimeout").settle();
  tender.now = 20_000_000n;
  tender.settle();
  assert.deepEqual(tender.lines, ["20 a 0", `20 ${OK}`]);
});

test("the longest times are for ever, not none", () => {
  const tender = begin("LongSleep").settle();
  assert.equal(tender.deadline, NEVER);
  assert.deepEqual(linesOf("LongTimeout"), ["5 a 0", `5 ${OK}`]);
});

test("a timer fires also when very many were armed after it", async () => {
  const file = path.join(packageRoot, "runtime/sched/timer.ts");
  const text = readFileSync(file, "utf8").replace("nextOrder++;", "nextOrder; nextOrder += 0x10000000;");
  assert.match(text, /\+= 0x10000000/);
  const library = { "fata/sched/timer": text };
  const fast = await compileGuest(import.meta.url, "fibers.as.ts", { library });
  const tender = fast
    .instantiate({ arguments: ["--job=Orders"] })
    .start()
    .advance(20);
  assert.deepEqual(tender.lines, ["5 alarm"]);
  assert.equal(tender.status, 0);
});

test("memory is collected also when no fiber runs", async () => {
  const small = await compileGuest(import.meta.url, "fibers.as.ts", { maximumPages: 64 });
  const tender = small.instantiate({ arguments: ["--job=Handler"] }).start();
  for (let i = 0; i < 1000; i++) tender.event(EVENT_USER).step();
  assert.equal(tender.status, undefined);
});

test("a wait queue wakes in order of arrival, and not who has left", () => {
  assert.deepEqual(linesOf("Queue"), [
    `3 w1 ${E_TIMEOUT}`,
    `5 w0 ${OK}`,
    `10 w2 ${OK}`,
    `10 w3 ${OK}`,
    "10 empty",
    "10 nobody",
  ]);
});

test("the stop event runs the exit hooks, then ends the image", () => {
  const tender = begin("Hooks").advance(100);
  assert.equal(tender.status, undefined);
  tender.event(EVENT_STOP).event(EVENT_STOP).advance(100);
  assert.deepEqual(tender.lines, ["120 other hook 0", "130 hook 0", "131 last hook 0"]);
  assert.equal(tender.status, 0);
});

test("a hook that was cancelled does not run", () => {
  assert.deepEqual(linesOf("CancelHook"), []);
});

test("a hook that is set during the end runs, too", () => {
  assert.deepEqual(linesOf("LateHook"), ["1 late hook 0"]);
});

test("an image that waits for nothing but I/O says so", () => {
  const tender = begin("Forever").settle();
  assert.equal(tender.deadline, NEVER);
});

test("a busy fiber keeps neither the tender nor timers waiting", () => {
  const tender = begin("Busy");
  assert.equal(tender.deadline, 0n, "work is left");
  tender.step();
  assert.equal(tender.status, undefined);
  tender.now = 3_000_000n;
  tender.step().step();
  assert.deepEqual(tender.lines, ["3 woke"]);
  assert.equal(tender.status, 0);
});

test("a job that returns at once ends the image", () => {
  const tender = begin("Nothing").advance(1);
  assert.equal(tender.status, 0);
  assert.equal(tender.steps, 1);
});

test("mistakes of the program trap with a message", () => {
  assert.throws(
    () => begin("OutsideFiber"),
    /panic: only a fiber can wait: call this in start\(\) or run\(\) at ~lib\/fata\/sched\/fiber.ts:\d+:\d+/,
  );
  assert.throws(() => begin("EmptyRace"), /panic: a race without fibers/);
  assert.throws(() => begin("NoValue"), /panic: the value of a task that is not done/);
  assert.throws(() => begin("TwiceSpawned"), /panic: a fiber is spawned once/);
});
