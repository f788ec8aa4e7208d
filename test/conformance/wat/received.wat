;; Received frames: whatever the guest sends comes back.
;; device: service network
;; network: echo
;; cases: 9

;; Header at 0x1000, receive ring at 0x1400, transmit ring at 0x1100, frames that are sent at 0x2000, buffers at 0x4000.
(global $rx_size i32 (i32.const 64))
(global $seen (mut i32) (i32.const 0))
(global $wanted (mut i32) (i32.const 0))
(global $patience (mut i32) (i32.const 300))
(global $phase (mut i32) (i32.const 0))

(func $rx (param $i i32) (result i32)
  (i32.add (i32.const 0x1400) (i32.shl (i32.and (local.get $i) (i32.const 63)) (i32.const 4))))

;; Posts buffers of a length, one behind the other.
(func $buffers (param $count i32) (param $length i32) (local $posted i32)
  (local.set $posted (i32.load (i32.const 0x1010)))
  (loop $each
    (i32.store (call $rx (local.get $posted))
      (i32.add (i32.const 0x4000) (i32.mul (i32.and (local.get $posted) (i32.const 63)) (local.get $length))))
    (i32.store offset=4 (call $rx (local.get $posted)) (local.get $length))
    (local.set $posted (i32.add (local.get $posted) (i32.const 1)))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br_if $each (local.get $count)))
  (i32.store (i32.const 0x1010) (local.get $posted)))

