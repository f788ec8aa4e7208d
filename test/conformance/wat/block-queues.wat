;; Block queues that break the rules (each traps), and requests that are answered with a code.
;; device: disk block
;; device: read-only block ro
;; cases: 29

;; A header at 0x1000 that is good: rings of 4 entries, requests at 0x1100, completions at 0x1200. Request 0 reads block
;; 1 into 0x3000, through a table of segments at 0x1300.
(func $prepare
  (i32.store (i32.const 0x1000) (i32.const 0x1100)) (i32.store (i32.const 0x1004) (i32.const 0x1200))
  (i32.store (i32.const 0x1008) (i32.const 4))
  (call $request (i32.const 1) (i64.const 512) (i32.const 0x1300) (i32.const 1))
  (call $segment (i32.const 0x3000) (i32.const 512)))

(func $request (param $operation i32) (param $offset i64) (param $segments i32) (param $count i32)
  (i32.store (i32.const 0x1100) (local.get $operation)) (i32.store (i32.const 0x1104) (i32.const 77))
  (i64.store (i32.const 0x1108) (local.get $offset))
  (i32.store (i32.const 0x1110) (local.get $segments)) (i32.store (i32.const 0x1114) (local.get $count)))

(func $discard (param $offset i64) (param $length i64)
  (call $request (i32.const 4) (local.get $offset) (i32.const -1) (i32.const -1))
  (i64.store (i32.const 0x1118) (local.get $length)))

(func $segment (param $address i32) (param $length i32)
  (i32.store (i32.const 0x1300) (local.get $address)) (i32.store (i32.const 0x1304) (local.get $length)))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (call $prepare)
  (if (call $is (i32.const 0) (text "queue of 0 entries")) (then (i32.store (i32.const 0x1008) (i32.const 0))))
  (if (call $is (i32.const 1) (text "queue of 5 entries")) (then (i32.store (i32.const 0x1008) (i32.const 5))))
  (if (call $is (i32.const 2) (text "requests past the end")) (then (i32.store (i32.const 0x1000) (i32.const 0xff88))))
  (if (call $is (i32.const 3) (text "completions past the end")) (then
    (i32.store (i32.const 0x1004) (i32.const 0xfff0))))
  (if (call $is (i32.const 4) (text "completions not aligned")) (then (i32.store (i32.const 0x1004) (i32.const 0x1202))))
  (i32.store (i32.const 0x1010) (i32.const 1))
  (if (call $is (i32.const 5) (text "more submitted than there are")) (then (i32.store (i32.const 0x1010) (i32.const 5))))
  (if (call $is (i32.const 6) (text "reaped what was not completed")) (then (i32.store (i32.const 0x101c) (i32.const 1))))
  (if (call $is (i32.const 7) (text "65 segments")) (then
    (call $request (i32.const 1) (i64.const 0) (i32.const 0x1300) (i32.const 65))))
  (if (call $is (i32.const 8) (text "0xffffffff segments")) (then
    (call $request (i32.const 1) (i64.const 0) (i32.const 0x1300) (i32.const -1))))
  (if (call $is (i32.const 9) (text "segments past the end")) (then
    (call $request (i32.const 2) (i64.const 0) (i32.const 0xfff9) (i32.const 1))))
  (if (call $is (i32.const 10) (text "segment past the end, of a read")) (then
    (call $segment (i32.const 0xff00) (i32.const 512))))
  (if (call $is (i32.const 11) (text "segment past the end, of a write that is out of range anyway")) (then
    (call $request (i32.const 2) (i64.const -512) (i32.const 0x1300) (i32.const 1))
    (call $segment (i32.const -512) (i32.const 1024))))
  (if (call $is (i32.const 12) (text "a good read")) (then (nop)))
  (if (call $is (i32.const 13) (text "an unknown operation")) (then
    (call $request (i32.const 99) (i64.const 0) (i32.const -1) (i32.const -1))))
  (if (call $is (i32.const 14) (text "a read past the end")) (then
    (call $request (i32.const 1) (i64.const 4096) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 15) (text "a write past the end")) (then
    (call $request (i32.const 2) (i64.const 0x7ffffffffffffe00) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 16) (text "an offset that is no multiple of the block size")) (then
    (call $request (i32.const 1) (i64.const 1) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 17) (text "a length that is no multiple of the block size")) (then
    (call $segment (i32.const 0x3000) (i32.const 100))))
  (if (call $is (i32.const 18) (text "a flush, whose other fields mean nothing")) (then
    (call $request (i32.const 3) (i64.const -1) (i32.const -1) (i32.const -1))))
  (if (call $is (i32.const 19) (text "a discard")) (then (call $discard (i64.const 512) (i64.const 1024))))
  (if (call $is (i32.const 20) (text "a discard of part of a block")) (then
    (call $discard (i64.const 0) (i64.const 100))))
  (if (call $is (i32.const 21) (text "a discard past the end")) (then
    (call $discard (i64.const 512) (i64.const -512))))
  (if (call $is (i32.const 22) (text "read-only: a read")) (then (nop)))
  (if (call $is (i32.const 23) (text "read-only: a write")) (then
    (call $request (i32.const 2) (i64.const 0) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 24) (text "read-only: a write past the end")) (then
    (call $request (i32.const 2) (i64.const 4096) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 25) (text "read-only: a write past the end, of part of a block")) (then
    (call $request (i32.const 2) (i64.const 4097) (i32.const 0x1300) (i32.const 1))))
  (if (call $is (i32.const 26) (text "read-only: a write whose segment lies past the end, of part of a block")) (then
    (call $request (i32.const 2) (i64.const 1) (i32.const 0x1300) (i32.const 1))
    (call $segment (i32.const 0xff00) (i32.const 513))))
  (if (call $is (i32.const 27) (text "read-only: a discard")) (then (call $discard (i64.const 0) (i64.const 512))))
  (if (call $is (i32.const 28) (text "read-only: a flush")) (then
    (call $request (i32.const 3) (i64.const 0) (i32.const 0) (i32.const 0))))
  (if (i32.lt_s (call $case) (i32.const 22))
    (then (call $show (text "block_attach") (call $block_attach (text "disk") (i32.const 0x1000))))
    (else
      (call $show (text "block_attach") (call $block_attach (text "read-only") (i32.const 0x1000)))
      (call $show (text "flags") (i32.load (i32.const 0x100c)))))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  ;; What was taken may be on its way for a while.
  (if (i32.ne (i32.load (i32.const 0x1014)) (i32.load (i32.const 0x1018))) (then (return (i64.const -1))))
  (call $show (text "completed") (i32.load (i32.const 0x1018)))
  (call $show (text "token") (i32.load (i32.const 0x1200)))
  (call $show (text "status") (i32.load (i32.const 0x1204)))
  (call $show (text "first byte read") (i32.load8_u (i32.const 0x3000)))
  (call $exit (i32.const 0))
  (i64.const 0))

(func $event (export "event") (param $kind i32))
