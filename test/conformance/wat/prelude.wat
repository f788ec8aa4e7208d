;; What every companion has: all hypercalls, a memory of one page (up to 16), and words for its report.

(import "tender" "exit" (func $exit (param i32)))
(import "tender" "console_write" (func $console_write (param i32 i32)))
(import "tender" "argv" (func $argv (param i32 i32 i32) (result i32)))
(import "tender" "random" (func $random (param i32 i32) (result i32)))
(import "tender" "clock_monotonic" (func $clock_monotonic (result i64)))
(import "tender" "net_attach" (func $net_attach (param i32 i32 i32) (result i32)))
(import "tender" "block_attach" (func $block_attach (param i32 i32 i32) (result i32)))

(memory (export "memory") 1 16)

;; Prints a text.
(func $say (param $text i32) (param $length i32)
  (call $console_write (local.get $text) (local.get $length)))

;; Prints a number in decimal. Uses the bytes 0xbf00 to 0xbf20.
(func $number (param $n i32) (local $at i32) (local $rest i32)
  (local.set $at (i32.const 0xbf20))
  (local.set $rest (select (i32.sub (i32.const 0) (local.get $n)) (local.get $n) (i32.lt_s (local.get $n) (i32.const 0))))
  (loop $digit
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $rest) (i32.const 10))))
    (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
    (br_if $digit (local.get $rest)))
  (if (i32.lt_s (local.get $n) (i32.const 0)) (then
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.const 45))))
  (call $console_write (local.get $at) (i32.sub (i32.const 0xbf20) (local.get $at))))

;; Prints a line: a text, a colon, a number.
(func $show (param $text i32) (param $length i32) (param $n i32)
  (call $say (local.get $text) (local.get $length))
  (call $say (text ": "))
  (call $number (local.get $n))
  (call $say (text "\n")))

;; The number of the case, from --case=N, the first argument. Uses the bytes 0xbf40 to 0xbf60.
(func $case (result i32) (local $n i32) (local $at i32) (local $end i32)
  (local.set $end (i32.add (i32.const 0xbf40) (call $argv (i32.const 0) (i32.const 0xbf40) (i32.const 32))))
  (local.set $at (i32.const 0xbf47))
  (loop $digit
    (if (i32.lt_u (local.get $at) (local.get $end)) (then
      (local.set $n
        (i32.add (i32.mul (local.get $n) (i32.const 10)) (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $digit))))
  (local.get $n))

;; Whether this is case $i; then its name is printed.
(func $is (param $i i32) (param $text i32) (param $length i32) (result i32)
  (if (i32.ne (call $case) (local.get $i)) (then (return (i32.const 0))))
  (call $say (local.get $text) (local.get $length))
  (call $say (text "\n"))
  (i32.const 1))
