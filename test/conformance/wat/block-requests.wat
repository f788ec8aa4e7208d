;; Requests that are good, at the edges of what is.
;; device: disk block
;; cases: 10

;; Header at 0x1000, rings of 4 entries, requests at 0x1100, completions at 0x1200, segments at 0x1300, data at 0x3000.
;; Each byte of the disk, which has 8 blocks, is the number of its block.

;; Submits a request; its token is the number of it, from 1.
(func $submit (param $operation i32) (param $offset i64) (param $segments i32) (param $count i32) (local $at i32)
  (local.set $at (i32.add (i32.const 0x1100)
    (i32.shl (i32.and (i32.load (i32.const 0x1010)) (i32.const 3)) (i32.const 5))))
  (i32.store (i32.const 0x1010) (i32.add (i32.load (i32.const 0x1010)) (i32.const 1)))
  (i32.store (local.get $at) (local.get $operation))
  (i32.store offset=4 (local.get $at) (i32.load (i32.const 0x1010)))
  (i64.store offset=8 (local.get $at) (local.get $offset))
  (i32.store offset=16 (local.get $at) (local.get $segments))
  (i32.store offset=20 (local.get $at) (local.get $count)))

(func $segment (param $i i32) (param $address i32) (param $length i32)
  (i32.store (i32.add (i32.const 0x1300) (i32.shl (local.get $i) (i32.const 3))) (local.get $address))
  (i32.store offset=4 (i32.add (i32.const 0x1300) (i32.shl (local.get $i) (i32.const 3))) (local.get $length)))

;; Reads one block into one place.
(func $read (param $block i32) (param $slot i32)
  (call $segment (local.get $slot) (i32.add (i32.const 0x3000) (i32.shl (local.get $slot) (i32.const 9))) (i32.const 512))
  (call $submit (i32.const $BLOCK_OP_READ$) (i64.shl (i64.extend_i32_u (local.get $block)) (i64.const 9))
    (i32.add (i32.const 0x1300) (i32.shl (local.get $slot) (i32.const 3))) (i32.const 1)))

(global $tokens (mut i32) (i32.const 0))
(global $phase (mut i32) (i32.const 0))

