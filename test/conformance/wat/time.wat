;; Deadlines: in the past, now, soon; memory that grows meanwhile.

(global $steps (mut i32) (i32.const 0))
(global $last (mut i64) (i64.const 0))
(global $deadline (mut i64) (i64.const 0))
;; The latest reading of the clock.
(global $read (mut i64) (i64.const 0))

;; Reads the clock some times.
(func $read_clock (local $i i32) (local $clock i64)
  (loop $again
    (local.set $clock (call $clock_monotonic))
    (if (i64.lt_u (local.get $clock) (global.get $read)) (then (call $say (text "the clock went back\n"))))
    (global.set $read (local.get $clock))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $i) (i32.const 10)))))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (global.set $last (local.get $now))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  (if (i64.lt_u (local.get $now) (global.get $last)) (then (call $say (text "now went back\n"))))
  (if (i64.lt_u (local.get $now) (global.get $deadline)) (then (call $say (text "called before the deadline\n"))))
  (if (i64.lt_u (local.get $now) (global.get $read)) (then (call $say (text "now is behind the clock\n"))))
  (if (i64.lt_u (call $clock_monotonic) (local.get $now)) (then (call $say (text "the clock is behind now\n"))))
  (call $read_clock)
  (global.set $last (local.get $now))
  (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
  (call $show (text "step") (global.get $steps))
  (call $show (text "memory.grow") (memory.grow (i32.const 1)))
  ;; Text from the page that has just come.
  (memory.copy (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8)) (text "grown\n"))
  (call $console_write (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8)) (i32.const 6))
  (if (i32.eq (global.get $steps) (i32.const 5)) (then (call $exit (i32.const 0))))
  ;; 0, a time that has passed, 1 ms, 10 ms from now
  (global.set $deadline (i64.const 0))
  (if (i32.eq (global.get $steps) (i32.const 2)) (then (return (i64.const 1))))
  (if (i32.ge_u (global.get $steps) (i32.const 3)) (then
    (global.set $deadline (i64.add (local.get $now)
      (select (i64.const 1000000) (i64.const 10000000) (i32.eq (global.get $steps) (i32.const 3)))))))
  (global.get $deadline))

(func $event (export "event") (param $kind i32))
