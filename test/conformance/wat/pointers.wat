;; Addresses and lengths of hypercalls that lie outside the memory: each traps.
;; device: service network
;; device: disk block
;; cases: 18

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (if (call $is (i32.const 0) (text "console_write past the end")) (then
    (call $console_write (i32.const 0xffff) (i32.const 2))))
  (if (call $is (i32.const 1) (text "console_write from beyond")) (then
    (call $console_write (i32.const 0x10001) (i32.const 0))))
  (if (call $is (i32.const 2) (text "console_write, address and length wrap round")) (then
    (call $console_write (i32.const -16) (i32.const 32))))
  (if (call $is (i32.const 3) (text "console_write of too much")) (then
    (drop (memory.grow (i32.const 1))) (call $console_write (i32.const 0) (i32.const 65537))))
  (if (call $is (i32.const 4) (text "console_write of 4 GiB")) (then
    (call $console_write (i32.const 0) (i32.const -1))))
  (if (call $is (i32.const 5) (text "argv past the end")) (then
    (drop (call $argv (i32.const 0) (i32.const 0xfff0) (i32.const 17)))))
  (if (call $is (i32.const 6) (text "argv past the end, no such argument")) (then
    (drop (call $argv (i32.const 9) (i32.const 0xfff0) (i32.const 17)))))
  (if (call $is (i32.const 7) (text "argv wraps round")) (then
    (drop (call $argv (i32.const 0) (i32.const -1) (i32.const 2)))))
  (if (call $is (i32.const 8) (text "random past the end")) (then
    (drop (call $random (i32.const 0xffff) (i32.const 2)))))
  (if (call $is (i32.const 9) (text "random: what is asked must fit, though less is given")) (then
    (drop (call $random (i32.const 0) (i32.const 65537)))))
  (if (call $is (i32.const 10) (text "net_attach, name past the end")) (then
    (drop (call $net_attach (i32.const 0xffff) (i32.const 7) (i32.const 0x1000)))))
  (if (call $is (i32.const 11) (text "net_attach, long name past the end")) (then
    (drop (call $net_attach (i32.const 0xffff) (i32.const 1000) (i32.const 0x1000)))))
  (if (call $is (i32.const 12) (text "net_attach, header past the end")) (then
    (drop (call $net_attach (text "service") (i32.const 0xffc8)))))
  (if (call $is (i32.const 13) (text "net_attach, header wraps round")) (then
    (drop (call $net_attach (text "service") (i32.const -8)))))
  (if (call $is (i32.const 14) (text "net_attach, header not aligned")) (then
    (drop (call $net_attach (text "service") (i32.const 0x1004)))))
  (if (call $is (i32.const 15) (text "block_attach, name past the end")) (then
    (drop (call $block_attach (i32.const -1) (i32.const 4) (i32.const 0x1000)))))
  (if (call $is (i32.const 16) (text "block_attach, header past the end")) (then
    (drop (call $block_attach (text "disk") (i32.const 0xffc8)))))
  (if (call $is (i32.const 17) (text "block_attach, header not aligned")) (then
    (drop (call $block_attach (text "disk") (i32.const 0x1001)))))
  (call $say (text "no trap\n"))
  (call $exit (i32.const 0))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64) (i64.const 0))
(func $event (export "event") (param $kind i32))