;; Takes all completions away. Their order is the tender's: the sum of their tokens says that all have come.
(func $reap (local $at i32)
  (block $end (loop $each
    (br_if $end (i32.eq (i32.load (i32.const 0x101c)) (i32.load (i32.const 0x1018))))
    (local.set $at (i32.add (i32.const 0x1200)
      (i32.shl (i32.and (i32.load (i32.const 0x101c)) (i32.const 3)) (i32.const 3))))
    (global.set $tokens (i32.add (global.get $tokens) (i32.load (local.get $at))))
    (if (i32.load offset=4 (local.get $at)) (then (call $show (text "status") (i32.load offset=4 (local.get $at)))))
    (i32.store (i32.const 0x101c) (i32.add (i32.load (i32.const 0x101c)) (i32.const 1)))
    (br $each))))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64) (local $i i32)
  (i32.store (i32.const 0x1000) (i32.const 0x1100)) (i32.store (i32.const 0x1004) (i32.const 0x1200))
  (i32.store (i32.const 0x1008) (i32.const 4))
  (if (call $is (i32.const 0) (text "a read without segments")) (then
    (call $submit (i32.const $BLOCK_OP_READ$) (i64.const 0) (i32.const 0x1300) (i32.const 0))))
  (if (call $is (i32.const 1) (text "a read of a segment of 0 bytes, at the end")) (then
    (call $segment (i32.const 0) (i32.const 0x3000) (i32.const 0))
    (call $submit (i32.const $BLOCK_OP_READ$) (i64.const 4096) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 2) (text "a read of 64 segments")) (then
    (loop $each
      (call $segment (local.get $i) (i32.add (i32.const 0x3000) (i32.shl (i32.shr_u (local.get $i) (i32.const 3)) (i32.const 9)))
        (select (i32.const 512) (i32.const 0) (i32.eqz (i32.and (local.get $i) (i32.const 7)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $i) (i32.const 64))))
    (call $submit (i32.const $BLOCK_OP_READ$) (i64.const 0) (i32.const 0x1300) (i32.const 64))))
  (if (call $is (i32.const 3) (text "the last block")) (then (call $read (i32.const 7) (i32.const 0))))
  (if (call $is (i32.const 4) (text "a read across the end: nothing of it")) (then
    (call $segment (i32.const 0) (i32.const 0x3000) (i32.const 1024))
    (call $submit (i32.const $BLOCK_OP_READ$) (i64.const 3584) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 5) (text "a write across the end: nothing of it")) (then
    (call $segment (i32.const 0) (i32.const 0x3000) (i32.const 1024))
    (call $submit (i32.const $BLOCK_OP_WRITE$) (i64.const 3584) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 6) (text "four at once")) (then
    (call $read (i32.const 6) (i32.const 0)) (call $read (i32.const 5) (i32.const 1))
    (call $read (i32.const 4) (i32.const 2)) (call $read (i32.const 3) (i32.const 3))))
  (if (call $is (i32.const 7) (text "a write, a flush, then a read")) (then
    (memory.fill (i32.const 0x3000) (i32.const 99) (i32.const 512))
    (call $segment (i32.const 0) (i32.const 0x3000) (i32.const 512))
    (call $submit (i32.const $BLOCK_OP_WRITE$) (i64.const 1024) (i32.const 0x1300) (i32.const 1))
    (global.set $phase (i32.const 3))))
  (if (call $is (i32.const 8) (text "what is not reaped stops what is taken")) (then
    (call $read (i32.const 1) (i32.const 0)) (call $read (i32.const 2) (i32.const 1))
    (call $read (i32.const 3) (i32.const 2)) (call $read (i32.const 4) (i32.const 3))
    (global.set $phase (i32.const 3))))
  (if (call $is (i32.const 9) (text "round the rings, 50 requests one after another")) (then
    (call $read (i32.const 1) (i32.const 0)) (global.set $phase (i32.const 50))))
  (call $show (text "block_attach") (call $block_attach (text "disk") (i32.const 0x1000)))
  (call $show (text "bytes") (i32.load (i32.const 0x1020)))
  (call $show (text "bytes of a block") (i32.load (i32.const 0x1028)))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  ;; What was taken may be on its way for a while.
  (if (i32.ne (i32.load (i32.const 0x1014)) (i32.load (i32.const 0x1018))) (then (return (i64.const -1))))
  (global.set $phase (i32.sub (global.get $phase) (i32.const 1)))
  (if (i32.eq (call $case) (i32.const 7)) (then
    (call $reap)
    (if (i32.eq (global.get $phase) (i32.const 2)) (then
      (call $submit (i32.const $BLOCK_OP_FLUSH$) (i64.const 0) (i32.const 0) (i32.const 0))
      (return (i64.const 0))))
    (if (i32.eq (global.get $phase) (i32.const 1)) (then
      (call $read (i32.const 2) (i32.const 1)) (return (i64.const 0))))))
  (if (i32.eq (call $case) (i32.const 8)) (then
    (call $show (text "taken") (i32.load (i32.const 0x1014)))
    (if (i32.eq (global.get $phase) (i32.const 2)) (then
      (call $read (i32.const 5) (i32.const 0)) (call $read (i32.const 6) (i32.const 1)) (return (i64.const 0))))
    (if (i32.eq (global.get $phase) (i32.const 1)) (then (call $reap) (return (i64.const 0))))))
  (if (i32.eq (call $case) (i32.const 9)) (then
    (call $reap)
    (if (global.get $phase) (then
      (call $read (i32.and (global.get $phase) (i32.const 7)) (i32.const 0)) (return (i64.const 0))))))
  (call $reap)
  (call $show (text "completed") (i32.load (i32.const 0x1018)))
  (call $show (text "sum of the tokens") (global.get $tokens))
  (call $show (text "byte 0") (i32.load8_u (i32.const 0x3000)))
  (call $show (text "byte 512") (i32.load8_u (i32.const 0x3200)))
  (call $show (text "byte 1024") (i32.load8_u (i32.const 0x3400)))
  (call $show (text "byte 1536") (i32.load8_u (i32.const 0x3600)))
  (call $exit (i32.const 0))
  (i64.const 0))

(func $event (export "event") (param $kind i32))
