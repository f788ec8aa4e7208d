/** A guest that reads the clock, and a program that ends whoever makes a system call for that: clock_calls.c. */
import { guest } from "./wat.ts";

/** Reads the clock 10,000 times; its status is 0, or 1 where it went back. */
export const clockReader = guest({
  start: `(local $i i32) (local $before i64) (local $clock i64)
    (local.set $before (local.get $now))
    (loop $again
      (local.set $clock (call $clock_monotonic))
      (if (i64.lt_u (local.get $clock) (local.get $before)) (then (call $exit (i32.const 1))))
      (local.set $before (local.get $clock))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))
    (call $exit (i32.const 0))
    (i64.const 0)`,
});

/** To be compiled for the machine that it is to run on. */
export const CLOCK_CALLS = "test/tender/clock_calls.c";
