;; Network rings that break the rules: each traps, at net_attach or before the first step.
;; device: service network
;; cases: 22

;; A header at 0x1000 that is good: 4 receive descriptors at 0x1100, 8 transmit descriptors at 0x1200. Each transmit
;; descriptor names a frame of 70 bytes at 0x2000, whose header is zero.
(func $prepare (local $i i32)
  (i32.store (i32.const 0x1000) (i32.const 0x1100)) (i32.store (i32.const 0x1004) (i32.const 4))
  (i32.store (i32.const 0x1008) (i32.const 0x1200)) (i32.store (i32.const 0x100c) (i32.const 8))
  (loop $each
    (call $transmit (local.get $i) (i32.const 0x2000) (i32.const 70) (i32.const 0))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $each (i32.lt_u (local.get $i) (i32.const 8)))))

(func $transmit (param $i i32) (param $address i32) (param $length i32) (param $flags i32) (local $at i32)
  (local.set $at (i32.add (i32.load (i32.const 0x1008)) (i32.shl (local.get $i) (i32.const 4))))
  (i32.store (local.get $at) (local.get $address))
  (i32.store offset=4 (local.get $at) (local.get $length))
  (i32.store offset=8 (local.get $at) (local.get $flags)))

(func $receive (param $i i32) (param $address i32) (param $length i32) (local $at i32)
  (local.set $at (i32.add (i32.const 0x1100) (i32.shl (local.get $i) (i32.const 4))))
  (i32.store (local.get $at) (local.get $address))
  (i32.store offset=4 (local.get $at) (local.get $length)))

(func $post_rx (param $n i32) (i32.store (i32.const 0x1010) (local.get $n)))
(func $post_tx (param $n i32) (i32.store (i32.const 0x1018) (local.get $n)))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64) (local $i i32)
  (call $prepare)
  (if (call $is (i32.const 0) (text "receive ring of 0 entries")) (then (i32.store (i32.const 0x1004) (i32.const 0))))
  (if (call $is (i32.const 1) (text "receive ring of 3 entries")) (then (i32.store (i32.const 0x1004) (i32.const 3))))
  (if (call $is (i32.const 2) (text "receive ring of 8192 entries")) (then
    (drop (memory.grow (i32.const 4))) (i32.store (i32.const 0x1004) (i32.const 8192))))
  (if (call $is (i32.const 3) (text "receive ring past the end")) (then
    (i32.store (i32.const 0x1000) (i32.const 0xffc8))))
  (if (call $is (i32.const 4) (text "receive ring not aligned")) (then
    (i32.store (i32.const 0x1000) (i32.const 0x1101))))
  (if (call $is (i32.const 5) (text "transmit ring of 0x80000000 entries")) (then
    (i32.store (i32.const 0x100c) (i32.const 0x80000000))))
  (if (call $is (i32.const 6) (text "transmit ring wraps round")) (then
    (i32.store (i32.const 0x1008) (i32.const -16))))
  (if (call $is (i32.const 7) (text "more receive buffers posted than there are")) (then (call $post_rx (i32.const 5))))
  (if (call $is (i32.const 8) (text "receive index went back")) (then (call $post_rx (i32.const -1))))
  (if (call $is (i32.const 9) (text "receive buffer past the end")) (then
    (call $receive (i32.const 0) (i32.const 0xf000) (i32.const 0x1001)) (call $post_rx (i32.const 1))))
  (if (call $is (i32.const 10) (text "receive buffer wraps round")) (then
    (call $receive (i32.const 0) (i32.const -1) (i32.const 2048)) (call $post_rx (i32.const 1))))
  (if (call $is (i32.const 11) (text "receive buffer without room for a header")) (then
    (call $receive (i32.const 0) (i32.const 0x2000) (i32.const 9)) (call $post_rx (i32.const 1))))
  (if (call $is (i32.const 12) (text "more transmit buffers posted than there are")) (then
    (call $post_tx (i32.const 9))))
  (if (call $is (i32.const 13) (text "transmit index went back")) (then (call $post_tx (i32.const -1))))
  (if (call $is (i32.const 14) (text "transmit buffer past the end")) (then
    (call $transmit (i32.const 0) (i32.const 0xffff) (i32.const 70) (i32.const 0)) (call $post_tx (i32.const 1))))
  (if (call $is (i32.const 15) (text "transmit buffer wraps round")) (then
    (call $transmit (i32.const 0) (i32.const -16) (i32.const 70) (i32.const 0)) (call $post_tx (i32.const 1))))
  (if (call $is (i32.const 16) (text "a good frame, then a bad piece")) (then
    (call $transmit (i32.const 1) (i32.const 0x2000) (i32.const 70) (i32.const 0x80000000))
    (call $transmit (i32.const 2) (i32.const 0x10000) (i32.const 1) (i32.const 0)) (call $post_tx (i32.const 3))))
  (if (call $is (i32.const 17) (text "a frame without a last piece")) (then
    (call $transmit (i32.const 0) (i32.const 0x2000) (i32.const 70) (i32.const 0x80000000))
    (call $post_tx (i32.const 1))))
  (if (call $is (i32.const 18) (text "a frame of 21 pieces")) (then
    (i32.store (i32.const 0x100c) (i32.const 32))
    (loop $each
      (call $transmit (local.get $i) (i32.const 0x2000) (i32.const 20) (i32.const 0x80000000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $i) (i32.const 20))))
    (call $transmit (i32.const 20) (i32.const 0x2000) (i32.const 20) (i32.const 0))
    (call $post_tx (i32.const 21))))
  (if (call $is (i32.const 19) (text "a frame that is too long")) (then
    (drop (memory.grow (i32.const 2)))
    (call $transmit (i32.const 0) (i32.const 0) (i32.const 65665) (i32.const 0)) (call $post_tx (i32.const 1))))
  (if (call $is (i32.const 20) (text "a first piece shorter than the header")) (then
    (call $transmit (i32.const 0) (i32.const 0x2000) (i32.const 9) (i32.const 0x80000000))
    (call $post_tx (i32.const 2))))
  (if (call $is (i32.const 21) (text "frames that are lost, not wrong: no Ethernet header, an offload, 0 bytes long")) (then
    (call $transmit (i32.const 0) (i32.const 0x2000) (i32.const 10) (i32.const 0))
    (i32.store8 (i32.const 0x2100) (i32.const 1))
    (call $transmit (i32.const 1) (i32.const 0x2100) (i32.const 70) (i32.const 0))
    (call $transmit (i32.const 2) (i32.const 0x2000) (i32.const 10) (i32.const 0x80000000))
    (call $transmit (i32.const 3) (i32.const 0x10000) (i32.const 0) (i32.const 0))
    (call $post_tx (i32.const 4))))
  (call $show (text "net_attach") (call $net_attach (text "service") (i32.const 0x1000)))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  (call $show (text "no trap; taken") (i32.load (i32.const 0x101c)))
  (call $exit (i32.const 0))
  (i64.const 0))

(func $event (export "event") (param $kind i32))