;; Posts a frame of `length` bytes behind its header, whose bytes count up from `first`, at 0x2000 + `at`.
(func $send (param $at i32) (param $length i32) (param $first i32) (local $i i32) (local $tx i32)
  (local.set $at (i32.add (i32.const 0x2000) (local.get $at)))
  (memory.fill (local.get $at) (i32.const 0) (i32.const 10))
  (loop $each
    (i32.store8 offset=10 (i32.add (local.get $at) (local.get $i)) (i32.add (local.get $first) (local.get $i)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $each (i32.lt_u (local.get $i) (local.get $length))))
  (local.set $tx (i32.add (i32.const 0x1100)
    (i32.shl (i32.and (i32.load (i32.const 0x1018)) (i32.const 7)) (i32.const 4))))
  (i32.store (local.get $tx) (local.get $at))
  (i32.store offset=4 (local.get $tx) (i32.add (local.get $length) (i32.const 10)))
  (i32.store offset=8 (local.get $tx) (i32.const 0))
  (i32.store (i32.const 0x1018) (i32.add (i32.load (i32.const 0x1018)) (i32.const 1))))

;; Says of each buffer that was filled: its bytes, whether the frame goes on, its first byte of content and its last.
(func $report (local $done i32) (local $address i32)
  (block $end (loop $each
    (br_if $end (i32.eq (global.get $seen) (i32.load (i32.const 0x1014))))
    (local.set $done (i32.load offset=12 (call $rx (global.get $seen))))
    (local.set $address (i32.load (call $rx (global.get $seen))))
    (call $show (text "bytes") (i32.and (local.get $done) (i32.const 0x7fffffff)))
    (if (i32.lt_s (local.get $done) (i32.const 0)) (then (call $say (text "  goes on\n"))))
    (call $show (text "  byte 10") (i32.load8_u offset=10 (local.get $address)))
    (call $show (text "  last byte") (i32.load8_u (i32.sub (i32.add (local.get $address)
      (i32.and (local.get $done) (i32.const 0x7fffffff))) (i32.const 1))))
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (br $each)))
  (call $show (text "filled") (i32.load (i32.const 0x1014))))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (i32.store (i32.const 0x1000) (i32.const 0x1400)) (i32.store (i32.const 0x1004) (global.get $rx_size))
  (i32.store (i32.const 0x1008) (i32.const 0x1100)) (i32.store (i32.const 0x100c) (i32.const 8))
  (global.set $wanted (i32.const 1))
  (if (call $is (i32.const 0) (text "one buffer")) (then
    (call $buffers (i32.const 4) (i32.const 256)) (call $send (i32.const 0) (i32.const 60) (i32.const 100))))
  (if (call $is (i32.const 1) (text "a frame that fills its buffer")) (then
    (call $buffers (i32.const 4) (i32.const 70)) (call $send (i32.const 0) (i32.const 60) (i32.const 100))))
  (if (call $is (i32.const 2) (text "a frame in four buffers")) (then
    (call $buffers (i32.const 8) (i32.const 64)) (call $send (i32.const 0) (i32.const 200) (i32.const 1))
    (global.set $wanted (i32.const 4))))
  (if (call $is (i32.const 3) (text "a ring without buffers: frames wait")) (then
    (call $buffers (i32.const 1) (i32.const 256))
    (call $send (i32.const 0) (i32.const 20) (i32.const 1))
    (call $send (i32.const 256) (i32.const 21) (i32.const 2))
    (call $send (i32.const 512) (i32.const 22) (i32.const 3))
    ;; More than what comes.
    (global.set $wanted (i32.const 2)) (global.set $patience (i32.const 10))))
  (if (call $is (i32.const 4) (text "a frame larger than all buffers is lost, the next is not")) (then
    (call $buffers (i32.const 2) (i32.const 64))
    (call $send (i32.const 0) (i32.const 200) (i32.const 1)) (call $send (i32.const 256) (i32.const 40) (i32.const 2))))
  (if (call $is (i32.const 5) (text "frames keep their order")) (then
    (call $buffers (i32.const 8) (i32.const 256))
    (call $send (i32.const 0) (i32.const 14) (i32.const 1)) (call $send (i32.const 256) (i32.const 99) (i32.const 2))
    (call $send (i32.const 512) (i32.const 60) (i32.const 3)) (call $send (i32.const 768) (i32.const 15) (i32.const 4))
    (global.set $wanted (i32.const 4))))
  (if (call $is (i32.const 6) (text "a frame of more than 40 buffers is lost")) (then
    (call $buffers (i32.const 64) (i32.const 16))
    (call $send (i32.const 0) (i32.const 640) (i32.const 1)) (call $send (i32.const 1024) (i32.const 20) (i32.const 2))
    (global.set $wanted (i32.const 2))))
  (if (call $is (i32.const 7) (text "a frame beyond the MTU")) (then
    (call $buffers (i32.const 4) (i32.const 2048)) (call $send (i32.const 0) (i32.const 5000) (i32.const 1))
    (global.set $wanted (i32.const 3))))
  (if (call $is (i32.const 8) (text "round the ring, 200 frames one after another")) (then
    (call $buffers (i32.const 64) (i32.const 64)) (call $send (i32.const 0) (i32.const 40) (i32.const 1))))
  (call $show (text "net_attach") (call $net_attach (text "service") (i32.const 0x1000)))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64) (local $filled i32)
  (local.set $filled (i32.load (i32.const 0x1014)))
  (if (i32.lt_u (local.get $filled) (global.get $wanted)) (then
    (global.set $patience (i32.sub (global.get $patience) (i32.const 1)))
    (if (global.get $patience) (then (return (i64.add (local.get $now) (i64.const 10000000)))))))
  (if (i32.eq (call $case) (i32.const 8)) (then
    (if (i32.lt_u (local.get $filled) (i32.const 200)) (then
      (if (i32.ne (i32.load8_u offset=10 (i32.load (call $rx (global.get $seen)))) (i32.and (local.get $filled) (i32.const 255)))
        (then (call $say (text "not the frame that was sent\n"))))
      (global.set $seen (local.get $filled))
      (global.set $wanted (i32.add (local.get $filled) (i32.const 1)))
      (call $buffers (i32.const 1) (i32.const 64))
      (call $send (i32.const 0) (i32.const 40) (global.get $wanted))
      (return (i64.const 0))))
    (global.set $seen (i32.const 199))))
  (call $report)
  (if (i32.eq (call $case) (i32.const 3)) (then
    (if (i32.eqz (global.get $phase)) (then
      (global.set $phase (i32.const 1))
      (call $buffers (i32.const 2) (i32.const 256))
      (global.set $wanted (i32.const 3)) (global.set $patience (i32.const 300))
      (return (i64.const 0))))))
  (call $show (text "taken") (i32.load (i32.const 0x101c)))
  (call $exit (i32.const 0))
  (i64.const 0))

(func $event (export "event") (param $kind i32))
