/** Signals: events for the guest, and the end of one that does not listen. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { EVENT_STOP, EVENT_USER } from "../../runtime/abi/tender.ts";
import { file, type Outcome, type Running, start } from "./process.ts";
import { guest, writeImage } from "./wat.ts";

const SLEEP = "(i64.const 0x7fffffffffffffff)";
const rest = `(data (i32.const 0) "up\\nuser\\n")`;
const up = "(call $console_write (i32.const 0) (i32.const 3))";

/** Prints a line for SIGUSR1 and exits with 7 in the step after SIGTERM. */
const polite = writeImage(
  file("polite.wasm"),
  guest({
    rest: `${rest} (global $stop (mut i32) (i32.const 0))`,
    start: `${up} ${SLEEP}`,
    event: `
      (if (i32.eq (local.get $kind) (i32.const ${EVENT_USER})) (then
        (call $console_write (i32.const 3) (i32.const 5))))
      (if (i32.eq (local.get $kind) (i32.const ${EVENT_STOP})) (then (global.set $stop (i32.const 1))))`,
    step: `(if (global.get $stop) (then (call $exit (i32.const 7)))) ${SLEEP}`,
  }),
);
const deaf = writeImage(file("deaf.wasm"), guest({ rest, start: `${up} ${SLEEP}`, step: SLEEP }));
const endless = writeImage(
  file("endless.wasm"),
  guest({ rest, start: `${up} (i64.const 0)`, step: "(loop $l (br $l)) (unreachable)" }),
);

/** CPU time that a process has used, in clock ticks of 10 ms. */
function ticks({ child }: Running): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const summary = ({ status, stdout, stderr }: Outcome) => [status, stdout.toString(), stderr];

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} is an event; the guest ends by itself`, async () => {
    const running = start([polite]);
    await running.shows("up");
    running.kill(signal);
    assert.deepEqual(summary(await running.outcome), [7, "up\n", ""]);
  });
}

test("SIGUSR1 is an event, and no debugger opens", async () => {
  const running = start([polite]);
  await running.shows("up");
  running.kill("SIGUSR1");
  await running.shows("user");
  running.kill("SIGUSR1");
  await running.shows("user\nuser");
  running.kill("SIGTERM");
  const { status, stdout, stderr } = await running.outcome;
  assert.deepEqual([status, stdout.toString()], [7, "up\nuser\nuser\n"]);
  assert.match(stderr, /^(tender: stats: uptime_ns=\d+ [^\n]+\n){2}$/);
});

test("a second signal ends a guest that does not listen", async () => {
  const running = start([deaf]);
  await running.shows("up");
  await running.takes("SIGTERM");
  running.kill("SIGINT");
  assert.deepEqual(summary(await running.outcome), [130, "up\n", "tender: ended by SIGINT: the second signal\n"]);
});

test("an endless loop inside a step is ended by a second signal", async () => {
  const running = start([endless]);
  await running.shows("up");
  await running.takes("SIGTERM");
  running.kill("SIGTERM");
  assert.deepEqual(summary(await running.outcome), [143, "up\n", "tender: ended by SIGTERM: the second signal\n"]);
});

test("an endless loop is ended after the grace time, with one signal", async () => {
  const running = start([endless]);
  await running.shows("up");
  running.kill("SIGTERM");
  const expected = "tender: ended by SIGTERM: the guest did not end in the grace time\n";
  assert.deepEqual(summary(await running.outcome), [143, "up\n", expected]);
});

test("what the guest wrote before its endless loop is not lost", async () => {
  const image = writeImage(
    file("last-words.wasm"),
    guest({
      rest,
      start: `${up} (i64.const 0)`,
      step: `(call $console_write (i32.const 3) (i32.const 5)) (loop $l (br $l)) (unreachable)`,
    }),
  );
  const running = start([image]);
  await running.shows("up");
  // Lines may wait until the step ends, so that it has come to the loop is only to be seen by what that uses.
  const before = ticks(running);
  while (ticks(running) < before + 10) await wait(20);
  await running.takes("SIGINT");
  running.kill("SIGINT");
  const { status, stdout } = await running.outcome;
  assert.deepEqual([status, stdout.toString()], [130, "up\nuser\n"]);
});

test("a reader of the console that takes nothing does not hold up the end", async () => {
  const step = "(call $console_write (i32.const 0) (i32.const 1000)) (i64.const 0)";
  const image = writeImage(file("flood.wasm"), guest({ rest, start: `${up} (i64.const 0)`, step }));
  const running = start([image]);
  await running.shows("up");
  running.child.stdout?.pause();
  // Until the pipe is full: the process sleeps then.
  while (!/^State:\tS/m.test(readFileSync(`/proc/${running.child.pid}/status`, "utf8"))) await wait(20);
  await running.takes("SIGTERM");
  running.kill("SIGTERM");
  const [status] = await once(running.child, "exit");
  assert.equal(status, 143);
  running.child.stdout?.resume();
});

test("an alarm that was set before exec ends it as any program", async () => {
  const running = start([deaf]);
  await running.shows("up");
  running.kill("SIGALRM");
  assert.deepEqual(summary(await running.outcome), [142, "up\n", "tender: ended by SIGALRM\n"]);
});

test("SIGSTOP and SIGCONT are survived, inside the sandbox", async () => {
  const running = start([polite]);
  await running.shows("up");
  for (let i = 0; i < 3; i++) {
    running.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 50));
    running.kill("SIGCONT");
  }
  running.kill("SIGUSR1");
  await running.shows("user");
  running.kill("SIGTERM");
  assert.equal((await running.outcome).status, 7);
});
